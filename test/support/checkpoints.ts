/** The bits of float32 values, which tell -0 from 0 and one NaN from another. */
export function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}
