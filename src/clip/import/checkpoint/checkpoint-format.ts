import { open } from 'node:fs/promises';
import { fault } from '../../../domain/errors.js';

export type CheckpointFormat = 'safetensors' | 'torch-zip';

/** Enough for the mark of a tar archive, which stands at byte 257. */
const HEAD_BYTES = 512;

/**
 * The format of a file of weights by its first bytes: its name is not enough (`pytorch_model.bin` may be either of torch's).
 * @throws `checkpoint_legacy_format` for the format of torch before 1.6, `checkpoint_format_unknown`
 */
export async function checkpointFormat(file: string): Promise<CheckpointFormat> {
  const head = await readHead(file);
  if (head.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) return 'torch-zip';
  // Before the pickle's mark, which is also a header's length of 640: a length below 4 GiB, then the JSON's brace.
  if (head.length >= 9 && head.readUInt32LE(4) === 0 && head[8] === 0x7b) return 'safetensors';
  if (head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5) throw legacy(file, 'a bare pickle');
  if (head.toString('latin1', 257, 262) === 'ustar') throw legacy(file, 'a tar archive');
  for (const [start, what] of OTHERS) {
    if (head.subarray(0, start.length).equals(Buffer.from(start, 'latin1'))) throw unknown(file, what);
  }
  throw unknown(file, 'neither of the two');
}

const OTHERS: readonly (readonly [string, string])[] = [
  ['version https://git-lfs', 'the pointer of a file in Git LFS, not the file (run git lfs pull)'],
  ['\x89HDF', 'an HDF5 file, as TensorFlow writes it'],
  ['GGUF', 'a GGUF file'],
  ['<!DOCTYPE', 'a web page'],
  ['<!doctype', 'a web page'],
  ['<html', 'a web page'],
  ['{', 'JSON'],
];

async function readHead(file: string): Promise<Buffer> {
  const handle = await open(file).catch((cause) => {
    throw fault('checkpoint_not_found', `Expected a file of weights at ${file}, but it cannot be read.`, {
      cause,
    });
  });
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const { bytesRead } = await handle.read(head, 0, HEAD_BYTES, 0);
    return head.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function legacy(file: string, what: string): Error {
  return fault(
    'checkpoint_legacy_format',
    `Expected safetensors or the zip that torch has written since 1.6 at ${file}, got ${what} of an older torch; load it there and save it again (torch.save of a newer torch, or safetensors).`,
  );
}

function unknown(file: string, what: string): Error {
  return fault(
    'checkpoint_format_unknown',
    `Expected safetensors or a zip that torch.save wrote at ${file}, got ${what}.`,
  );
}
