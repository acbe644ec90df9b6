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

/** What shares are estimated from. */
export interface ShareData {
  readonly photos: readonly Reference[];
  readonly labels: readonly string[];
  /** Labels of photos that were drawn at random from these, by id. */
  readonly labelled: ReadonlyMap<string, readonly string[]>;
  /** A model's prediction for a photo, 0 to 1, by the label's number; 0 where there is none. */
  readonly predicted: (id: string, label: number) => number;
  /** The same by a model that has not seen the photo's label. */
  readonly heldOut: (id: string, label: number) => number;
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
  const groups = new Map<string, Reference[]>();
  for (const photo of data.photos) {
    const group = groupOf(photo);
    const known = groups.get(group);
    if (known === undefined) groups.set(group, [photo]);
    else known.push(photo);
  }
  return [...groups]
    .map(([group, photos]) => {
      const labelled = photos.filter(({ id }) => data.labelled.has(id));
      const shares = data.labels.map((label, k) => estimate(data, photos, labelled, label, k));
      return { group, photos: photos.length, labelled: labelled.length, shares };
    })
    .sort((a, b) => b.photos - a.photos || (a.group < b.group ? -1 : 1));
}

function estimate(
  data: ShareData,
  photos: readonly Reference[],
  labelled: readonly Reference[],
  label: string,
  k: number,
): EstimatedShare {
  if (labelled.length < 2)
    return { ...{ label, share: null, low: null, high: null }, interval: null, lambda: null, walks: null };
  const has = labelled.map(({ id }) => (present(data.labelled.get(id)).includes(label) ? 1 : 0));
  const predicted = labelled.map(({ id }) => data.heldOut(id, k));
  const all = Float64Array.from(photos, ({ id }) => data.predicted(id, k));
  const meanPredicted = all.reduce((a, b) => a + b, 0) / all.length;
  const made = shareOfLabel({ has, predicted, meanPredicted, photos: photos.length }, Z);
  const rests = has.map((y, i) => y - made.lambda * present(predicted[i]));
  const walks = walkInterval(photos, all, labelled, rests, made.lambda);
  return { label, ...made, walks: walks && wider(walks, made) };
}

/** Other walks are never surer than these photos: where none or few have a label, draws of the walks that are there hardly differ. */
function wider(walks: Interval, photos: Interval): Interval {
  return { low: Math.min(walks.low, photos.low), high: Math.max(walks.high, photos.high) };
}

interface Interval {
  readonly low: number;
  readonly high: number;
}

/**
 * Interval for other walks like these: the estimate over draws of whole walks, with all their photos and labels. A photo
 * without a walk counts by its place, some 300 m across.
 */
function walkInterval(
  photos: readonly Reference[],
  predicted: Float64Array,
  labelled: readonly Reference[],
  rests: readonly number[],
  lambda: number,
): EstimatedShare['walks'] {
  const walkOf = ({ sequence, point }: Reference) => sequence ?? `at ${cellOf(point)}`;
  const numbers = new Map<string, number>();
  for (const photo of labelled) if (!numbers.has(walkOf(photo))) numbers.set(walkOf(photo), numbers.size);
  if (numbers.size < WALKS_MIN) return null;
  for (const photo of photos) if (!numbers.has(walkOf(photo))) numbers.set(walkOf(photo), numbers.size);
  const walks = Array.from({ length: numbers.size }, () => ({ photos: 0, predicted: 0, labelled: 0, rest: 0 }));
  photos.forEach((photo, i) => {
    const walk = present(walks[present(numbers.get(walkOf(photo)))]);
    walk.photos++;
    walk.predicted += present(predicted[i]);
  });
  labelled.forEach((photo, i) => {
    const walk = present(walks[present(numbers.get(walkOf(photo)))]);
    walk.labelled++;
    walk.rest += present(rests[i]);
  });
  const random = seededRandom(SEED);
  const drawn: number[] = [];
  for (let draw = 0; draw < Math.max(100, Math.min(DRAWS, DRAWN_WALKS_MAX / walks.length)); draw++) {
    const sum = { photos: 0, predicted: 0, labelled: 0, rest: 0 };
    for (let i = 0; i < walks.length; i++) {
      const walk = present(walks[Math.floor(random() * walks.length)]);
      sum.photos += walk.photos;
      sum.predicted += walk.predicted;
      sum.labelled += walk.labelled;
      sum.rest += walk.rest;
    }
    // A draw without a labelled photo does not count.
    if (sum.labelled > 0) drawn.push((lambda * sum.predicted) / sum.photos + sum.rest / sum.labelled);
  }
  drawn.sort((a, b) => a - b);
  const at = (share: number) => Math.min(1, Math.max(0, present(drawn[Math.round(share * (drawn.length - 1))])));
  return { low: at(TAIL), high: at(1 - TAIL) };
}
