import { join } from 'node:path';
import type { ClipArchitecture } from '../checkpoint/clip-shapes.js';
import type { Checkpoint } from '../checkpoint/stored-tensor.js';
import { writeError } from '../disk-space.js';
import { GraphBuilder } from './graph-builder.js';
import { floatLinear, type LinearWriter, type Storage } from './linear.js';
import { writeTextTower } from './text-tower.js';
import type { Smoothing } from './tower-smoothing.js';
import type { TowerOptions } from './tower-writer.js';
import { writeVisionTower } from './vision-tower.js';

export type Precision = 'fp32' | 'fp16' | 'int8-block' | 'int8';

/** What differs between precisions: file names, products, and how everything else is stored. */
export interface PrecisionWriter {
  /** Of `vision_model<suffix>.onnx`, as transformers.js names them. */
  readonly suffix: string;
  readonly linear: LinearWriter;
  readonly storage: Storage;
  /**
   * See TowerOptions; false by default, so that `linear` writes every product. For pictures only: a caption has too few tokens
   * for it to be faster.
   */
  readonly fusedAttention?: boolean;
  /** See TowerOptions; false by default. For pictures only. */
  readonly projectionsApart?: boolean;
}

export const FLOAT_PRECISIONS: Readonly<Record<'fp32' | 'fp16', PrecisionWriter>> = {
  fp32: { suffix: '', linear: floatLinear('float32'), storage: 'float32', fusedAttention: true },
  fp16: { suffix: '_fp16', linear: floatLinear('float16'), storage: 'float16', fusedAttention: true },
};

export interface WriteTowersOptions {
  readonly checkpoint: Checkpoint;
  readonly architecture: ClipArchitecture;
  /** An existing folder, `…/onnx`. */
  readonly folder: string;
  readonly precision: PrecisionWriter;
  readonly smoothing?: Smoothing;
  /** Both by default. */
  readonly towers?: readonly ('vision' | 'text')[];
  /** Called after each tensor of the checkpoint, with counts of numbers. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Writes `vision_model<suffix>.onnx` and `text_model<suffix>.onnx`, each with its weights in `….onnx_data`. Memory: the largest
 * tensor (the token embedding) twice. When it throws, half-written files stay in the folder.
 *
 * @throws `disk_full` (later), `folder_read_only`, and what reading the checkpoint throws
 */
export async function writeTowers(options: WriteTowersOptions): Promise<void> {
  const { architecture, folder, precision, smoothing, towers = ['vision', 'text'] } = options;
  const { suffix, linear, storage } = precision;
  const checkpoint = withProgress(options.checkpoint, options.onProgress);
  const tower = (smooth: TowerOptions['smoothing'] | undefined, ofPictures: boolean): TowerOptions => ({
    ...{ checkpoint, linear, storage },
    fusedAttention: ofPictures && (precision.fusedAttention ?? false),
    projectionsApart: ofPictures && (precision.projectionsApart ?? false),
    smoothing: smooth ?? null,
  });
  const { vision, text, projectionDim } = architecture;
  if (towers.includes('vision')) {
    await writeGraph(join(folder, `vision_model${suffix}.onnx`), (builder) =>
      writeVisionTower(builder, vision, projectionDim, tower(smoothing?.vision, true)),
    );
  }
  if (towers.includes('text')) {
    await writeGraph(join(folder, `text_model${suffix}.onnx`), (builder) =>
      writeTextTower(builder, text, projectionDim, tower(smoothing?.text, false)),
    );
  }
}

async function writeGraph(file: string, write: (builder: GraphBuilder) => Promise<void>): Promise<void> {
  const asOurs = (error: unknown): never => {
    throw writeError(error, file);
  };
  const builder = await GraphBuilder.create(file).catch(asOurs);
  try {
    await write(builder);
  } catch (error) {
    await builder.abandon().catch(() => undefined);
    asOurs(error);
  }
  await builder.finish().catch(asOurs);
}

function withProgress(checkpoint: Checkpoint, onProgress: WriteTowersOptions['onProgress']): Checkpoint {
  if (onProgress === undefined) return checkpoint;
  const needed = [...checkpoint.tensors.values()].filter(({ name }) => /^(vision|text|visual)_/.test(name));
  const sizeOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);
  const total = needed.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const seen = new Set<string>();
  let done = 0;
  return {
    tensors: checkpoint.tensors,
    close: () => checkpoint.close(),
    async read(name) {
      const values = await checkpoint.read(name);
      if (!seen.has(name)) done += values.length;
      seen.add(name);
      onProgress(Math.min(done, total), total);
      return values;
    },
  };
}
