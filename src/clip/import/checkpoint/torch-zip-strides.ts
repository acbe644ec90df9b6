import { present as checked } from '../../../domain/present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** A view's reach into its storage: one more than the position of its last element, 0 where it is empty. */
export function reachOf(shape: readonly number[], strides: readonly number[]): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((last, side, i) => last + (side - 1) * present(strides[i]), 1);
}

/** Whether the elements are contiguous in row-major order; sides of 1 may have any stride. */
export function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const side = present(shape[i]);
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
    out[i] = present(values[place]);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = present(index[axis]) + 1;
      place += present(strides[axis]);
      if (present(index[axis]) < present(shape[axis])) break;
      place -= present(strides[axis]) * present(shape[axis]);
      index[axis] = 0;
    }
  }
  return out;
}
