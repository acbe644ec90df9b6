import { expect, it } from '@jest/globals';
import { toUnitVector } from '../../../src/domain/unit-vector.js';
import type { EvaluationQuery } from '../../../src/evaluate/evaluation-query.js';
import { clusterNotices, clusterOf } from '../../../src/evaluate/query-set.js';

const FLICKR = '1000137871_cc7c4b4d9e_1258_68089917@N00.jpg';

it.each([
  ['a.jpg', 'ann', 'walk', 'author ann'],
  ['a.jpg', null, 'walk', 'sequence walk'],
  ['a.jpg', null, null, 'photo a.jpg'],
  [FLICKR, null, null, 'author 68089917@N00'],
  [FLICKR, 'ann', null, 'author ann'],
])('%s of author %s and walk %s is one with %s', (id, author, walk, cluster) => {
  expect(clusterOf(id, author, walk)).toBe(cluster);
});

it('never takes an author for a walk of the same name, or a photo for either', () => {
  expect(new Set([clusterOf('x', 'x', null), clusterOf('x', null, 'x'), clusterOf('x', null, null)]).size).toBe(3);
});

it('warns of intervals that are too narrow where nobody is named', () => {
  const query = (id: string, author: string | null): EvaluationQuery => ({
    ...{ id, truth: { lat: 0, lon: 0 }, part: null, filter: {}, sha256: null, file: null },
    ...{ vector: toUnitVector([1]), cluster: clusterOf(id, author, null) },
  });
  expect(clusterNotices([query('a', 'ann'), query('b', 'bob')])).toEqual([]);
  expect(clusterNotices([query('a', 'ann'), query('b', null)]).join()).toMatch(/Of 1 photos .* too narrow/);
  expect(clusterNotices([query('a', null), query('b', null)]).join()).toMatch(/No photo’s author .* too narrow/);
});
