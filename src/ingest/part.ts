import { createHash } from 'node:crypto';
import { fault } from '../domain/errors.js';

/** The `index`-th of `of` parts (from 1), into which machines divide the photos of the same sources. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

const PARTS_MAX = 10_000;

/** @param text `2/4`. @throws `part_invalid` */
export function parsePart(text: string): Part {
  const [, index = 0, of = 0] = (/^(\d{1,5})\/(\d{1,5})$/.exec(text) ?? []).map(Number);
  if (index >= 1 && index <= of && of <= PARTS_MAX) return { index, of };
  throw fault(
    'part_invalid',
    `Expected --part to be i/n, the i-th of n parts with i from 1 to n and n at most ${PARTS_MAX} (2/4), but got ${text}.`,
  );
}

/**
 * Whether a photo belongs to the part. It depends on the path below the root alone, so it is the same wherever the root is
 * mounted.
 */
export function isOfPart(path: string, { index, of }: Part): boolean {
  return (createHash('sha256').update(path).digest().readUInt32BE(0) % of) + 1 === index;
}
