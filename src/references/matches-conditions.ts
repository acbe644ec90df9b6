import { inBox } from '../geo/box.js';
import { distanceKm } from '../geo/distance.js';
import { boundMs, capturedMs } from './captured-time.js';
import type { ReferenceFilter } from './reader.js';

/** A reference's facts that conditions test. */
export interface ConditionRow {
  readonly id: string;
  readonly lat: number;
  readonly lon: number;
  readonly iso2: string | null;
  readonly sequence: string | null;
  readonly author: string | null;
  readonly capturedAt: string | null;
  /** Paths of its sources, and ids of their roots as `facets` gives them. */
  readonly paths: readonly string[];
  readonly rootIds: readonly string[];
}

/** Whether any condition holds, as `exclude` means it. */
export function matchesConditions(row: ConditionRow, filter: Omit<ReferenceFilter, 'exclude'>): boolean {
  return held(row, filter).some(Boolean);
}

/** Whether a reference passes the filter. */
export function passes(row: ConditionRow, { exclude = {}, ...include }: ReferenceFilter): boolean {
  return held(row, include).every(Boolean) && !matchesConditions(row, exclude);
}

function held(row: ConditionRow, filter: Omit<ReferenceFilter, 'exclude'>): boolean[] {
  const { ids, bbox, near, country, sequence, author, source, sourceRoot, hasSequence } = filter;
  const { capturedAfter, capturedBefore } = filter;
  const among = (values: readonly string[] | undefined, value: string | null) =>
    values === undefined ? [] : [value !== null && values.includes(value)];
  const takenMs = (row.capturedAt === null ? null : capturedMs(row.capturedAt)) ?? Number.NaN;
  const codes = country?.map((code) => code.toUpperCase());
  return [
    ...among(ids, row.id),
    ...among(sequence, row.sequence),
    ...among(author, row.author),
    ...among(codes, row.iso2),
    ...(bbox ? [inBox(bbox, row)] : []),
    ...(near ? [distanceKm(near, row) <= near.km] : []),
    ...(source ? [row.paths.some((path) => source.some((start) => path.startsWith(start)))] : []),
    ...(sourceRoot ? [row.rootIds.some((id) => sourceRoot.includes(id))] : []),
    ...(hasSequence === undefined ? [] : [(row.sequence !== null) === hasSequence]),
    ...(capturedAfter === undefined ? [] : [takenMs >= boundMs('captured_after', capturedAfter).first]),
    ...(capturedBefore === undefined ? [] : [takenMs <= boundMs('captured_before', capturedBefore).last]),
  ];
}
