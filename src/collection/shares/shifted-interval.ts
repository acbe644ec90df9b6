import { present as checked } from '../../domain/present.js';
import type { Reference } from '../../domain/reference.js';
import { drawWithout, seededRandom } from '../../domain/seeded-random.js';
import type { ReferenceReader } from '../../references/reader.js';
import type { PhotoLabels } from '../labels/label-store.js';
import { labelGroups } from '../probes/label-groups.js';
import type { Probe, ProbeTask } from '../probes/probe.js';
import { FeatureMatrix } from '../statistics/feature-matrix.js';
import { fitLogistic, logitsOf } from '../statistics/logistic-regression.js';
import { shiftedShares } from '../statistics/shifted-shares.js';
import { probabilitiesOf } from '../statistics/temperature.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const DRAWS = 40;
/** Photos in a draw: more would narrow the interval less than labels do. */
const PHOTOS_MAX = 4_000;
const SEED = 1;
const TAIL = 0.05;

/** For each group and label, the range of 90 % of the draws. */
export type ShiftedIntervals = ReadonlyMap<string, readonly { readonly low: number; readonly high: number }[]>;

/**
 * Intervals of shares by Saerens' EM: over draws of whole groups of labelled photos, with the probe fitted anew, and of photos.
 * They are right only where photos of a label look like the labelled ones.
 */
export async function shiftedIntervals(
  probe: Probe,
  labelled: readonly PhotoLabels[],
  photos: readonly Reference[],
  groupOf: (photo: Reference) => string,
  reader: ReferenceReader,
): Promise<ShiftedIntervals> {
  const random = seededRandom(SEED);
  const training = await rowsOf(
    labelled.map(({ id }) => id),
    reader,
  );
  const references = await reader.getMany(training.ids);
  const some = photos.length <= PHOTOS_MAX ? photos : drawWithout(photos, PHOTOS_MAX, random);
  const asked = await rowsOf(
    some.map(({ id }) => id),
    reader,
  );
  const byId = new Map(some.map((photo) => [photo.id, groupOf(photo)]));
  const groups = asked.ids.map((id) => present(byId.get(id)));
  const walks = labelGroups(training.ids.map((id) => present(references.get(id))));
  const labelsOf = new Map(labelled.map(({ id, labels }) => [id, labels]));
  const questions = new FeatureMatrix(asked.rows, reader.dimension);
  const drawn = new Map<string, number[][]>();
  for (let draw = 0; draw < DRAWS; draw++) {
    const own = drawGroups(walks, random);
    const shares = new Map<string, number[]>();
    for (const task of probe.tasks) {
      const fitted = refit(task, own, training, labelsOf, reader.dimension);
      if (fitted === null) continue;
      const { model, trained } = fitted;
      const probabilities = probabilitiesOf(logitsOf(questions, model), model.classes, task.temperature);
      for (const [group, rows] of drawRows(groups, random)) {
        const given = new Float64Array(rows.length * model.classes);
        rows.forEach((row, i) => {
          given.set(probabilities.subarray(row * model.classes, (row + 1) * model.classes), i * model.classes);
        });
        const found = shiftedShares(given, trained);
        shares.set(group, [...(shares.get(group) ?? []), ...(task.labels.length === 1 ? found.subarray(1) : found)]);
      }
    }
    for (const [group, values] of shares) drawn.set(group, [...(drawn.get(group) ?? []), values]);
  }
  const width = probe.tasks.reduce((sum, { labels }) => sum + labels.length, 0);
  return new Map(
    [...drawn].map(([group, draws]) => {
      // A draw that lacks one of the probe's labels does not count.
      const whole = draws.filter((values) => values.length === width);
      return [group, Array.from({ length: width }, (_, k) => bounds(whole.map((values) => present(values[k]))))];
    }),
  );
}

interface Rows {
  readonly ids: readonly string[];
  readonly rows: Float32Array;
}

async function rowsOf(ids: readonly string[], reader: ReferenceReader): Promise<Rows> {
  const vectors = await reader.vectors(ids);
  const there = ids.filter((id) => vectors.has(id));
  const rows = new Float32Array(there.length * reader.dimension);
  for (const [i, id] of there.entries()) rows.set(present(vectors.get(id)), i * reader.dimension);
  return { ids: there, rows };
}

function refit(
  { labels, c }: ProbeTask,
  drawn: readonly number[],
  { ids, rows }: Rows,
  labelsOf: ReadonlyMap<string, readonly string[]>,
  columns: number,
) {
  const isAsked = labels.length === 1;
  const classes = isAsked ? 2 : labels.length;
  const classed = drawn.flatMap((i) => {
    const own = present(labelsOf.get(present(ids[i])));
    if (isAsked) return [{ i, k: own.includes(present(labels[0])) ? 1 : 0 }];
    const k = labels.indexOf(own[0] ?? '');
    return k < 0 ? [] : [{ i, k }];
  });
  const counts = new Float64Array(classes);
  for (const { k } of classed) counts[k] = present(counts[k]) + 1;
  if (counts.some((count) => count === 0)) return null;
  const matrix = new Float32Array(classed.length * columns);
  classed.forEach(({ i }, at) => {
    matrix.set(rows.subarray(i * columns, (i + 1) * columns), at * columns);
  });
  const classOf = Int32Array.from(classed, ({ k }) => k);
  const model = fitLogistic(new FeatureMatrix(matrix, columns), classOf, classes, { c });
  return { model, trained: counts.map((count) => count / classed.length) };
}

/** Numbers of rows: of as many groups as there are, drawn with replacement. */
function drawGroups(groups: readonly string[], random: () => number): number[] {
  const members = new Map<string, number[]>();
  groups.forEach((group, i) => {
    members.set(group, [...(members.get(group) ?? []), i]);
  });
  const all = [...members.values()];
  return all.flatMap(() => present(all[Math.floor(random() * all.length)]));
}

/** For each group as many rows as it has, drawn with replacement. */
function drawRows(groups: readonly string[], random: () => number): ReadonlyMap<string, readonly number[]> {
  const members = new Map<string, number[]>();
  groups.forEach((group, i) => {
    const own = members.get(group);
    if (own === undefined) members.set(group, [i]);
    else own.push(i);
  });
  return new Map(
    [...members].map(([group, own]) => [group, own.map(() => present(own[Math.floor(random() * own.length)]))]),
  );
}

function bounds(values: readonly number[]): { readonly low: number; readonly high: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;
  return { low: at(TAIL), high: at(1 - TAIL) };
}
