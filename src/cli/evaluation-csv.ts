import { csvLine } from '../domain/csv-line.js';
import type { QueryResult, SideResult } from '../evaluate/query-result.js';
import type { SkippedQuery } from '../evaluate/query-set.js';

type Cell = string | number | boolean | null;

const QUERY_HEAD = [
  'id',
  'file',
  'cluster',
  'part',
  'in_index',
  'lat',
  'lon',
  'iso2',
  'verdict',
  'level',
  'wrong',
  'best_score',
  'not_indexed',
];

const SIDE_COLUMNS: readonly (readonly [name: string, of: (side: SideResult) => Cell])[] = [
  ['lat', (side) => side.point.lat],
  ['lon', (side) => side.point.lon],
  ['error_km', (side) => side.errorKm],
  ['probability', (side) => side.probability],
  ['spread', (side) => side.spread],
  ['radius_50_km', (side) => side.radius50Km],
  ['radius_90_km', (side) => side.radius90Km],
  ['country_hit', (side) => side.countryHit],
  ['region_hit', (side) => side.regionHit],
  ['city_hit', (side) => side.cityHit],
];

/** One line for each query, and for each that was skipped, with the reason's code in the last column. */
export function evaluationCsv(
  results: readonly QueryResult[],
  skipped: readonly SkippedQuery[],
  inIndex: readonly string[],
): string {
  const sides = [...new Set(results.flatMap((result) => Object.keys(result.sides)))];
  const head = [...QUERY_HEAD, ...sides.flatMap((side) => SIDE_COLUMNS.map(([name]) => `${side}_${name}`)), 'skipped'];
  const known = new Set(inIndex);
  const rows = results.map((result) => [
    ...[result.id, result.file, result.cluster, result.part, known.has(result.id), result.truth.lat, result.truth.lon],
    ...[
      result.iso2,
      result.verdict.word,
      result.verdict.level,
      result.verdict.wrong,
      result.bestScore,
      result.notIndexed,
    ],
    ...sides.flatMap((name) => sideCells(result.sides[name] ?? null)),
    null,
  ]);
  const left = skipped.map(({ id, code }) => [id, ...Array<null>(head.length - 2).fill(null), code]);
  return [head, ...rows, ...left].map((cells) => `${csvLine(cells)}\n`).join('');
}

function sideCells(side: SideResult | null): Cell[] {
  return SIDE_COLUMNS.map(([, of]) => side && of(side));
}
