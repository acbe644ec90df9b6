import { loadWasm } from '../../clip/load-wasm.js';
import { present as checked } from '../../domain/present.js';
import { dotAt } from '../dot-at.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const PAGE_BYTES = 65_536;
/** Points that are worth a call. */
const BATCH = 128;
/** All that one memory may have: 1.9 million vectors of 512 dimensions. */
const BLOCK_BYTES = 2 ** 32 - PAGE_BYTES;
/** A block grows by so many bytes at once, since every view of it has to be made anew. */
const GROW_BYTES = 2 ** 20;

interface Block {
  floats: Float32Array;
  words: Uint32Array;
  doubles: Float64Array;
  grow(bytes: number): void;
  readonly run: Readonly<Record<string, (...numbers: number[]) => void>> | null;
}

/**
 * Points of a graph, in memory as they lie in hnswlib's file: links of the lowest level, vector, label. So a file is read
 * to where it is searched, and a vector is held once. The memory is WebAssembly's, in blocks, whose functions are as fast
 * as native code and can't end the process. Views of it are valid until a point is added.
 */
export class PointRows {
  readonly pointBytes: number;
  readonly #vectorAt: number;
  /** In words; then in pairs of words. */
  readonly #addressesAt: number;
  readonly #outAt: number;
  /** Bytes before the first point. */
  readonly #head: number;
  readonly #perBlock: number;
  readonly #quads: number;
  readonly #tail: number;
  #blocks: Block[] = [];
  #count = 0;

