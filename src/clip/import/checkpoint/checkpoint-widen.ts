import { present as checked } from '../../../domain/present.js';
import type { StoredType } from './stored-tensor.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/**
 * The float32 of every float16 and bfloat16 is exact: the sign and the fraction are moved, the exponent's bias is changed.
 *
 * @param bytes little-endian numbers of `type`, whole ones only, at any alignment
 * @param out gets the values from `start` on
 */
export function widenInto(out: Float32Array, start: number, bytes: Uint8Array, type: StoredType): void {
  if (type === 'float64') roundDoubles(out, start, bytes);
  else widenHalves(out, start, aligned(bytes), type);
}

function widenHalves(out: Float32Array, start: number, halves: Uint16Array, type: StoredType): void {
  // Bits are written, not values: storing a value may quieten a NaN.
  const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
  if (type === 'bfloat16') {
    for (let i = 0; i < halves.length; i++) bits[start + i] = present(halves[i]) << 16;
  } else {
    const wide = halfTable();
    for (let i = 0; i < halves.length; i++) bits[start + i] = present(wide[present(halves[i])]);
  }
}

function roundDoubles(out: Float32Array, start: number, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < bytes.length / 8; i++) out[start + i] = view.getFloat64(8 * i, true);
}

function aligned(bytes: Uint8Array): Uint16Array {
  const even = bytes.byteOffset % 2 === 0 ? bytes : bytes.slice();
  return new Uint16Array(even.buffer, even.byteOffset, even.byteLength / 2);
}

let table: Uint32Array | null = null;

/** The float32 bits of all 65,536 float16 (IEEE 754 binary16): a look-up is several times faster than the shifts. */
function halfTable(): Uint32Array {
  if (table !== null) return table;
  table = new Uint32Array(65_536);
  for (let half = 0; half < 65_536; half++) table[half] = widenHalf(half);
  return table;
}

function widenHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return (sign | 0x7f800000 | (fraction << 13)) >>> 0;
  if (exponent > 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
  if (fraction === 0) return sign >>> 0;
  // Below 2^-14 a half has no leading one: shift until there is, and count the shifts off the exponent.
  const shift = Math.clz32(fraction) - 21;
  return (sign | ((113 - shift) << 23) | (((fraction << shift) & 1023) << 13)) >>> 0;
}
