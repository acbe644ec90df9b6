import { createHash } from 'node:crypto';
import { fault } from '../domain/errors.js';

/** One of `of` parts into which machines divide the photos of the same sources; from 1 on. */
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

/** By the path below the root: the same wherever a machine has mounted it, whatever else lies there. */
export function isOfPart(path: string, { index, of }: Part): boolean {
  return (createHash('sha256').update(path).digest().readUInt32BE(0) % of) + 1 === index;
}
