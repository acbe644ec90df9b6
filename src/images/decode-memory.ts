import { setTimeout as wait } from 'node:timers/promises';
import { fault } from '../domain/errors.js';
import { present } from '../domain/present.js';

/** The numbers that threads share have 32 bits. */
const UNIT_BYTES = 64 * 1024;
/** At most so many threads that decode, and pictures that this thread decodes, at once. */
const HOLDERS_MAX = 1024;
const LOOK_EVERY_MS = 5;

/** What a thread needs to use the memory. */
export interface DecodeMemoryPart {
  readonly cells: SharedArrayBuffer;
  readonly cell: number;
  readonly unitsMax: number;
}

/** One holder's share of the memory: a thread's, for one picture after the other. */
export class DecodeShare {
  readonly #cells: Int32Array;
  readonly #part: DecodeMemoryPart;

  constructor(part: DecodeMemoryPart) {
    this.#part = part;
    this.#cells = new Int32Array(part.cells);
  }

  /**
   * Waits until so many bytes are free, and takes them until `release`.
   * @param of the picture, for the message
   * @throws `image_too_large` where there will never be so many
   */
  async take(bytes: number, of: string): Promise<void> {
    const { cell, unitsMax } = this.#part;
    const units = Math.ceil(bytes / UNIT_BYTES);
    if (units > unitsMax) {
      throw fault(
        'image_too_large',
        `Expected a picture that needs at most ${megabytes(unitsMax * UNIT_BYTES)} MB of memory to decode, got ${of}, which needs about ${megabytes(bytes)}; use a smaller copy, or raise decode_memory_mb.`,
      );
    }
    for (;;) {
      const free = Atomics.load(this.#cells, 0);
      if (free < units) await wait(LOOK_EVERY_MS);
      else if (Atomics.compareExchange(this.#cells, 0, free, free - units) === free) break;
    }
    Atomics.add(this.#cells, cell, units);
  }

  /** Releases all that was taken. */
  release(): void {
    Atomics.add(this.#cells, 0, Atomics.exchange(this.#cells, this.#part.cell, 0));
  }
}

/**
 * The memory that pictures may take while they are decoded, shared by all threads of the process that decode: a queue of
 * small files may stand for any number of pixels. It counts what is expected of a picture from its header.
 */
export class DecodeMemory {
  readonly #cells: SharedArrayBuffer;
  readonly #unitsMax: number;
  readonly #free = Array.from({ length: HOLDERS_MAX }, (_, i) => HOLDERS_MAX - i);

  constructor(bytesMax: number) {
    this.#unitsMax = Math.floor(bytesMax / UNIT_BYTES);
    this.#cells = new SharedArrayBuffer((1 + HOLDERS_MAX) * Int32Array.BYTES_PER_ELEMENT);
    Atomics.store(new Int32Array(this.#cells), 0, this.#unitsMax);
  }

  get bytesFree(): number {
    return Atomics.load(new Int32Array(this.#cells), 0) * UNIT_BYTES;
  }

  /** A share for another thread; `end` releases it when the thread is gone, however it ended. */
  part(): { readonly part: DecodeMemoryPart; readonly end: () => void } {
    const part = { cells: this.#cells, cell: present(this.#free.pop()), unitsMax: this.#unitsMax };
    return {
      part,
      end: () => {
        new DecodeShare(part).release();
        this.#free.push(part.cell);
      },
    };
  }

  /** Runs `work` with a share, and releases it afterwards. */
  async during<T>(work: (share: DecodeShare) => Promise<T>): Promise<T> {
    const { part, end } = this.part();
    try {
      return await work(new DecodeShare(part));
    } finally {
      end();
    }
  }
}

function megabytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
