import { expect, it } from '@jest/globals';
import { toUnitVector } from '../../../src/domain/unit-vector.js';
import type { EvaluationQuery } from '../../../src/evaluate/evaluation-query.js';
import { clusterNotices } from '../../../src/evaluate/query-set.js';

const query = (id: string, cluster: string): EvaluationQuery => ({
  ...{ id, truth: { lat: 0, lon: 0 }, part: null, filter: {}, sha256: null, file: null },
  ...{ vector: toUnitVector([1]), cluster },
});

it('warns of intervals that are too narrow where nobody is named', () => {
  expect(clusterNotices([query('a', 'author ann'), query('b', 'author bob')])).toEqual([]);
  expect(clusterNotices([query('a', 'author ann'), query('b', 'photo b')]).join()).toMatch(/Of 1 photos .* too narrow/);
  expect(clusterNotices([query('a', 'photo a'), query('b', 'photo b')]).join()).toMatch(
    /No photo’s author .* too narrow/,
  );
});

it('warns of intervals that are wide where authors link the places that were left out', () => {
  const linked = (inOne: number) =>
    Array.from({ length: 9 }, (_, i) => query(`${i}`, i < inOne ? 'place 0' : `place ${i}`));
  expect(clusterNotices(linked(3))).toEqual([]);
  expect(clusterNotices(linked(4)).join()).toMatch(/link 4 of 9 photos into one cluster/);
  expect(clusterNotices(linked(9).map((one) => ({ ...one, cluster: 'author ann' })))).toEqual([]);
});
