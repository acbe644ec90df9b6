import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';

/** The vectors of a walk, by row. */
export interface RowVectors {
  push(vector: readonly number[]): void;
  /** The vector of the row `at` of the walk. */
  row(at: number): Float32Array;
  close(): void;
}

/** For collections that are walked while a caller waits. */
export class VectorsInMemory implements RowVectors {
  readonly #rows: Float32Array[] = [];

  push(vector: readonly number[]): void {
    this.#rows.push(Float32Array.from(vector));
  }

  row(at: number): Float32Array {
    return present(this.#rows[at]);
  }

  close(): void {}
}

/** In a file that is deleted at the end: ten million of 512 dimensions are 20 GB. */
export class VectorsInFile implements RowVectors {
  readonly #file: string;
  readonly #descriptor: number;
  readonly #bytes: number;
  #rows = 0;

  constructor(file: string, dimension: number) {
    this.#file = file;
    this.#bytes = 4 * dimension;
    this.#descriptor = openSync(file, 'w+');
  }

  push(vector: readonly number[]): void {
    const bytes = new Uint8Array(Float32Array.from(vector).buffer);
    try {
      writeSync(this.#descriptor, bytes, 0, this.#bytes, this.#rows++ * this.#bytes);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      throw fault('disk_full', `${this.#file} could not grow: the disk is full. Make room and run the same again.`, {
        cause: error,
      });
    }
  }

  row(at: number): Float32Array {
    const bytes = new Uint8Array(this.#bytes);
    if (readSync(this.#descriptor, bytes, 0, this.#bytes, at * this.#bytes) !== this.#bytes) {
      throw fault(
        'cluster_failed',
        `Expected ${this.#bytes} bytes of vector ${at} in ${this.#file}, but it is cut short.`,
      );
    }
    return new Float32Array(bytes.buffer);
  }

  close(): void {
    closeSync(this.#descriptor);
    rmSync(this.#file, { force: true });
  }
}
