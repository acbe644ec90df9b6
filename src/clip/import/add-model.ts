import { join } from 'node:path';
import { fault, StreetdexError } from '../../domain/errors.js';
import { makeFolder } from '../../store/make-folder.js';
import type { ModelInfo } from '../clip-model.js';
import { measureProbe, openClipModel } from '../open-clip-model.js';
import { openCheckpoint } from './checkpoint/checkpoint.js';
import { readClipArchitecture } from './checkpoint/clip-architecture.js';
import { checkTokenizerFits } from './checkpoint/clip-tokenizer-fit.js';
import type { Checkpoint } from './checkpoint/stored-tensor.js';
import { checkDiskSpace } from './disk-space.js';
import { fetchModel, modelNameOf } from './fetch/fetch-model.js';
import type { FetchModelOptions } from './fetch/fetch-options.js';
import type { FetchedModel } from './fetch/fetched-model.js';
import { placeFiles } from './fetch/place-files.js';
import type { Precision } from './graph/write-towers.js';
import { describeModelCard, writeModelCard } from './model-card.js';
import { type ModelSamples, picturesWanted, prepareSamples } from './model-samples.js';
import { type ChosenPrecision, choosePrecision } from './precision/choose-precision.js';
import { stageModel } from './stage-model.js';
import { readPlacedConfigs } from './transformers-files.js';

export interface AddModelOptions extends Omit<FetchModelOptions, 'precision'> {
  readonly modelsFolder: string;
  /** The model's name; by default the hub's id or the local folder's name. */
  readonly name?: string;
  /** `auto`: the fastest that holds on every count of parity. */
  readonly precision: Precision | 'auto';
  /** Pictures and captions to calibrate and compare precisions with; called once the weights have been read. */
  readonly samples: (pictures: number) => Promise<ModelSamples>;
  /** Progress of a step; `what` is a few words. */
  readonly onStep?: (what: string, done: number, total: number) => void;
}

export interface AddedModel {
  readonly info: ModelInfo;
  readonly licence: string | null;
  readonly limits: string | null;
  /** Null where the model came as graphs, which are used as they are. */
  readonly chosen: ChosenPrecision | null;
}

/**
 * Makes a model folder of a CLIP checkpoint of the hub or of this machine: gets the files, checks that they are a CLIP, writes
 * the graphs in the wanted precision, opens them, records their embeddings of the built-in picture and caption, and only then
 * gives the folder its name. A failure before that leaves nothing below the models folder.
 *
 * Memory: the largest tensor a few times, and one precision's graphs in the runtime.
 * @throws the codes of `fetchModel`, `stageModel`, `openCheckpoint`, `readClipArchitecture`, `checkTokenizerFits`;
 * `calibration_too_small`, `disk_full` (later), `interrupted`
 */
export async function addModel(options: AddModelOptions): Promise<AddedModel> {
  const name = options.name ?? modelNameOf(options.what);
  const staged = await stageModel(options.modelsFolder, name);
  try {
    const fetched = await fetchModel({ ...options, precision: options.precision });
    try {
      await placeFiles(fetched, staged.folder);
      const chosen = fetched.checkpoint === null ? null : await convert(fetched.checkpoint, staged.folder, options);
      await writeModelCard(staged.folder, describeModelCard(name, fetched, chosen));
      const info = await recordProbe(staged.folder, name);
      const folder = await staged.publish();
      await fetched.discard();
      return { info: { ...info, folder }, licence: fetched.licence, limits: fetched.limits, chosen };
    } catch (error) {
      await giveBack(fetched, error);
      throw error;
    }
  } catch (error) {
    await staged.discard();
    throw error;
  }
}

async function convert(path: string, folder: string, options: AddModelOptions): Promise<ChosenPrecision> {
  const { config, preprocess, tokenizer } = await readPlacedConfigs(folder);
  const checkpoint = await openCheckpoint(path);
  try {
    const architecture = await readClipArchitecture(config, checkpoint);
    await checkTokenizerFits(tokenizer, architecture.text);
    if (preprocess.imageSize !== architecture.vision.imageSize) {
      throw fault(
        'model_unsupported',
        `Expected pictures of ${architecture.vision.imageSize} pixels, which the model takes, but preprocessor_config.json makes them of ${preprocess.imageSize} pixels; copy both configs from the model's source.`,
      );
    }
    await checkDiskSpace(options.modelsFolder, bytesOf(checkpoint, options.precision), options.freeBytes);
    const samples = await options.samples(picturesWanted(architecture));
    const step = (what: string, done: number, total: number) => {
      checkGoingOn(options.signal);
      options.onStep?.(what, done, total);
    };
    const onnx = join(folder, 'onnx');
    makeFolder(onnx);
    return await choosePrecision({
      ...{ checkpoint, architecture, folder: onnx, precision: options.precision },
      ...(await prepareSamples(samples, { preprocess, tokenizer, lengthMax: architecture.text.positions })),
      onProgress: step,
    });
  } finally {
    await checkpoint.close();
  }
}

/** Bytes on disk: float32's graphs, and the largest others to compare; int8 products take a quarter, all else a half. */
function bytesOf(checkpoint: Checkpoint, precision: Precision | 'auto'): number {
  let numbers = 0;
  for (const { shape } of checkpoint.tensors.values()) numbers += shape.reduce((product, side) => product * side, 1);
  return numbers * (precision === 'fp32' ? 4 : 8);
}

/** Opens both graphs at their present place; the model's id does not depend on its folder. */
async function recordProbe(folder: string, name: string): Promise<ModelInfo> {
  const model = await openClipModel(folder, { name });
  try {
    const { image, text } = await measureProbe(model, await readPlacedConfigs(folder));
    const six = (vector: Float32Array) => Array.from(vector, (value) => Number(value.toFixed(6)));
    await writeModelCard(folder, { probe: { image: six(image), text: six(text) } });
    return model.info;
  } finally {
    await model.close();
  }
}

/** Keeps a download for the next try where the same command may succeed then. */
async function giveBack(fetched: FetchedModel, error: unknown): Promise<void> {
  if (error instanceof StreetdexError && error.isMendable) await fetched.discard();
  else await fetched.keep();
}

function checkGoingOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw fault('interrupted', 'Adding the model was stopped; run the same command again to add it.', {
    retryAfterS: 1,
  });
}
