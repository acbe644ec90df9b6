import { describe, expect, it } from '@jest/globals';
import { tagColumns } from '../../../../src/collection/export/tag-columns.js';

/** Two tagged photos and one that has a place and no tag. */
const VALUES: Readonly<Record<string, readonly number[]>> = { a: [0.9, 0.1], b: [0.2, 0.7], bare: [] };
const IDS = Object.keys(VALUES);

const table = (kind: 'exclusive' | 'independent') => ({
  state: { name: 'surface', kind, labels: ['asphalt', 'sett'] },
  places: { of: (id: string) => (IDS.includes(id) ? IDS.indexOf(id) : undefined) },
  isTagged: (place: number) => IDS[place] !== 'bare',
  likeliest: (place: number) => (IDS[place] === 'a' ? 0 : 1),
  value: (label: number, place: number) => VALUES[IDS[place] ?? '']?.[label] ?? Number.NaN,
});

const rows = (kind: 'exclusive' | 'independent') => {
  const columns = tagColumns(table(kind));
  return ['a', 'b', 'bare', 'unknown'].map((id) =>
    Object.fromEntries(columns.map((one) => [one.name, one.valueOf(id)])),
  );
};

describe('the columns of a tagged set', () => {
  it('have each label’s value and, of an exclusive one, the likeliest; nothing for a photo without tags', () => {
    const none = { surface: null, 'surface:asphalt': null, 'surface:sett': null };
    expect(rows('exclusive')).toEqual([
      { surface: 'asphalt', 'surface:asphalt': 0.9, 'surface:sett': 0.1 },
      { surface: 'sett', 'surface:asphalt': 0.2, 'surface:sett': 0.7 },
      none,
      none,
    ]);
  });

  it('have no likeliest where several may hold', () => {
    expect(Object.keys(rows('independent')[0] ?? {})).toEqual(['surface:asphalt', 'surface:sett']);
  });
});
