import { fault } from '../../../domain/errors.js';
import { present } from '../../../domain/present.js';
import { cosine, type UnitVector } from '../../../domain/unit-vector.js';

/** One precision's embeddings of the comparison's pictures and captions. */
export interface Embedded {
  readonly images: readonly UnitVector[];
  readonly captions: readonly UnitVector[];
}

/** How close a precision is to float32. */
export interface ParityFigures {
  /** Lowest cosine of a picture's or caption's two vectors. */
  readonly lowestCosine: number;
  /** The same after subtracting the mean of float32's pictures (or captions) from both. */
  readonly lowestCentredCosine: number;
  /** 99 % of the logits of pictures with captions differ from float32's by at most this. */
  readonly logitDifferenceP99: number;
  /** Share of the pictures whose nearest other picture is the same. */
  readonly sameNeighbourShare: number;
  /** Share of the pictures whose best country caption is the same. */
  readonly sameCountryShare: number;
}

/** What a precision has to reach to be chosen by `auto`. A cosine alone promises little: 0.01 is one logit. */
export const PARITY_LIMITS: ParityFigures = {
  lowestCosine: 0.99,
  lowestCentredCosine: 0.98,
  logitDifferenceP99: 1,
  sameNeighbourShare: 0.97,
  sameCountryShare: 0.97,
};

export type ParityCount = keyof ParityFigures;
export const PARITY_COUNTS = Object.keys(PARITY_LIMITS) as readonly ParityCount[];

/** The counts on which a precision fails; NaN fails on all. */
export function failedCounts(figures: ParityFigures): ParityCount[] {
  return PARITY_COUNTS.filter((count) => {
    const [value, limit] = [figures[count], PARITY_LIMITS[count]];
    return count === 'logitDifferenceP99' ? !(value <= limit) : !(value >= limit);
  });
}

/**
 * Compares a precision's embeddings with float32's of the same pictures and captions.
 *
 * @param countries which of the captions name a country
 * @throws `parity_sample_too_small` with fewer than two pictures or two captions of countries
 */
export function parityOf(
  reference: Embedded,
  candidate: Embedded,
  { logitScale, countries }: { readonly logitScale: number; readonly countries: readonly number[] },
): ParityFigures {
  const { images, captions } = reference;
  if (images.length < 2 || countries.length < 2) {
    throw fault(
      'parity_sample_too_small',
      `Expected at least 2 pictures and 2 captions of countries to compare precisions with, got ${images.length} and ${countries.length}.`,
    );
  }
  const logits = ({ images, captions }: Embedded) =>
    images.map((image) => captions.map((caption) => logitScale * cosine(image, caption)));
  const [before, after] = [logits(reference), logits(candidate)];
  const best = (row: readonly number[]) => countries[argmax(countries.map((i) => present(row[i])))];
  return {
    lowestCosine: Math.min(lowest(images, candidate.images), lowest(captions, candidate.captions)),
    lowestCentredCosine: Math.min(lowestCentred(images, candidate.images), lowestCentred(captions, candidate.captions)),
    logitDifferenceP99: percentile99(before, after),
    sameNeighbourShare: share(images.length, (i) => nearest(images, i) === nearest(candidate.images, i)),
    sameCountryShare: share(images.length, (i) => best(before[i] ?? []) === best(after[i] ?? [])),
  };
}

/** Lowest cosine, with lengths computed anew: unit vectors in float32 have 0.9999999 with themselves. */
function lowest(reference: readonly UnitVector[], candidate: readonly UnitVector[], origin?: Float64Array): number {
  const zero = origin ?? new Float64Array(reference[0]?.length ?? 0);
  return Math.min(1, ...reference.map((vector, i) => cosineFrom(zero, vector, present(candidate[i]))));
}

/** Lowest cosine after subtracting the mean: vectors of one kind lie in a narrow cone, and only the rest tells them apart. */
function lowestCentred(reference: readonly UnitVector[], candidate: readonly UnitVector[]): number {
  const mean = new Float64Array(reference[0]?.length ?? 0);
  for (const vector of reference) {
    for (let i = 0; i < mean.length; i++) mean[i] = present(mean[i]) + present(vector[i]) / reference.length;
  }
  return lowest(reference, candidate, mean);
}

function cosineFrom(origin: Float64Array, a: UnitVector, b: UnitVector): number {
  let [product, squareA, squareB] = [0, 0, 0];
  for (let i = 0; i < origin.length; i++) {
    const x = present(a[i]) - present(origin[i]);
    const y = present(b[i]) - present(origin[i]);
    product += x * y;
    squareA += x * x;
    squareB += y * y;
  }
  // Both are at the origin, and so equal.
  if (squareA === 0 && squareB === 0) return 1;
  return product / Math.sqrt(squareA * squareB);
}

/** The smallest difference that 99 % of all stay within (nearest rank). */
function percentile99(before: readonly (readonly number[])[], after: readonly (readonly number[])[]): number {
  const differences = before.flatMap((row, i) => row.map((logit, j) => Math.abs(logit - present(after[i]?.[j]))));
  differences.sort((a, b) => a - b);
  return differences[Math.max(0, Math.ceil(0.99 * differences.length) - 1)] ?? 0;
}

function nearest(vectors: readonly UnitVector[], i: number): number {
  return argmax(vectors.map((vector, j) => (j === i ? Number.NEGATIVE_INFINITY : cosine(present(vectors[i]), vector))));
}

function argmax(values: readonly number[]): number {
  return values.reduce((top, value, i) => (value > present(values[top]) ? i : top), 0);
}

function share(count: number, holds: (i: number) => boolean): number {
  return Array.from({ length: count }, (_, i) => holds(i)).filter(Boolean).length / count;
}
