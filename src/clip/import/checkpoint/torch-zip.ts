import { open } from 'node:fs/promises';
import { fault } from '../../../domain/errors.js';
import { needFloats, readFloats } from './checkpoint-read.js';
import { countOf, STORED_BYTES, showName, showShape } from './checkpoint-types.js';
import { readPickle } from './pickle.js';
import type { PickleTensor } from './pickle-values.js';
import type { Checkpoint, TensorInfo } from './stored-tensor.js';
import { TorchZipEntries } from './torch-zip-entries.js';
import { findLayout, type TorchZipLayout } from './torch-zip-layout.js';
import { stateDictOf } from './torch-zip-state-dict.js';
import { gather, isContiguous, reachOf } from './torch-zip-strides.js';

interface TorchTensor extends TensorInfo {
  readonly entry: string;
  readonly view: PickleTensor;
}

/** A strided view may reach over so many times its own size, all of which is in memory while it is read. */
const SPARSE_MAX = 4;

/**
 * Opens a file of torch.save (since torch 1.6): a zip archive with a pickle, which lists the tensors, and their numbers. The
 * pickle is read by our own restricted reader (pickle.ts); no code in it can run. A tensor that is not in row-major order (a
 * transposed one) takes twice its memory while it is read.
 *
 * The archive's CRC-32s are not compared: torch can be told to write none, and a download is checked by its sha-256.
 *
 * @throws `checkpoint_unsafe`, `checkpoint_damaged`, `checkpoint_zip_bomb`, `checkpoint_format_unknown`
 */
export async function openTorchZip(file: string): Promise<Checkpoint> {
  const handle = await open(file);
  try {
    const entries = await TorchZipEntries.open(handle, file);
    const layout = await findLayout(entries, file);
    const views = stateDictOf(readPickle(await entries.whole(layout.pickle), file), file);
    const tensors = new Map([...views].map(([name, view]) => [name, checked(name, view, entries, layout, file)]));
    return {
      tensors,
      read: async (name) => readTensor(needFloats(tensors, name), entries),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readTensor({ entry, view, type }: TorchTensor, entries: TorchZipEntries): Promise<Float32Array> {
  const { offset, shape, strides } = view;
  const reach = reachOf(shape, strides);
  const each = STORED_BYTES[type];
  const read = await entries.span(entry, offset * each, reach * each);
  const values = await readFloats(read, 0, reach, type);
  return isContiguous(shape, strides) ? values : gather(values, shape, strides);
}

function checked(
  name: string,
  view: PickleTensor,
  entries: TorchZipEntries,
  layout: TorchZipLayout,
  file: string,
): TorchTensor {
  const { storage, offset, shape, strides } = view;
  const damaged = (reason: string) =>
    fault(
      'checkpoint_damaged',
      `Expected the tensor ${showName(name)} of shape ${showShape(shape)} in ${file}, but ${reason}; get the file again.`,
    );
  const entry = layout.storage(storage.key);
  const bytes = entries.bytesOf(entry);
  if (bytes === null) throw damaged(`the archive has no entry ${showName(entry)}`);
  const needed = storage.count * STORED_BYTES[storage.type];
  if (bytes < needed) throw damaged(`the entry ${showName(entry)} has ${bytes} bytes instead of ${needed}`);
  const reach = offset + reachOf(shape, strides);
  if (reach > storage.count) throw damaged(`it reaches to number ${reach} of a storage of ${storage.count}`);
  if (reachOf(shape, strides) > SPARSE_MAX * (countOf(shape) ?? 0) + SPARSE_MAX) {
    throw damaged(`it is a sparse view of its storage (strides ${showShape(strides)}; save a contiguous one)`);
  }
  // A view that repeats numbers (stride 0) could claim any size, however small the file.
  const count = countOf(shape);
  if (count === null || count > storage.count) {
    throw damaged(`its storage has only ${storage.count} numbers (an expanded tensor; save a contiguous one)`);
  }
  return { name, type: storage.type, shape, entry, view };
}
