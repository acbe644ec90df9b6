import { read } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { fault, StreetdexError } from '../../../domain/errors.js';
import { present } from '../../../domain/present.js';
import { type ReadBytes, readAt } from './checkpoint-read.js';
import { showName } from './checkpoint-types.js';

/** An entry of the archive, and the position before which its data must end. */
interface Place {
  readonly entry: Entry;
  readonly endMax: number;
}

/** A thousand tensors make a thousand entries. */
const ENTRIES_MAX = 20_000;
const TOTAL_BYTES_MAX = 64 * 2 ** 30;
/** Trained weights hardly shrink at all; archives below 16 MiB unpacked do no harm whatever their ratio. */
const RATIO_MAX = 20;
const RATIO_FROM_BYTES = 16 * 2 ** 20;

/** The entries of a zip archive (zip64 too, stored or deflated), read at random. */
export class TorchZipEntries {
  readonly #handle: FileHandle;
  readonly #file: string;
  readonly #zip: ZipFile;
  readonly #places: ReadonlyMap<string, Place>;

  private constructor(handle: FileHandle, file: string, zip: ZipFile, places: ReadonlyMap<string, Place>) {
    this.#handle = handle;
    this.#file = file;
    this.#zip = zip;
    this.#places = places;
  }

  /** @throws `checkpoint_damaged`, `checkpoint_zip_bomb` */
  static async open(handle: FileHandle, file: string): Promise<TorchZipEntries> {
    try {
      const { size } = await handle.stat();
      const reader = new BoundedReader(handle, size);
      const zip = await fromRandomAccessReaderPromise(reader, size, { lazyEntries: true, autoClose: false });
      // Each call reports its own failure; without a listener the event would end the process as well.
      zip.on('error', () => {});
      const directoryStart = Number(zip.readEntryCursor);
      const places = placesOf(await listEntries(zip, file), directoryStart, file);
      return new TorchZipEntries(handle, file, zip, places);
    } catch (error) {
      throw error instanceof StreetdexError ? error : damaged(file, (error as Error).message, error);
    }
  }

  get names(): Iterable<string> {
    return this.#places.keys();
  }

  /** Bytes of the entry when unpacked, or null where the archive has none of this name. */
  bytesOf(name: string): number | null {
    return this.#places.get(name)?.entry.uncompressedSize ?? null;
  }

  /** Reads from `length` bytes of an entry from `start` on: a stored entry from the disk, a deflated one from memory. */
  async span(name: string, start: number, length: number): Promise<ReadBytes> {
    const { entry, endMax } = present(this.#places.get(name));
    try {
      const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(entry, { minimal: true });
      if (fileDataStart + entry.compressedSize > endMax)
        throw new Error(`the entry ${entry.fileName} overlaps another`);
      if (entry.compressionMethod === 0) {
        return (target, position) => readAt(this.#handle, this.#file, target, fileDataStart + start + position);
      }
      const bytes = await this.#inflate(entry, start, length);
      return async (target, position) => target.set(bytes.subarray(position, position + target.length));
    } catch (error) {
      throw error instanceof StreetdexError ? error : damaged(this.#file, (error as Error).message, error);
    }
  }

  /** All of a small entry. */
  async whole(name: string): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.bytesOf(name) ?? 0);
    const read = await this.span(name, 0, bytes.length);
    await read(bytes, 0);
    return bytes;
  }

  async #inflate(entry: Entry, start: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    let at = -start;
    const chunks: AsyncIterable<Uint8Array> = await this.#zip.openReadStreamPromise(entry);
    for await (const chunk of chunks) {
      const from = Math.max(0, -at);
      const part = chunk.subarray(from, length - at);
      if (part.length > 0) bytes.set(part, at + from);
      at += chunk.length;
      if (at >= length) break;
    }
    if (at < length) throw new Error(`the entry ${entry.fileName} is shorter than it says`);
    return bytes;
  }
}

/** yauzl passes an archive's own offsets to fs.read, which throws for those beyond 2^53 where it can't be caught. */
class BoundedReader extends RandomAccessReader {
  readonly #handle: FileHandle;
  readonly #size: number;

  constructor(handle: FileHandle, size: number) {
    super();
    this.#handle = handle;
    this.#size = size;
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return this.#handle.createReadStream({ start, end: end - 1, autoClose: false });
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    if (position < 0 || position + length > this.#size) {
      setImmediate(() => callback(new Error(`an offset of ${position} in a file of ${this.#size} bytes`)));
    } else read(this.#handle.fd, buffer, offset, length, position, callback);
  }
}

async function listEntries(zip: ZipFile, file: string): Promise<Entry[]> {
  if (zip.entryCount > ENTRIES_MAX) throw bomb(file, `${zip.entryCount} entries (at most ${ENTRIES_MAX})`);
  const entries: Entry[] = [];
  let total = 0;
  for await (const entry of zip.eachEntry()) {
    if (entry.isEncrypted()) throw new Error(`the entry ${entry.fileName} is encrypted`);
    if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
      throw new Error(`the entry ${entry.fileName} is packed by method ${entry.compressionMethod}`);
    }
    total += entry.uncompressedSize;
    const ratio = total / zip.fileSize;
    if (total > TOTAL_BYTES_MAX || (total > RATIO_FROM_BYTES && ratio > RATIO_MAX)) {
      throw bomb(file, `${total} bytes or more in a file of ${zip.fileSize}`);
    }
    entries.push(entry);
  }
  return entries;
}

/** Refuses entries that share bytes, by which a small archive can unpack to a large one; torch never writes them. */
function placesOf(entries: readonly Entry[], directoryStart: number, file: string): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>();
  const sorted = entries.toSorted((a, b) => a.relativeOffsetOfLocalHeader - b.relativeOffsetOfLocalHeader);
  sorted.forEach((entry, i) => {
    const endMax = sorted[i + 1]?.relativeOffsetOfLocalHeader ?? directoryStart;
    const headerBytes = 30 + entry.fileNameLength;
    if (entry.relativeOffsetOfLocalHeader + headerBytes + entry.compressedSize > endMax) {
      throw damaged(file, `the entry ${entry.fileName} overlaps another`);
    }
    if (places.has(entry.fileName)) throw damaged(file, `the entry ${entry.fileName} is there twice`);
    places.set(entry.fileName, { entry, endMax });
  });
  return places;
}

function damaged(file: string, reason: string, cause?: unknown): Error {
  return fault(
    'checkpoint_damaged',
    `Expected a zip archive of torch at ${file}, but ${showName(reason)}; get the file again.`,
    { cause },
  );
}

function bomb(file: string, what: string): Error {
  return fault(
    'checkpoint_zip_bomb',
    `Expected an archive of weights at ${file}, but it would unpack to ${what}; no checkpoint does, so it is refused.`,
  );
}
