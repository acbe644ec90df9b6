import { present as checked } from '../../../domain/present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/**
 * The bits of the float16 (IEEE 754 binary16) nearest to each value, ties to even, as numpy and torch round. Values that round
 * beyond 65,504 become infinite; NaN stays NaN.
 */
export function toFloat16Bits(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const wide = present(bits[i]);
    const sign = (wide >>> 16) & 0x8000;
    const magnitude = wide & 0x7fffffff;
    let half: number;
    if (magnitude >= 0x47800000) half = magnitude > 0x7f800000 ? 0x7e00 : 0x7c00;
    else if (magnitude >= 0x38800000) {
      // Adding just below half a step, and the last kept bit, makes a tie go to the even neighbour.
      half = (magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
    } else if (magnitude < 0x33000000) half = 0;
    else {
      const shift = 126 - (magnitude >>> 23);
      const fraction = (magnitude & 0x7fffff) | 0x800000;
      const kept = fraction >>> shift;
      const rest = fraction & ((1 << shift) - 1);
      const tie = 1 << (shift - 1);
      half = kept + (rest > tie || (rest === tie && (kept & 1) === 1) ? 1 : 0);
    }
    halves[i] = sign | half;
  }
  return halves;
}
