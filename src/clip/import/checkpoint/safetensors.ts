import { type FileHandle, open } from 'node:fs/promises';
import { fault } from '../../../domain/errors.js';
import { needFloats, readAt, readFloats } from './checkpoint-read.js';
import { countOf } from './checkpoint-types.js';
import { parseSafetensorsHeader, type SafetensorsEntry } from './safetensors-header.js';
import type { Checkpoint } from './stored-tensor.js';

/** A CLIP's header is below 200 kB; the largest models of the hub stay below this too. */
const HEADER_BYTES_MAX = 16 * 2 ** 20;

/**
 * Opens one safetensors file: 8 bytes of the header's length, the header in JSON, then the tensors.
 * Only the header is in memory.
 *
 * @throws `safetensors_header_invalid`, `safetensors_offsets_invalid`, `tensor_type_unsupported`, `checkpoint_truncated`
 */
export async function openSafetensors(file: string): Promise<Checkpoint> {
  const handle = await open(file);
  try {
    const { tensors, dataStart } = await readHeader(handle, file);
    return {
      tensors,
      async read(name) {
        const { type, shape, begin } = needFloats(tensors, name);
        const read = (target: Uint8Array, position: number) => readAt(handle, file, target, dataStart + position);
        // A header with a shape that has no count was refused.
        return readFloats(read, begin, countOf(shape) as number, type);
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function readHeader(
  handle: FileHandle,
  file: string,
): Promise<{ tensors: Map<string, SafetensorsEntry>; dataStart: number }> {
  const fileBytes = (await handle.stat()).size;
  const length = await headerLength(handle, file, fileBytes);
  const header = new Uint8Array(length);
  await readAt(handle, file, header, 8);
  const dataStart = 8 + length;
  return { tensors: parseSafetensorsHeader(decode(header, file), fileBytes - dataStart, file), dataStart };
}

async function headerLength(handle: FileHandle, file: string, fileBytes: number): Promise<number> {
  if (fileBytes < 8) throw invalid(file, `the file has ${fileBytes} bytes, too few for a header's length`);
  const bytes = Buffer.alloc(8);
  await readAt(handle, file, bytes, 0);
  const length = bytes.readBigUInt64LE();
  if (length > BigInt(fileBytes - 8)) {
    throw invalid(file, `its header would have ${length} bytes, longer than the file of ${fileBytes}`);
  }
  if (length > BigInt(HEADER_BYTES_MAX)) {
    throw invalid(file, `its header would have ${length} bytes; at most ${HEADER_BYTES_MAX} are read`);
  }
  return Number(length);
}

function decode(header: Uint8Array, file: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(header);
  } catch {
    throw invalid(file, 'its header is not UTF-8');
  }
}

function invalid(file: string, reason: string): Error {
  return fault(
    'safetensors_header_invalid',
    `Expected a safetensors file at ${file}, but ${reason}; get the file again.`,
  );
}
