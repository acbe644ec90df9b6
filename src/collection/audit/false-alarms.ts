import { present as checked } from '../../domain/present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** How ill a photo's stated place fits what it shows, and how ill false places would. */
export interface Surprise {
  /** −log of the fit of the stated place. */
  readonly stated: number;
  /** The same of some places where the photo was not taken. */
  readonly decoys: readonly number[];
  /** Fit of the place that fits best: how much the evidence says at all. Where the photo is said to be has no part in it. */
  readonly support: number;
}

/** Photos of like support are compared with one another, in at most so many classes of at least so many photos. */
const CLASSES_MAX = 10;
const CLASS_PHOTOS_MIN = 400;
/** From here on places fit so ill that honest photos are hardly found there; false places are, by the half. */
const FAR = 7;
const FALSE_SHARE_MAX = 0.5;

/**
 * For each photo the probability that one which is where it says would fit its place as ill: among photos of like support, where
 * those that are elsewhere are taken out of the count. How many these are follows from the worst fits: what share of all photos lies
 * there, against what share of false places would. Removing outliers by their distance from the middle in place of this
 * made 4 to 12 false alarms in a hundred of 5 that were expected.
 * @returns from 1/(photos of the class + 1) to 1, in the order of `surprises`
 */
export function falseAlarmProbabilities(surprises: readonly Surprise[]): Float64Array {
  const found = new Float64Array(surprises.length);
  const order = surprises
    .map((_, i) => i)
    .sort((a, b) => present(surprises[a]).support - present(surprises[b]).support);
  const classes = Math.max(1, Math.min(CLASSES_MAX, Math.floor(order.length / CLASS_PHOTOS_MIN)));
  const edge = (i: number) => Math.floor((i * order.length) / classes);
  for (let i = 0; i < classes; i++) judgeClass(surprises, order.slice(edge(i), edge(i + 1)), found);
  return found;
}

function judgeClass(surprises: readonly Surprise[], members: readonly number[], found: Float64Array): void {
  const own = (i: number) => present(surprises[i]).stated;
  const stated = Float64Array.from(members, own).sort();
  const decoys = Float64Array.from(members.flatMap((i) => present(surprises[i]).decoys)).sort();
  const falseThere = shareFrom(decoys, FAR);
  const falseShare = falseThere === 0 ? 0 : Math.min(FALSE_SHARE_MAX, shareFrom(stated, FAR) / falseThere);
  const honest = members.length * (1 - falseShare);
  let most = 0;
  for (const i of members.toSorted((a, b) => own(b) - own(a))) {
    const share = (shareFrom(stated, own(i)) - falseShare * shareFrom(decoys, own(i))) / (1 - falseShare);
    // A better fit is never the more suspicious.
    most = Math.max(most, share);
    found[i] = Math.min(1, (1 + honest * most) / (honest + 1));
  }
}

/** Of ascending values, the share that is at least this. */
function shareFrom(values: Float64Array, least: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (present(values[middle]) < least) low = middle + 1;
    else high = middle;
  }
  return values.length === 0 ? 0 : (values.length - low) / values.length;
}
