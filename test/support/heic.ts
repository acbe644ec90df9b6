import { describe } from '@jest/globals';
import { findLibheif } from '../../src/images/heic/find-libheif.js';
import { HeicThread } from '../../src/images/heic/heic-thread.js';
import { fixture } from './fixtures.js';

/**
 * A block of tests that need the optional package libheif-js. Without it they are skipped, and say so, unless
 * HEIF_REQUIRED is set, as in CI.
 */
export function describeHeic(name: string, tests: () => void): void {
  if (findLibheif() !== null) describe(name, tests);
  else if (process.env.HEIF_REQUIRED !== undefined)
    throw new Error('Expected libheif-js to be installed, since HEIF_REQUIRED is set.');
  else describe.skip(`${name} (skipped: libheif-js is not installed)`, tests);
}

/** A decoder as on a machine without the package. */
export const noHeic = new HeicThread({ find: () => null });

/** A decoder that a test steers by the first byte of a file: see fake-libheif.cjs. */
export const fakeLibheif = fixture('..', 'support', 'fake-libheif.cjs');
