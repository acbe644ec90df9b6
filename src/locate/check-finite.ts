import { fault } from '../domain/errors.js';

/** @throws `not_finite` at the first value that is NaN or infinite: no answer is better than a wrong one. */
export function checkFinite(stage: string, values: ArrayLike<number>): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw fault('not_finite', `Expected finite numbers from ${stage}, got ${values[i]} at position ${i}.`);
    }
  }
}
