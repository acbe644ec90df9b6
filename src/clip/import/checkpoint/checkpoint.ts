import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fault } from '../../../domain/errors.js';
import { checkpointFormat } from './checkpoint-format.js';
import { withoutPrefix } from './checkpoint-names.js';
import { openShards } from './checkpoint-shards.js';
import { withTransformersNames } from './open-clip-names.js';
import { openSafetensors } from './safetensors.js';
import type { Checkpoint } from './stored-tensor.js';
import { openTorchZip } from './torch-zip.js';

/** In order of preference: safetensors holds nothing but numbers. */
export const WEIGHT_FILES = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'open_clip_model.safetensors',
  'open_clip_pytorch_model.bin',
];

/**
 * Opens the weights of a model folder (safetensors before torch's pickle, one file or sharded), one file of weights, or the
 * index of a sharded one. The format is told by the first bytes. A prefix that all names share (`module.`) is left out, and
 * open_clip's names become those of transformers' CLIPModel.
 *
 * @throws `checkpoint_not_found`, `checkpoint_format_unknown`, `checkpoint_legacy_format`, `checkpoint_index_invalid`, and what
 * safetensors.ts and torch-zip.ts throw
 */
export async function openCheckpoint(path: string): Promise<Checkpoint> {
  const file = await fileOf(path);
  const checkpoint = file.endsWith('.index.json') ? await openShards(file, openFile) : await openFile(file);
  return withTransformersNames(withoutPrefix(checkpoint));
}

async function openFile(file: string): Promise<Checkpoint> {
  return (await checkpointFormat(file)) === 'torch-zip' ? openTorchZip(file) : openSafetensors(file);
}

async function fileOf(path: string): Promise<string> {
  const found = await stat(path).catch((cause) => {
    throw fault('checkpoint_not_found', `Expected weights at ${path}, but it cannot be read.`, { cause });
  });
  if (!found.isDirectory()) return path;
  const files = await readdir(path);
  const file = WEIGHT_FILES.find((name) => files.includes(name)) ?? onlyOne(files);
  if (file !== undefined) return join(path, file);
  const others = files.filter((name) => /\.(h5|msgpack|pt|bin|safetensors|onnx)$/.test(name)).slice(0, 5);
  throw fault(
    'checkpoint_not_found',
    `Expected ${WEIGHT_FILES[0]} or pytorch_model.bin in ${path}, found ${others.join(', ') || 'no weights'}; give the file itself where it has another name.`,
  );
}

/** A folder with a single file of weights may name it as it likes. */
function onlyOne(files: readonly string[]): string | undefined {
  const weights = files.filter((name) => name.endsWith('.safetensors'));
  return weights.length === 1 ? weights[0] : undefined;
}
