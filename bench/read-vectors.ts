import { readFileSync } from 'node:fs';
import type { UnitVector } from '../dist/domain/unit-vector.js';
import { vectorFromBytes } from '../dist/references/embedded/stored-vector.js';

/** Of a file that has them one after another, as float32. */
export function readVectors(file: string, dimension: number): UnitVector[] {
  const bytes = readFileSync(file);
  const size = 4 * dimension;
  return Array.from(
    { length: bytes.length / size },
    (_, i) => vectorFromBytes(bytes.subarray(i * size, (i + 1) * size), dimension) as UnitVector,
  );
}
