import { fault } from '../domain/errors.js';

/** What every engine refuses to store. @throws `dimension_mismatch`, `vector_not_unit` */
export function checkVector(vector: Float32Array, dimension: number): void {
  if (vector.length !== dimension) {
    throw fault('dimension_mismatch', `Expected a vector of ${dimension} dimensions, got ${vector.length}.`);
  }
  let squared = 0;
  for (const value of vector) squared += value * value;
  if (!(Math.abs(squared - 1) < 1e-3)) {
    throw fault('vector_not_unit', `Expected a vector of length 1, got one of squared length ${squared}.`);
  }
}
