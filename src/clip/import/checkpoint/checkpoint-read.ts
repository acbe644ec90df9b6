import type { FileHandle } from 'node:fs/promises';
import { fault } from '../../../domain/errors.js';
import { isFloat, STORED_BYTES, showName } from './checkpoint-types.js';
import { widenInto } from './checkpoint-widen.js';
import type { StoredType, TensorInfo } from './stored-tensor.js';

/** Fills `target` with what lies at `position`, counted from where a tensor's storage begins. */
export type ReadBytes = (target: Uint8Array, position: number) => Promise<void>;

/** Bytes of one read, well below Node's limit of 2 GiB. */
const READ_BYTES_MAX = 64 * 2 ** 20;
/** Bytes of a narrow tensor that are in memory beside its widened values. */
const CHUNK_BYTES = 2 ** 20;

/**
 * Fills `target` with the file's bytes from `position` on.
 * @throws `checkpoint_truncated` when the file ends before
 */
export async function readAt(handle: FileHandle, file: string, target: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < target.length) {
    const length = Math.min(target.length - done, READ_BYTES_MAX);
    const { bytesRead } = await handle.read(target, done, length, position + done);
    if (bytesRead === 0) {
      throw fault(
        'checkpoint_truncated',
        `Expected ${target.length} bytes at ${position} of ${file}, but the file ends ${target.length - done} bytes before; it has been cut: get it again.`,
      );
    }
    done += bytesRead;
  }
}

/**
 * `count` numbers as float32, from byte `position` of what `read` reads.
 * float32 goes from the disk into its place; what is narrower or wider passes through a chunk of 1 MiB.
 */
export async function readFloats(
  read: ReadBytes,
  position: number,
  count: number,
  type: StoredType,
): Promise<Float32Array> {
  const values = new Float32Array(count);
  if (type === 'float32') {
    await read(new Uint8Array(values.buffer), position);
    return values;
  }
  const each = STORED_BYTES[type];
  const chunk = new Uint8Array(Math.min(CHUNK_BYTES, count * each));
  for (let done = 0; done < count; done += CHUNK_BYTES / each) {
    const part = chunk.subarray(0, Math.min(chunk.length, (count - done) * each));
    await read(part, position + done * each);
    widenInto(values, done, part, type);
  }
  return values;
}

/** @throws `model_tensor_missing`, `tensor_type_unsupported` when it holds whole numbers */
export function needFloats<Info extends TensorInfo>(tensors: ReadonlyMap<string, Info>, name: string): Info {
  const info = tensors.get(name);
  if (info === undefined) {
    throw fault('model_tensor_missing', `Expected the tensor ${showName(name)}, but the checkpoint has none.`);
  }
  if (!isFloat(info.type)) {
    throw fault(
      'tensor_type_unsupported',
      `Expected the tensor ${showName(name)} as float32, float16, bfloat16 or float64, but it is stored as ${info.type}; take a checkpoint that is not quantised.`,
    );
  }
  return info;
}
