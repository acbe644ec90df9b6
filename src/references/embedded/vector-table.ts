import { fault } from '../../domain/errors.js';
import { present as checked } from '../../domain/present.js';
import { dotAt } from '../dot-at.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const ROWS_PER_CHUNK = 4096;

/**
 * float32 vectors by row number, in chunks of 4,096 rows: it grows without copying, and one row is a view. Takes 4 bytes times
 * rows times dimension (100,000 × 512: 205 MB; 1,000,000 × 768: 3.1 GB, beside a graph of about the same size; beyond that a
 * cluster is the better choice).
 */
export class VectorTable {
  readonly #chunks: Float32Array[] = [];

  constructor(readonly dimension: number) {}

  /** A view of a row, which is allocated where it is missing. */
  row(index: number): Float32Array {
    const chunk = Math.floor(index / ROWS_PER_CHUNK);
    while (this.#chunks.length <= chunk) this.#chunks.push(new Float32Array(ROWS_PER_CHUNK * this.dimension));
    const start = (index % ROWS_PER_CHUNK) * this.dimension;
    return present(this.#chunks[chunk]).subarray(start, start + this.dimension);
  }

  /** Sets a row from little-endian bytes, which need not be aligned. @throws `database_corrupt` */
  setBytes(index: number, bytes: Uint8Array): void {
    checkStoredVector(bytes, this.dimension);
    const row = this.row(index);
    new Uint8Array(row.buffer, row.byteOffset, row.byteLength).set(bytes);
  }

  /** Inner product of a row with `query`, summed in float64 in a fixed order. */
  dot(index: number, query: Float32Array): number {
    const chunk = present(this.#chunks[Math.floor(index / ROWS_PER_CHUNK)]);
    return dotAt(chunk, (index % ROWS_PER_CHUNK) * this.dimension, query);
  }
}

/** A damaged database may give anything in a vector's place. @throws `database_corrupt` */
function checkStoredVector(bytes: unknown, dimension: number): void {
  const got = bytes instanceof Uint8Array ? `${bytes.length} bytes` : 'none';
  if (got === `${4 * dimension} bytes`) return;
  throw fault(
    'database_corrupt',
    `Expected a stored vector of ${4 * dimension} bytes, got ${got}: the database is damaged. Put back a copy made by \`streetdex index backup\`, or delete it and build it anew.`,
  );
}

/** A copy of a stored vector (little-endian float32 bytes, aligned or not). @throws `database_corrupt` */
export function vectorFromBytes(bytes: Uint8Array, dimension: number): Float32Array {
  checkStoredVector(bytes, dimension);
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return new Float32Array(copy.buffer, 0, Math.floor(bytes.length / 4));
}

/** The bytes of a vector as they are stored. (Every platform that Node 20 runs on is little-endian but s390x.) */
export function vectorToBytes(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}
