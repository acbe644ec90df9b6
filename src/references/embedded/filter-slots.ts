import { EARTH_RADIUS_KM } from '../../domain/geo-point.js';
import { inBox } from '../../geo/box.js';
import { kmToChordSquared, toSphere } from '../../geo/sphere.js';
import { boundMs } from '../captured-time.js';
import type { ReferenceFilter } from '../reader.js';
import type { ReferenceTable } from './reference-table.js';

/** What a filter has to ask SQLite, since memory does not hold it. */
export interface LabelLookup {
  labelsOfIds(ids: readonly string[]): Iterable<number>;
  /** Labels of the references with a source whose path begins with one of these. */
  labelsOfSources(prefixes: readonly string[]): Iterable<number>;
  /** Labels of the references with a source below one of these roots. */
  labelsOfRoots(roots: readonly string[]): Iterable<number>;
}

type SlotTest = (slot: number) => boolean;

export interface SlotFilter {
  readonly accept: SlotTest;
  /** False when only exclusions are given: most references can then be expected to pass. */
  readonly selects: boolean;
}

/** A filter as a test of slots: the same meaning as `filterSql` gives it. null when nothing is filtered. */
export function filterSlots(
  filter: ReferenceFilter | undefined,
  table: ReferenceTable,
  lookup: LabelLookup,
): SlotFilter | null {
  if (filter === undefined) return null;
  const { exclude, ...include } = filter;
  const wanted = conditions(include, table, lookup);
  const unwanted = conditions(exclude ?? {}, table, lookup);
  if (wanted.length + unwanted.length === 0) return null;
  return {
    accept: (slot) => {
      for (const test of wanted) if (!test(slot)) return false;
      for (const test of unwanted) if (test(slot)) return false;
      return true;
    },
    selects: wanted.length > 0,
  };
}

const HALF_WAY_ROUND_KM = Math.PI * EARTH_RADIUS_KM;

function conditions(
  filter: Omit<ReferenceFilter, 'exclude'>,
  table: ReferenceTable,
  lookup: LabelLookup,
): readonly SlotTest[] {
  const tests: SlotTest[] = [];
  const { bbox, near, country, capturedAfter, capturedBefore, sequence, author, ids, source, sourceRoot, hasSequence } =
    filter;
  const anyOf = (words: readonly string[], find: (word: string) => number, codeOf: (slot: number) => number) => {
    const codes = new Set(words.map(find));
    codes.delete(-1);
    tests.push((slot) => codes.has(codeOf(slot)));
  };
  const point = (slot: number) => ({ lat: table.lat(slot), lon: table.lon(slot) });
  if (country) {
    anyOf(
      country,
      (word) => table.iso2.find(word.toUpperCase()),
      (slot) => table.iso2Code(slot),
    );
  }
  if (sequence) {
    anyOf(
      sequence,
      (word) => table.sequences.find(word),
      (slot) => table.sequenceCode(slot),
    );
  }
  if (author) {
    anyOf(
      author,
      (word) => table.authors.find(word),
      (slot) => table.authorCode(slot),
    );
  }
  if (capturedAfter !== undefined) {
    const { first } = boundMs('captured_after', capturedAfter);
    tests.push((slot) => table.capturedMs(slot) >= first);
  }
  if (capturedBefore !== undefined) {
    const { last } = boundMs('captured_before', capturedBefore);
    tests.push((slot) => table.capturedMs(slot) <= last);
  }
  if (bbox) tests.push((slot) => inBox(bbox, point(slot)));
  if (near) {
    const centre = toSphere(near);
    const chordSquared = near.km < HALF_WAY_ROUND_KM ? kmToChordSquared(near.km) : Number.POSITIVE_INFINITY;
    tests.push((slot) => table.chordSquared(slot, centre) <= chordSquared);
  }
  const among = (labels: Iterable<number>) => {
    const slots = new Set<number>();
    for (const label of labels) slots.add(table.slotOf(label));
    tests.push((slot) => slots.has(slot));
  };
  if (ids) among(lookup.labelsOfIds(ids));
  if (source) among(lookup.labelsOfSources(source));
  if (sourceRoot) among(lookup.labelsOfRoots(sourceRoot));
  if (hasSequence !== undefined) tests.push((slot) => (table.sequenceCode(slot) !== -1) === hasSequence);
  return tests;
}
