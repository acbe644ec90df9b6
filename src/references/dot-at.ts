import { present as checked } from '../domain/present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;
/**
 * Inner product of `query` with the values of `table` from `start` on. Four partial sums in a fixed order: the result is the
 * same each time.
 */
export function dotAt(table: Float32Array, start: number, query: Float32Array): number {
  const length = query.length;
  const whole = length - (length % 4);
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  for (let i = 0; i < whole; i += 4) {
    a += present(table[start + i]) * present(query[i]);
    b += present(table[start + i + 1]) * present(query[i + 1]);
    c += present(table[start + i + 2]) * present(query[i + 2]);
    d += present(table[start + i + 3]) * present(query[i + 3]);
  }
  for (let i = whole; i < length; i++) a += present(table[start + i]) * present(query[i]);
  return a + b + (c + d);
}
