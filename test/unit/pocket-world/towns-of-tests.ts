import type { Town } from '../../../src/pocket-world/town.js';

/** Towns with made-up ids, so that no test depends on a split. */
export function town(iso2: string, changes: Partial<Town> = {}): Town {
  return {
    id: `test-${iso2}`,
    name: 'Somewhere',
    region: null,
    country: iso2,
    iso2,
    lat: 52.1,
    lon: 19.3,
    population: 60_000,
    ...changes,
  };
}
