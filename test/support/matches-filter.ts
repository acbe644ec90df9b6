import { inBox } from '../../src/geo/box.js';
import { distanceKm } from '../../src/geo/distance.js';
import { boundMs, capturedMs } from '../../src/references/captured-time.js';
import type { ReferenceFilter, StoredReference } from '../../src/references/reader.js';

/** A filter as a test of one reference; sources are known by their roots. */
export function matchesFilter(one: StoredReference, filter: ReferenceFilter = {}): boolean {
  const { exclude, ...include } = filter;
  return conditions(one, include).every(Boolean) && !conditions(one, exclude ?? {}).some(Boolean);
}

function conditions(one: StoredReference, filter: Omit<ReferenceFilter, 'exclude'>): boolean[] {
  const { ids, bbox, near, country, sequence, author, source, sourceRoot, hasSequence, capturedAfter, capturedBefore } =
    filter;
  const among = (values: readonly string[] | undefined, value: string | null) =>
    values ? [value !== null && values.includes(value)] : [];
  const takenMs = (one.capturedAt === null ? null : capturedMs(one.capturedAt)) ?? Number.NaN;
  return [
    ...among(ids, one.id),
    ...among(sequence, one.sequence),
    ...among(author, one.author),
    ...among(
      country?.map((code) => code.toUpperCase()),
      one.iso2,
    ),
    ...(bbox ? [inBox(bbox, one.point)] : []),
    ...(near ? [distanceKm(near, one.point) <= near.km] : []),
    ...(source ? [one.sources.some(({ path }) => source.some((start) => path.startsWith(start)))] : []),
    ...(sourceRoot ? [one.sources.some(({ root }) => sourceRoot.includes(root))] : []),
    ...(hasSequence === undefined ? [] : [(one.sequence !== null) === hasSequence]),
    ...(capturedAfter === undefined ? [] : [takenMs >= boundMs('captured_after', capturedAfter).first]),
    ...(capturedBefore === undefined ? [] : [takenMs <= boundMs('captured_before', capturedBefore).last]),
  ];
}
