import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { toUnitVector, type UnitVector } from '../../src/domain/unit-vector.js';

/** Both graphs of a folder, run as they are: batches of any size. */
export interface RunTowers {
  /** Pictures of 3 x side x side, one after another. */
  images(pixels: Float32Array, side: number): Promise<UnitVector[]>;
  /** Texts of equal length. */
  texts(ids: readonly (readonly number[])[]): Promise<UnitVector[]>;
  close(): Promise<void>;
}

/** onnxruntime's own lines on stderr are left out: what fails throws. */
const OPTIONS = { logSeverityLevel: 4 } as const;

export async function openTowers(folder: string, suffix = ''): Promise<RunTowers> {
  const vision = await InferenceSession.create(join(folder, `vision_model${suffix}.onnx`), OPTIONS);
  const text = await InferenceSession.create(join(folder, `text_model${suffix}.onnx`), OPTIONS);
  return {
    async images(pixels, side) {
      const count = pixels.length / (3 * side * side);
      const feeds = { pixel_values: new Tensor('float32', pixels, [count, 3, side, side]) };
      return rowsOf((await vision.run(feeds)).image_embeds as Tensor);
    },
    async texts(ids) {
      const flat = BigInt64Array.from(ids.flat(), BigInt);
      const feeds = { input_ids: new Tensor('int64', flat, [ids.length, flat.length / ids.length]) };
      return rowsOf((await text.run(feeds)).text_embeds as Tensor);
    },
    async close() {
      await vision.release();
      await text.release();
    },
  };
}

function rowsOf(tensor: Tensor): UnitVector[] {
  const [count, width] = tensor.dims as [number, number];
  const data = tensor.data as Float32Array;
  return Array.from({ length: count }, (_, row) => toUnitVector(data.slice(row * width, (row + 1) * width)));
}
