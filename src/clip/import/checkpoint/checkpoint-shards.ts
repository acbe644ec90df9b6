import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { fault } from '../../../domain/errors.js';
import { present } from '../../../domain/present.js';
import { needFloats } from './checkpoint-read.js';
import { showName } from './checkpoint-types.js';
import type { Checkpoint, TensorInfo } from './stored-tensor.js';

const indexSchema = z.object({ weight_map: z.record(z.string(), z.string()) });

/** Each is an open file. */
const SHARDS_MAX = 256;

/**
 * Opens the shards that an index (`model.safetensors.index.json`) names, all of them in its own folder.
 *
 * @param openFile opens one shard
 * @throws `checkpoint_index_invalid`, and what opening a shard throws
 */
export async function openShards(
  indexFile: string,
  openFile: (file: string) => Promise<Checkpoint>,
): Promise<Checkpoint> {
  const map = await readIndex(indexFile);
  const shards = new Map<string, Checkpoint>();
  const close = async () => void (await Promise.all([...shards.values()].map((shard) => shard.close())));
  try {
    for (const file of new Set(map.values())) shards.set(file, await openFile(join(dirname(indexFile), file)));
    const { tensors, owners } = joined(shards, map, indexFile);
    return {
      tensors,
      read: async (name) => present(owners.get(needFloats(tensors, name).name)).read(name),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readIndex(indexFile: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(indexFile, 'utf8');
  let map: ReadonlyMap<string, string>;
  try {
    map = new Map(Object.entries(indexSchema.parse(JSON.parse(text)).weight_map));
  } catch (cause) {
    throw invalid(indexFile, 'it is not JSON with a weight_map of names to files', cause);
  }
  const files = new Set(map.values());
  if (files.size === 0 || files.size > SHARDS_MAX) throw invalid(indexFile, `it names ${files.size} files`);
  for (const file of files) {
    if (!/^[\w-][\w.-]*$/.test(file)) throw invalid(indexFile, `${showName(file)} is not a file beside it`);
  }
  return map;
}

function joined(
  shards: ReadonlyMap<string, Checkpoint>,
  map: ReadonlyMap<string, string>,
  indexFile: string,
): { tensors: Map<string, TensorInfo>; owners: Map<string, Checkpoint> } {
  const tensors = new Map<string, TensorInfo>();
  const owners = new Map<string, Checkpoint>();
  for (const [file, shard] of shards) {
    for (const [name, info] of shard.tensors) {
      if (tensors.has(name)) throw invalid(indexFile, `two of its files hold ${showName(name)}`);
      if (map.get(name) !== file) {
        throw invalid(indexFile, `${file} holds ${showName(name)}, which it puts ${whereElse(map.get(name))}`);
      }
      tensors.set(name, info);
      owners.set(name, shard);
    }
  }
  for (const [name, file] of map) {
    if (!tensors.has(name)) throw invalid(indexFile, `${file} does not hold ${showName(name)}, which it puts there`);
  }
  return { tensors, owners };
}

function whereElse(file: string | undefined): string {
  return file === undefined ? 'nowhere' : `into ${file}`;
}

function invalid(indexFile: string, reason: string, cause?: unknown): Error {
  return fault(
    'checkpoint_index_invalid',
    `Expected ${indexFile} to say which file holds which tensor, but ${reason}; get the model's files again.`,
    { cause },
  );
}
