import { describe, expect, it } from '@jest/globals';
import { Catalogue } from '../../../src/references/embedded/catalogue.js';
import { CountryMeans } from '../../../src/references/embedded/country-means.js';
import { vectorToBytes } from '../../../src/references/embedded/vector-table.js';
import { idOf, vectorOf } from '../../support/references.js';

function row(i: number, iso2: string | null, lat: number, sequence: string | null = null) {
  return { label: i + 1, id: idOf(i), lat, lon: 19, sequence, author: null, iso2, captured_ms: null };
}

describe('the mean vectors of countries', () => {
  it('are over one reference of each group, and none of the sea', () => {
    const catalogue = new Catalogue(32);
    const means = new CountryMeans(catalogue);
    const add = (i: number, ...rest: [string | null, number, (string | null)?]) =>
      means.added(catalogue.add(row(i, ...rest), vectorToBytes(vectorOf(i))));
    add(0, 'PL', 50);
    add(1, 'PL', 50.00001);
    add(2, 'PL', 51, 'drive');
    add(3, 'PL', 52, 'drive');
    add(4, 'DE', 53);
    add(5, null, 54);
    const [de, pl] = means.means();
    expect([de?.iso2, de?.groups, pl?.iso2, pl?.groups]).toEqual(['DE', 1, 'PL', 2]);
    expect(de?.mean).toEqual(Float32Array.from(vectorOf(4)));
    const expected = Array.from(vectorOf(0), (value, i) => (value + (vectorOf(2)[i] as number)) / 2);
    pl?.mean.forEach((value, i) => {
      expect(value).toBeCloseTo(expected[i] as number, 6);
    });
  });

  it('are the same when kept as when formed anew, also after a deletion', () => {
    const catalogue = new Catalogue(32);
    const kept = new CountryMeans(catalogue);
    for (let i = 0; i < 200; i++) {
      kept.added(
        catalogue.add(
          row(i, i % 2 ? 'PL' : 'DE', (i % 60) / 10, i % 3 ? `s${i % 7}` : null),
          vectorToBytes(vectorOf(i)),
        ),
      );
    }
    expect(kept.means()).toEqual(new CountryMeans(catalogue).means());
    catalogue.remove(1);
    kept.changed();
    const anew = new CountryMeans(catalogue).means();
    expect(kept.means()).toEqual(anew);
    expect(anew.reduce((sum, mean) => sum + mean.groups, 0)).toBeGreaterThan(10);
  });
});
