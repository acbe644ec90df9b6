import type { StoredType } from './stored-tensor.js';

/** Bytes of one number. */
export const STORED_BYTES: Readonly<Record<StoredType, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
};

/** Whether {@link Checkpoint.read} can read values of this type. */
export function isFloat(type: StoredType): boolean {
  return type === 'float32' || type === 'float16' || type === 'bfloat16' || type === 'float64';
}

/** At most so many numbers in a tensor (8 GiB of float32): more than any CLIP has, few enough for exact products. */
export const TENSOR_COUNT_MAX = 2 ** 31;

/** How many numbers a tensor of this shape has; 1 for a scalar; null where that is more than {@link TENSOR_COUNT_MAX}. */
export function countOf(shape: readonly number[]): number | null {
  if (shape.includes(0)) return 0;
  let count = 1;
  for (const side of shape) {
    count *= side;
    if (count > TENSOR_COUNT_MAX) return null;
  }
  return count;
}

/** `[768, 3, 32, 32]`, as messages show a shape. */
export function showShape(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}

/** A name from a file as a message may show it: without control characters, and cut where it is long. */
export function showName(name: string): string {
  const printable = [...name.slice(0, 200)].map((char) => (/[\p{C}\p{Zl}\p{Zp}]/u.test(char) ? '?' : char)).join('');
  return name.length > 200 ? `${printable}…` : printable;
}
