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
    a += (table[start + i] as number) * (query[i] as number);
    b += (table[start + i + 1] as number) * (query[i + 1] as number);
    c += (table[start + i + 2] as number) * (query[i + 2] as number);
    d += (table[start + i + 3] as number) * (query[i + 3] as number);
  }
  for (let i = whole; i < length; i++) a += (table[start + i] as number) * (query[i] as number);
  return a + b + (c + d);
}
