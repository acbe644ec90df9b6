import { loadWasm } from '../clip/load-wasm.js';
import { present as checked } from '../domain/present.js';
import { dotAt } from './dot-at.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Floats per turn of the loop: four registers of four. Rows are padded with zeros to a multiple. */
const STEP = 16;
/** Rows per call: their addresses and sums have room behind the vectors. */
const BLOCK = 2048;

interface Simd {
  readonly dots: (...numbers: number[]) => void;
  readonly buffer: ArrayBuffer;
}

/**
 * A fixed number of float32 vectors in WebAssembly memory, so that the cosines of thousands of them with a query take a
 * fraction of a millisecond. Sums run in 16 float32 lanes, and differ from a float64 sum by less than 1e-6.
 */
export class VectorRows {
  readonly #rows: Float32Array;
  readonly #pitch: number;
  readonly #simd: Simd | null;

  constructor(
    readonly size: number,
    readonly dimension: number,
  ) {
    this.#pitch = Math.ceil(dimension / STEP) * STEP;
    const made = loadWasm('references/vector-rows');
    if (made === null) {
      this.#simd = null;
      this.#rows = new Float32Array(size * this.#pitch);
      return;
    }
    // The vectors, the query, and for each row of a block four sums and an address.
    const bytes = 4 * this.#pitch * (size + 1) + 20 * BLOCK;
    made.memory.grow(Math.ceil(bytes / 65536));
    const { buffer } = made.memory;
    this.#simd = { dots: present(made.run.dots), buffer };
    this.#rows = new Float32Array(buffer, 0, size * this.#pitch);
  }

  /** A view of a vector. */
  row(label: number): Float32Array {
    return this.#rows.subarray(label * this.#pitch, label * this.#pitch + this.dimension);
  }

  /** Sets a vector from little-endian bytes, which need not be aligned. */
  setBytes(label: number, bytes: Uint8Array): void {
    const row = this.row(label);
    new Uint8Array(row.buffer, row.byteOffset, row.byteLength).set(bytes);
  }

  /** Inner products with the vectors of these labels; NaN for a negative label. */
  dots(query: Float32Array, labels: Int32Array): Float64Array {
    const products = new Float64Array(labels.length);
    for (let from = 0; from < labels.length; from += BLOCK) {
      const block = labels.subarray(from, from + BLOCK);
      if (this.#simd === null) this.#dotsInTurn(query, block, products.subarray(from));
      else this.#dotsAtOnce(this.#simd, query, block, products.subarray(from));
    }
    for (let i = 0; i < labels.length; i++) if (present(labels[i]) < 0) products[i] = Number.NaN;
    return products;
  }

  #dotsInTurn(query: Float32Array, labels: Int32Array, products: Float64Array): void {
    for (let i = 0; i < labels.length; i++) {
      products[i] = dotAt(this.#rows, Math.max(0, present(labels[i])) * this.#pitch, query);
    }
  }

  #dotsAtOnce({ dots, buffer }: Simd, query: Float32Array, labels: Int32Array, products: Float64Array): void {
    const rowBytes = 4 * this.#pitch;
    const queryAt = rowBytes * this.size;
    const sumsAt = queryAt + rowBytes;
    const addressesAt = sumsAt + 16 * BLOCK;
    new Float32Array(buffer, queryAt, this.dimension).set(query);
    const addresses = new Int32Array(buffer, addressesAt, labels.length);
    for (let i = 0; i < labels.length; i++) addresses[i] = rowBytes * Math.max(0, present(labels[i]));
    dots(queryAt, addressesAt, sumsAt, labels.length, this.#pitch / STEP);
    const sums = new Float32Array(buffer, sumsAt, 4 * labels.length);
    for (let i = 0, at = 0; i < labels.length; i++, at += 4) {
      products[i] = present(sums[at]) + present(sums[at + 1]) + (present(sums[at + 2]) + present(sums[at + 3]));
    }
  }
}
