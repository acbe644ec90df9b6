import { fault } from './errors.js';
import { present as checked } from './present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

declare const unit: unique symbol;

/** A finite float32 vector of Euclidean length 1: an embedding after L2 normalisation. */
export type UnitVector = Float32Array & { readonly [unit]: true };

/**
 * Scales `values` to length 1 in float64 and rounds once to float32.
 * @throws `vector_not_finite` when a value is not finite or the length is 0.
 */
export function toUnitVector(values: ArrayLike<number>): UnitVector {
  let squared = 0;
  for (let i = 0; i < values.length; i++) squared += present(values[i]) ** 2;
  if (!(squared > 0 && squared < Number.POSITIVE_INFINITY)) {
    throw fault(
      'vector_not_finite',
      `Expected a finite vector of non-zero length, got one of squared length ${squared}.`,
    );
  }
  const scale = 1 / Math.sqrt(squared);
  return Float32Array.from(values, (value) => value * scale) as UnitVector;
}

/** Cosine of two unit vectors of the same length. */
export function cosine(a: UnitVector, b: UnitVector): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += present(a[i]) * present(b[i]);
  return sum;
}

/** Enough digits for every float32 to come back as itself. */
const FLOAT32_DIGITS = 9;

/** A vector as JSON carries it. */
export const toNumbers = (vector: UnitVector): number[] =>
  Array.from(vector, (value) => Number(value.toPrecision(FLOAT32_DIGITS)));
