import { present as checked } from '../../domain/present.js';
import { VectorRows } from '../../references/vector-rows.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Half of a usual second-level cache. */
const BLOCK_BYTES = 512 * 1024;

/**
 * A matrix of n rows (photos) by d columns (dimensions) minus each column's mean, in float32. It is stored twice, by rows and
 * by columns, so that products from either side run by rows in WebAssembly: 10,000 × 768 takes 62 MB. CLIP's vectors have most
 * of their length in common, and fits converge several times as fast without it. Products differ from float64 by less than 1e-6
 * of the vectors' lengths.
 */
export class FeatureMatrix {
  /** 0 to `rows` − 1. */
  readonly rowNumbers: Int32Array;
  /** Mean of each column. */
  readonly means: Float64Array;
  readonly #rows: VectorRows;
  readonly #columns: VectorRows;
  readonly #columnNumbers: Int32Array;

  /** @param rows each of `columns` numbers, one after the other */
  constructor(
    rows: Float32Array,
    readonly columns: number,
  ) {
    const n = rows.length / columns;
    if (!Number.isInteger(n) || n === 0) {
      throw new RangeError(`Expected rows of ${columns} numbers, got ${rows.length} numbers.`);
    }
    this.means = new Float64Array(columns);
    this.#rows = new VectorRows(n, columns);
    this.#columns = new VectorRows(columns, n);
    this.rowNumbers = Int32Array.from({ length: n }, (_, i) => i);
    this.#columnNumbers = Int32Array.from({ length: columns }, (_, i) => i);
    for (let i = 0; i < n; i++) {
      for (let c = 0; c < columns; c++) this.means[c] = present(this.means[c]) + present(rows[i * columns + c]) / n;
    }
    for (let i = 0; i < n; i++) {
      const row = this.#rows.row(i);
      for (let c = 0; c < columns; c++) row[c] = present(rows[i * columns + c]) - present(this.means[c]);
    }
    for (let c = 0; c < columns; c++) {
      const column = this.#columns.row(c);
      for (let i = 0; i < n; i++) column[i] = present(this.#rows.row(i)[c]);
    }
  }

  get rows(): number {
    return this.rowNumbers.length;
  }

  /** For each vector its products with all rows. @param vectors one number a column */
  times(vectors: readonly Float32Array[]): Float64Array[] {
    return products(this.#rows, this.rowNumbers, vectors);
  }

  /** For each vector its products with all columns. @param vectors one number a row */
  transposedTimes(vectors: readonly Float32Array[]): Float64Array[] {
    return products(this.#columns, this.#columnNumbers, vectors);
  }
}

/** All vectors with a block of rows before the next block, which stays in the processor's cache: half the time. */
function products(rows: VectorRows, numbers: Int32Array, vectors: readonly Float32Array[]): Float64Array[] {
  const sums = vectors.map(() => new Float64Array(numbers.length));
  const atOnce = Math.max(1, Math.floor(BLOCK_BYTES / (4 * rows.dimension)));
  for (let from = 0; from < numbers.length; from += atOnce) {
    const some = numbers.subarray(from, from + atOnce);
    vectors.forEach((vector, k) => {
      sums[k]?.set(rows.dots(vector, some), from);
    });
  }
  return sums;
}
