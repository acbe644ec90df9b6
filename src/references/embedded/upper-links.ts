import { present as checked } from '../../domain/present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Links above the lowest level, which one point in `m` has: for each of its levels their number and room for `m`. */
export class UpperLinks {
  readonly #pitch: number;
  #words: Uint32Array;
  #used: number;
  /** Where a point's begin in `#words`, by point; 0 for one of the lowest level only. */
  #starts: Int32Array;
  #levels: Uint8Array;

  constructor(m: number) {
    this.#pitch = 1 + m;
    this.#words = new Uint32Array(1);
    this.#used = 1;
    this.#starts = new Int32Array(1024);
    this.#levels = new Uint8Array(1024);
  }

  /** Takes over what a graph's file ends with: for each point the bytes of its links, and they. */
  read(tail: Buffer, count: number): void {
    this.#words = new Uint32Array(1 + tail.length / 4);
    new Uint8Array(this.#words.buffer, 4).set(tail);
    this.#used = this.#words.length;
    this.#starts = new Int32Array(count + 1024);
    this.#levels = new Uint8Array(count + 1024);
    for (let point = 0, at = 1; point < count; point++) {
      const words = present(this.#words[at++]) / 4;
      this.#starts[point] = words === 0 ? 0 : at;
      this.#levels[point] = words / this.#pitch;
      at += words;
    }
  }

  /** The highest level that a point is on. */
  level(point: number): number {
    return this.#levels[point] ?? 0;
  }

  /** Puts a point, which has no links yet, on all levels up to this one. */
  raise(point: number, level: number): void {
    if (point >= this.#starts.length) {
      this.#starts = grown(this.#starts, point + 1);
      this.#levels = grown(this.#levels, point + 1);
    }
    const words = level * this.#pitch;
    if (this.#used + words > this.#words.length) this.#words = grown(this.#words, this.#used + words);
    this.#starts[point] = level === 0 ? 0 : this.#used;
    this.#levels[point] = level;
    this.#used += words;
  }

  get words(): Uint32Array {
    return this.#words;
  }

  /** In `words`: where the links of a point on a level (1 or more, and its own at most) begin. */
  at(point: number, level: number): number {
    return present(this.#starts[point]) + (level - 1) * this.#pitch;
  }
}

type Numbers = Uint8Array | Int32Array | Uint32Array;

function grown<T extends Numbers>(numbers: T, least: number): T {
  const larger = new (numbers.constructor as new (length: number) => T)(Math.max(least, 2 * numbers.length));
  larger.set(numbers);
  return larger;
}