  /**
   * @param linksMax links of a point on the lowest level
   * @param blockBytes for tests
   */
  constructor(
    readonly dimension: number,
    readonly linksMax: number,
    blockBytes = BLOCK_BYTES,
  ) {
    this.#vectorAt = 1 + linksMax;
    this.pointBytes = 4 * (this.#vectorAt + dimension + 2);
    // The query, and for as many points as are asked for at once an address and a result of 8 bytes.
    this.#addressesAt = dimension;
    this.#outAt = Math.ceil((dimension + this.batchMax) / 2);
    this.#head = 16 * Math.ceil((this.#outAt + this.batchMax) / 2);
    this.#perBlock = Math.max(1, Math.floor((blockBytes - this.#head) / this.pointBytes));
    const whole = dimension % 4 !== 0 && dimension > 16 ? dimension - (dimension % 16) : dimension - (dimension % 4);
    this.#quads = whole / 4;
    this.#tail = dimension - whole;
  }

  get count(): number {
    return this.#count;
  }

  /** Most distances that are asked for at once. */
  get batchMax(): number {
    return Math.max(this.linksMax + 1, BATCH);
  }

  /** Adds a point of zeros and returns its number. */
  push(): number {
    const point = this.#count++;
    this.reserve(this.#count);
    return point;
  }

  /** Makes room for so many points at once. */
  reserve(points: number): void {
    for (let number = 0; number * this.#perBlock < points; number++) {
      const block = this.#blocks[number] ?? makeBlock();
      this.#blocks[number] = block;
      const bytes = this.#head + Math.min(this.#perBlock, points - number * this.#perBlock) * this.pointBytes;
      if (bytes > 4 * block.floats.length) block.grow(bytes);
    }
  }

  /** Room for points from `start` on, at most so many, to be filled from a file; they are there from then on. */
  room(start: number, most: number): Buffer {
    const points = Math.min(most, this.#perBlock - (start % this.#perBlock));
    this.#count = Math.max(this.#count, start + points);
    this.reserve(this.#count);
    const { floats } = this.#blockOf(start);
    return Buffer.from(floats.buffer as ArrayBuffer, 4 * this.at(start), points * this.pointBytes);
  }

  /** Frees the memory; there are no points afterwards. */
  clear(): void {
    this.#blocks = [];
    this.#count = 0;
  }

  /** The words of the block that a point is in: at `at` the number of its links, then these. */
  words(point: number): Uint32Array {
    return this.#blockOf(point).words;
  }

  at(point: number): number {
    const place = point < this.#perBlock ? point : point % this.#perBlock;
    // A whole number to the compiler too: below 2^30.
    return ((this.#head + place * this.pointBytes) / 4) | 0;
  }

  label(point: number): number {
    return present(this.words(point)[this.at(point) + this.#vectorAt + this.dimension]);
  }

  setLabel(point: number, label: number): void {
    this.words(point)[this.at(point) + this.#vectorAt + this.dimension] = label;
  }

  vector(point: number): Float32Array {
    const start = this.at(point) + this.#vectorAt;
    return this.#blockOf(point).floats.subarray(start, start + this.dimension);
  }

  /**
   * One minus the inner products of `query` with the first `count` of `points` (at most `batchMax`), in float32 and
   * hnswlib's order of sums, to the bit.
   */
  distances(query: Float32Array, points: Int32Array, count: number, out: Float32Array): void {
    this.#ofBlocks(points, count, out, (block, some, here, found) => {
      const { floats, run } = block;
      if (run === null) {
        for (let i = 0; i < here; i++) found[i] = this.#distance(floats, this.#vectorOf(present(some[i])), query);
        return;
      }
      this.#writeQuery(block, query, some, here);
      run.distances?.(0, 4 * this.#addressesAt, 8 * this.#outAt, here, this.#quads, this.#tail);
      for (let i = 0; i < here; i++) found[i] = present(floats[2 * this.#outAt + i]);
    });
  }

  /** Inner products of `query` with the first `count` of `points` (at most `batchMax`), summed as `dotAt` does, to the bit. */
  dots(query: Float32Array, points: Int32Array, count: number, out: Float64Array): void {
    this.#ofBlocks(points, count, out, (block, some, here, found) => {
      const { floats, doubles, run } = block;
      if (run === null) {
        for (let i = 0; i < here; i++) found[i] = dotAt(floats, this.#vectorOf(present(some[i])), query);
        return;
      }
      this.#writeQuery(block, query, some, here);
      const quads = Math.floor(this.dimension / 4);
      run.dots?.(0, 4 * this.#addressesAt, 8 * this.#outAt, here, quads, this.dimension % 4);
      for (let i = 0; i < here; i++) found[i] = present(doubles[this.#outAt + i]);
    });
  }

  /** Does `work` for the points of each block. */
  #ofBlocks<Numbers extends Float32Array | Float64Array>(
    points: Int32Array,
    count: number,
    out: Numbers,
    work: (block: Block, points: Int32Array, count: number, out: Numbers) => void,
  ): void {
    if (this.#blocks.length === 1) {
      work(present(this.#blocks[0]), points, count, out);
      return;
    }
    const some = new Int32Array(count);
    const found = out.slice(0, count) as Numbers;
    for (const [number, block] of this.#blocks.entries()) {
      const isHere = (i: number) => Math.floor(present(points[i]) / this.#perBlock) === number;
      let here = 0;
      for (let i = 0; i < count; i++) if (isHere(i)) some[here++] = present(points[i]);
      if (here === 0) continue;
      work(block, some, here, found);
      for (let i = 0, next = 0; i < count; i++) if (isHere(i)) out[i] = present(found[next++]);
    }
  }

  #writeQuery({ floats, words }: Block, query: Float32Array, points: Int32Array, count: number): void {
    floats.set(query);
    for (let i = 0; i < count; i++) words[this.#addressesAt + i] = 4 * this.#vectorOf(present(points[i]));
  }

  #vectorOf(point: number): number {
    return this.at(point) + this.#vectorAt;
  }

  /** A distance without SIMD. */
  #distance(floats: Float32Array, start: number, query: Float32Array): number {
    const lanes = new Float32Array(5);
    const whole = 4 * this.#quads;
    for (let i = 0; i < this.dimension; i++) {
      const lane = i < whole ? i % 4 : 4;
      lanes[lane] = present(lanes[lane]) + Math.fround(present(floats[start + i]) * present(query[i]));
    }
    let sum = 0;
    for (const lane of lanes) sum = Math.fround(sum + lane);
    return Math.fround(1 - sum);
  }

  #blockOf(point: number): Block {
    return present(this.#blocks[point < this.#perBlock ? 0 : Math.floor(point / this.#perBlock)]);
  }
}

function makeBlock(): Block {
  const wasm = loadWasm('references/embedded/point-distances');
  const memory = wasm?.memory ?? plainMemory();
  const block: Block = {
    floats: new Float32Array(memory.buffer),
    words: new Uint32Array(memory.buffer),
    doubles: new Float64Array(memory.buffer),
    run: wasm?.run ?? null,
    grow: (bytes) => {
      const more = bytes - memory.buffer.byteLength;
      memory.grow(Math.ceil(Math.max(more, GROW_BYTES) / PAGE_BYTES));
      block.floats = new Float32Array(memory.buffer);
      block.words = new Uint32Array(memory.buffer);
      block.doubles = new Float64Array(memory.buffer);
    },
  };
  return block;
}

/** In the place of WebAssembly's, where it has no SIMD. */
function plainMemory() {
  const memory = {
    buffer: new ArrayBuffer(0),
    grow: (pages: number) => {
      const larger = new Uint8Array(memory.buffer.byteLength + pages * PAGE_BYTES);
      larger.set(new Uint8Array(memory.buffer));
      memory.buffer = larger.buffer;
    },
  };
  return memory;
}
