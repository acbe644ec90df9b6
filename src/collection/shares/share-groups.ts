import { fault } from '../../domain/errors.js';
import type { Reference } from '../../domain/reference.js';
import type { Gazetteer } from '../../gazetteer/gazetteer.js';
import { CELL_RESOLUTION_MAX, cellAt } from '../../geo/cells.js';
import { capturedMs } from '../../references/captured-time.js';

/** The group that a photo belongs to. */
export type ShareBy = (photo: Reference) => string;

/**
 * `country`, `region`, `year` or `cell:5`; everything together for null.
 * @param gazetteer names regions: that of the nearest city in the photo's country
 * @throws `usage`
 */
export function shareGroups(by: string | null, gazetteer: Pick<Gazetteer, 'nearest'> | null): ShareBy {
  if (by === null) return () => 'all';
  if (by === 'country') return ({ iso2 }) => iso2 ?? 'no country';
  if (by === 'region' && gazetteer !== null) {
    return ({ point }) => {
      const { region, country } = gazetteer.nearest(point);
      return [region ?? 'no region', country ?? 'no country'].join(', ');
    };
  }
  if (by === 'year') return yearOf;
  const resolution = Number(/^cell:(\d{1,2})$/.exec(by)?.[1]);
  if (resolution <= CELL_RESOLUTION_MAX) return ({ point }) => cellAt(point, resolution);
  throw fault(
    'usage',
    `Expected country, region, year or a cell from cell:0 to cell:${CELL_RESOLUTION_MAX}, got '${by}'.`,
  );
}

function yearOf({ capturedAt }: Reference): string {
  const ms = capturedAt === null ? null : capturedMs(capturedAt);
  return ms === null ? 'no year' : String(new Date(ms).getUTCFullYear());
}
