/** How far a view reaches into its storage: one more than the place of its last element, 0 where it has none. */
export function reachOf(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((last, side, i) => last + (side - 1) * (strides[i] as number), 1);
}

/** True where the elements lie one after another in row-major order; sides of 1 may have any stride. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const side = shape[i] as number;
    if (side !== 1 && strides[i] !== expected) return false;
    expected *= side;
  }
  return true;
}

/** Copies a view into row-major order. `values[0]` is the element (0, 0, …). */
export function gather(values: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const out = new Float32Array(shape.reduce((count, side) => count * side, 1));
  const index = new Uint32Array(shape.length);
  let place = 0;
  for (let i = 0; i < out.length; i++) {
    out[i] = values[place] as number;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = (index[axis] as number) + 1;
      place += strides[axis] as number;
      if ((index[axis] as number) < (shape[axis] as number)) break;
      place -= (strides[axis] as number) * (shape[axis] as number);
      index[axis] = 0;
    }
  }
  return out;
}
