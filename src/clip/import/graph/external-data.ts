import { type FileHandle, open } from 'node:fs/promises';

/** A runtime that maps the file into memory needs every tensor to start at a page. */
const ALIGNMENT_BYTES = 4096;
const WRITE_BYTES_MAX = 64 * 2 ** 20;

/** The file with a graph's weights, appended tensor by tensor so that only one is in memory. */
export class ExternalData {
  #length = 0;

  readonly #handle: FileHandle;

  private constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  static async create(file: string): Promise<ExternalData> {
    return new ExternalData(await open(file, 'w'));
  }

  /** Appends bytes. @returns their offset in the file */
  async append(bytes: Uint8Array): Promise<number> {
    const offset = Math.ceil(this.#length / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
    for (let done = 0; done < bytes.length; ) {
      const length = Math.min(bytes.length - done, WRITE_BYTES_MAX);
      done += (await this.#handle.write(bytes, done, length, offset + done)).bytesWritten;
    }
    this.#length = offset + bytes.length;
    return offset;
  }

  /** Closes a file that is given up; bytes may be missing. */
  abandon(): Promise<void> {
    return this.#handle.close();
  }

  /** Syncs and closes the file. */
  async close(): Promise<void> {
    try {
      await this.#handle.sync();
    } finally {
      await this.#handle.close();
    }
  }
}
