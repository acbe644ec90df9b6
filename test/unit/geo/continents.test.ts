import { expect, it } from '@jest/globals';
import { openGazetteer } from '../../../src/gazetteer/open-gazetteer.js';
import { type Continent, continentOf } from '../../../src/geo/continents.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

it('puts every country of the gazetteer on one continent', async () => {
  const gazetteer = await openGazetteer({ file: `${temporaryFolder()}/gazetteer.sqlite` });
  const lost = gazetteer.countries.filter(({ iso2 }) => continentOf(iso2) === null).map(({ iso2 }) => iso2);
  gazetteer.close();
  expect(lost).toEqual([]);
});

it.each<[string | null, Continent | null]>([
  ['BR', 'SA'],
  ['MX', 'NA'],
  ['NZ', 'OC'],
  ['KZ', 'AS'],
  ['MA', 'AF'],
  ['IS', 'EU'],
  ['AQ', 'AN'],
  ['ZZ', null],
  [null, null],
])('knows %s', (iso2, continent) => {
  expect(continentOf(iso2)).toBe(continent);
});
