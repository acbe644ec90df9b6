import { expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { evaluationCsv } from '../../../src/cli/evaluation-csv.js';
import type { QueryResult, SideResult } from '../../../src/evaluate/query-result.js';

const side: SideResult = {
  ...{ point: { lat: 1.5, lon: -2.5 }, errorKm: 12.25, probability: 0.5, spread: 0.25, radius50Km: 10, radius90Km: 99 },
  ...{ countryHit: true, regionHit: false, cityHit: null },
};
const result: QueryResult = {
  ...{ id: 'a, "b".jpg', cluster: 'author ann', part: 'indexed', file: '/photos/a.jpg', iso2: 'PL' },
  ...{
    truth: { lat: 54.5, lon: 18.5 },
    verdict: { word: 'likely', level: 'region', wrong: true },
    bestScore: 0.875,
    notIndexed: 0.125,
  },
  sides: { retrieval: side, captions: null, blend: { ...side, errorKm: 3 } },
  evidence: { neighbours: [], captions: [] },
  tookMs: { search: 1, judge: 2 },
};

it('has a line for each query and each that was skipped, with all sides in columns of their own', () => {
  const skipped = [{ id: 'gone.jpg', code: 'file_missing', reason: 'Expected a photo.' }];
  const rows = parse(evaluationCsv([result, { ...result, id: 'c' }], skipped, ['c']), { columns: true }) as Record<
    string,
    string
  >[];
  expect(rows.map(({ id, skipped: code, in_index }) => [id, code, in_index])).toEqual([
    ['a, "b".jpg', '', 'false'],
    ['c', '', 'true'],
    ['gone.jpg', 'file_missing', ''],
  ]);
  expect(rows[0]).toMatchObject({
    ...{ file: '/photos/a.jpg', cluster: 'author ann', part: 'indexed', lat: '54.5', lon: '18.5', iso2: 'PL' },
    ...{ verdict: 'likely', level: 'region', wrong: 'true', best_score: '0.875', not_indexed: '0.125' },
    ...{ retrieval_lat: '1.5', retrieval_lon: '-2.5', retrieval_error_km: '12.25', retrieval_radius_90_km: '99' },
    ...{ retrieval_country_hit: 'true', retrieval_region_hit: 'false', retrieval_city_hit: '' },
    ...{ captions_lat: '', captions_error_km: '', blend_error_km: '3', blend_spread: '0.25' },
  });
});
