// What CLIP's towers are timed with: pictures and captions that are made up.
import { Tensor } from 'onnxruntime-node';

export const PICTURES = 8;
export const LENGTH = 16;
/** Captions begin with the same six tokens of the sixteen, as those of a caption set. */
const SHARED = 6;

/** Smooth and different: waves of six directions each, as normalised pictures have their values. */
export function madeUpPictures(side: number): Float32Array {
  const values = new Float32Array(PICTURES * 3 * side ** 2);
  for (let i = 0, picture = 0; picture < PICTURES; picture++) {
    for (let channel = 0; channel < 3; channel++) {
      for (let y = 0; y < side; y++) {
        for (let x = 0; x < side; x++, i++) {
          let sum = 0;
          for (let wave = 1; wave <= 6; wave++) {
            const turn = picture * 2.4 + wave * 1.7 + channel * 0.3;
            sum += Math.sin((wave * wave * (x * Math.cos(turn) + y * Math.sin(turn))) / side + turn);
          }
          values[i] = sum / 2;
        }
      }
    }
  }
  return values;
}

/** Picture number `i` of those. */
export function pictureTensor(pictures: Float32Array, side: number, i: number): Tensor {
  const size = 3 * side ** 2;
  return new Tensor('float32', pictures.slice(i * size, (i + 1) * size), [1, 3, side, side]);
}

export function captionTensor(batch: number): Tensor {
  const idAt = (row: number, i: number) =>
    i === 0 ? 49406 : i === LENGTH - 1 ? 49407 : 320 + 37 * i + (i < SHARED ? 0 : 601 * row);
  const rows = Array.from({ length: batch }, (_, row) => Array.from({ length: LENGTH }, (_, i) => idAt(row, i)));
  return new Tensor('int64', BigInt64Array.from(rows.flat(), BigInt), [batch, LENGTH]);
}
