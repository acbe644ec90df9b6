import { present as checked } from '../../domain/present.js';
import type { Reference } from '../../domain/reference.js';
import { seededRandom } from '../../domain/seeded-random.js';
import { cellOf } from '../../geo/cells.js';
import { type LabelShare, shareOfLabel } from '../statistics/share-of-label.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** With fewer walks their spread is unknown. */
const WALKS_MIN = 20;
const DRAWS = 1_000;
/** Walks in all draws together, to bound the work. */
const DRAWN_WALKS_MAX = 2e8;
const SEED = 1;
/** Two-sided 90 %. */
const Z = 1.6449;
const TAIL = 0.05;

/** What shares are estimated from. Photos are told by their numbers in `photos`, labels by theirs in `labels`. */
export interface ShareData {
  readonly photos: readonly Reference[];
  readonly labels: readonly string[];
  /** Labels of photos that were drawn at random from these, by id. */
  readonly labelled: ReadonlyMap<string, readonly string[]>;
  /** A model's prediction, 0 to 1; 0 where there is none. */
  readonly predicted: (photo: number, label: number) => number;
  /** The same by a model that has not seen the photo's label. */
  readonly heldOut: (photo: number, label: number) => number;
}

export interface EstimatedShare {
  readonly label: string;
  /** null where fewer than two of the group's photos are labelled. */
  readonly share: number | null;
  /** Interval for these photos, at 90 %. */
  readonly low: number | null;
  readonly high: number | null;
  /** Kind of interval. */
  readonly interval: LabelShare['interval'] | null;
  /** Weight of the model's predictions, 0 to 1. */
  readonly lambda: number | null;
  /** Interval for walks like these, at 90 %; null with fewer than 20 labelled walks. */
  readonly walks: { readonly low: number; readonly high: number } | null;
}

export interface ShareGroup {
  readonly group: string;
  readonly photos: number;
  readonly labelled: number;
  readonly shares: readonly EstimatedShare[];
}

/**
 * Shares of labels among photos, by groups, from the labels of a random sample; it is a random sample of each group's photos
 * too.
 * @returns the largest group first
 */
export function estimateShares(data: ShareData, groupOf: (photo: Reference) => string): readonly ShareGroup[] {
  const groups = new Map<string, { readonly photos: number[]; readonly labelled: number[] }>();
  for (const [i, photo] of data.photos.entries()) {
    const name = groupOf(photo);
    let group = groups.get(name);
    if (group === undefined) {
      group = { photos: [], labelled: [] };
      groups.set(name, group);
    }
    group.photos.push(i);
    if (data.labelled.has(photo.id)) group.labelled.push(i);
  }
  const walks = new Walks(data.photos);
  return [...groups]
    .map(([group, { photos, labelled }]) => {
      const shares = labelled.length < 2 ? data.labels.map(unknown) : estimate(data, photos, labelled, walks);
      return { group, photos: photos.length, labelled: labelled.length, shares };
    })
    .sort((a, b) => b.photos - a.photos || (a.group < b.group ? -1 : 1));
}

function unknown(label: string): EstimatedShare {
  return { ...{ label, share: null, low: null, high: null }, interval: null, lambda: null, walks: null };
}

function estimate(
  data: ShareData,
  photos: readonly number[],
  labelled: readonly number[],
  walks: Walks,
): readonly EstimatedShare[] {
  const made = data.labels.map((label, k) => {
    const has = labelled.map((i) => (present(data.labelled.get(present(data.photos[i]).id)).includes(label) ? 1 : 0));
    const predicted = labelled.map((i) => data.heldOut(i, k));
    let sum = 0;
    for (const i of photos) sum += data.predicted(i, k);
    const share = shareOfLabel({ has, predicted, meanPredicted: sum / photos.length, photos: photos.length }, Z);
    return { label, share, rests: has.map((y, i) => y - share.lambda * present(predicted[i])) };
  });
  const intervals = walkIntervals(data, photos, labelled, made, walks);
  return made.map(({ label, share }, k) => {
    const interval = intervals?.[k];
    return { label, ...share, walks: interval === undefined ? null : wider(interval, share) };
  });
}

