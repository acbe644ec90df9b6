import { isAscii, isUtf8 } from 'node:buffer';
import { openPlainFile } from '../../images/plain-file.js';

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/**
 * Detects a file's encoding: by its byte order mark, by the zero bytes that UTF-16 has beside Latin letters, else UTF-8 where
 * the bytes are valid, else Windows-1252, in which spreadsheets save on Windows. Reads the file to its end, chunk by chunk,
 * since the first telling letter may come late.
 */
export async function detectEncoding(file: string): Promise<TextEncoding> {
  const chunks = () => chunksOf(file);
  for await (const start of chunks()) {
    const marked = markedEncoding(start);
    if (marked !== null) return marked;
    break;
  }
  if (await isUtf8Text(chunks())) return 'utf-8';
  const letters = new LetterCount();
  for await (const chunk of chunks()) letters.add(chunk);
  return letters.encoding();
}

/** The bytes of a plain file, in chunks. @throws `not_a_file`, and errors of the file system */
export async function* chunksOf(file: string): AsyncGenerator<Buffer> {
  const { handle } = await openPlainFile(file);
  try {
    // Without an encoding a stream gives buffers.
    yield* handle.createReadStream({ autoClose: false }) as AsyncIterable<Buffer>;
  } finally {
    await handle.close();
  }
}

/** Like `detectEncoding`, for bytes in memory. */
export function encodingOf(bytes: Uint8Array): TextEncoding {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const marked = markedEncoding(buffer);
  if (marked !== null || isUtf8(buffer)) return marked ?? 'utf-8';
  const letters = new LetterCount();
  letters.add(buffer);
  return letters.encoding();
}

async function isUtf8Text(chunks: AsyncIterable<Buffer>): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isPlain = true;
  try {
    for await (const chunk of chunks) {
      isPlain &&= isAscii(chunk);
      if (!isPlain) decoder.decode(chunk, { stream: true });
    }
    decoder.decode();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return false;
    throw error;
  }
}

/** Decodes chunks of bytes to text, without a byte order mark. */
export async function* decoded(chunks: AsyncIterable<Uint8Array>, encoding: TextEncoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** So many bytes at a file's start tell UTF-16 without a mark. */
const LOOKED_AT = 4096;

function markedEncoding(start: Buffer): TextEncoding | null {
  if (start[0] === 0xff && start[1] === 0xfe) return 'utf-16le';
  if (start[0] === 0xfe && start[1] === 0xff) return 'utf-16be';
  if (start[0] === 0xef && start[1] === 0xbb && start[2] === 0xbf) return 'utf-8';
  const seen = start.subarray(0, LOOKED_AT);
  let [even, odd] = [0, 0];
  for (let at = 0; at < seen.length; at++) {
    if (seen[at] !== 0) continue;
    if (at % 2 === 0) even++;
    else odd++;
  }
  if (odd > seen.length / 8 && even < odd / 8) return 'utf-16le';
  return even > seen.length / 8 && odd < even / 8 ? 'utf-16be' : null;
}

/**
 * Counts letters that are valid UTF-8 and others. A few bad bytes (some programs cut a text within a letter) do not change a
 * UTF-8 file's encoding, which would garble all of its names.
 */
class LetterCount {
  readonly #decoder = new TextDecoder('utf-8');
  #bad = 0;
  #good = 0;

  add(chunk: Buffer): void {
    for (const [letter] of this.#decoder.decode(chunk, { stream: true }).matchAll(/[\u0080-\u{10ffff}]/gu)) {
      if (letter === '\ufffd') this.#bad++;
      else this.#good++;
    }
  }

  encoding(): TextEncoding {
    return this.#bad < this.#good ? 'utf-8' : 'windows-1252';
  }
}
