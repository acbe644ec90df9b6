import { fault } from '../../domain/errors.js';

/** What a damaged database gives in a vector's place may be of any length, or nothing at all. @throws `database_corrupt` */
export function checkStoredVector(bytes: unknown, dimension: number): void {
  checkStoredLength(bytes instanceof Uint8Array ? bytes.length : null, dimension);
}

/** The same by the length of the stored bytes, null where there are none. @throws `database_corrupt` */
export function checkStoredLength(length: unknown, dimension: number): void {
  if (length === 4 * dimension) return;
  const got = typeof length === 'number' ? `${length} bytes` : 'none';
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