/** Other walks are never surer than these photos: where none or few have a label, draws of the walks that are there hardly differ. */
function wider(walks: Interval, photos: Interval): Interval {
  return { low: Math.min(walks.low, photos.low), high: Math.max(walks.high, photos.high) };
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The number of each photo's walk. A photo without a walk counts by its place, some 300 m across. */
class Walks {
  readonly #photos: readonly Reference[];
  #numbers: Int32Array | null = null;

  constructor(photos: readonly Reference[]) {
    this.#photos = photos;
  }

  /** Made when it is first asked for: most groups have too few labels for it. */
  get numbers(): Int32Array {
    if (this.#numbers === null) {
      const known = new Map<string, number>();
      this.#numbers = Int32Array.from(this.#photos, ({ sequence, point }) =>
        numberOf(known, sequence ?? `at ${cellOf(point)}`),
      );
    }
    return this.#numbers;
  }
}

function numberOf<Key>(numbers: Map<Key, number>, key: Key): number {
  const known = numbers.get(key);
  if (known !== undefined) return known;
  numbers.set(key, numbers.size);
  return numbers.size - 1;
}

/**
 * For each label an interval for other walks like these: the estimate over draws of whole walks, with all their photos and
 * labels. null for fewer than 20 labelled walks.
 */
function walkIntervals(
  { predicted }: ShareData,
  photos: readonly number[],
  labelled: readonly number[],
  made: readonly { readonly share: LabelShare; readonly rests: readonly number[] }[],
  walks: Walks,
): readonly Interval[] | null {
  if (labelled.length < WALKS_MIN) return null;
  const own = new Map<number, number>();
  const walkOf = (i: number) => numberOf(own, present(walks.numbers[i]));
  for (const i of labelled) walkOf(i);
  if (own.size < WALKS_MIN) return null;
  // Walks with labels have the first numbers.
  const rests = new Sums(own.size, made.length);
  for (const [n, i] of labelled.entries()) rests.add(walkOf(i), (k) => present(present(made[k]).rests[n]));
  // Predictions that weigh nothing are not summed up.
  const weighed = made.flatMap(({ share }, k) => (share.lambda > 0 ? [k] : []));
  for (const i of photos) walkOf(i);
  const predictions = new Sums(own.size, weighed.length);
  for (const i of photos) predictions.add(walkOf(i), (column) => predicted(i, present(weighed[column])));
  const drawn: number[][] = made.map(() => []);
  const random = seededRandom(SEED);
  const counts = new Uint32Array(own.size);
  for (let draw = 0; draw < Math.max(100, Math.min(DRAWS, DRAWN_WALKS_MAX / own.size)); draw++) {
    drawCounts(counts, random);
    const [labels, ...rest] = rests.over(counts);
    // A draw without a labelled photo does not count.
    if (labels === 0) continue;
    const [all, ...model] = predictions.over(counts);
    for (const [k, { share }] of made.entries()) {
      const column = weighed.indexOf(k);
      const weight = column < 0 ? 0 : (share.lambda * present(model[column])) / present(all);
      drawn[k]?.push(weight + present(rest[k]) / present(labels));
    }
  }
  return drawn.map((values) => {
    values.sort((a, b) => a - b);
    const at = (share: number) => Math.min(1, Math.max(0, present(values[Math.round(share * (values.length - 1))])));
    return { low: at(TAIL), high: at(1 - TAIL) };
  });
}

/** Draws as many walks as there are, with replacement. @param counts how often each is drawn: written */
function drawCounts(counts: Uint32Array, random: () => number): void {
  counts.fill(0);
  for (let i = 0; i < counts.length; i++) {
    const walk = Math.floor(random() * counts.length);
    counts[walk] = present(counts[walk]) + 1;
  }
}

/** Of each walk its number of photos, and sums over them, by columns. */
class Sums {
  readonly #width: number;
  /** Walk by walk. */
  readonly #sums: Float64Array;

  constructor(walks: number, columns: number) {
    this.#width = 1 + columns;
    this.#sums = new Float64Array(walks * this.#width);
  }

  /** Adds a photo to its walk. */
  add(walk: number, value: (column: number) => number): void {
    const from = walk * this.#width;
    for (let c = 0; c < this.#width; c++)
      this.#sums[from + c] = present(this.#sums[from + c]) + (c === 0 ? 1 : value(c - 1));
  }

  /** The number of photos and the sums over walks, each as often as it counts. */
  over(counts: Uint32Array): Float64Array {
    const [sums, width] = [this.#sums, this.#width];
    const all = new Float64Array(width);
    for (let walk = 0, from = 0; from < sums.length; walk++, from += width) {
      const count = present(counts[walk]);
      if (count === 0) continue;
      for (let c = 0; c < width; c++) all[c] = present(all[c]) + count * present(sums[from + c]);
    }
    return all;
  }
}
