import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { fault } from '../../../domain/errors.js';

/** A file's expected hashes: the strongest that is known is checked. */
export interface ExpectedHash {
  readonly sha256: string | null;
  /** 40 hex digits: git's sha-1 of the blob; some proxies put the plain sha-1 in its place. */
  readonly sha1: string | null;
}

/**
 * Hashes a file on the disk. Resolves to its sha-256.
 * @throws `hub_checksum_mismatch` (later)
 */
export async function checkedSha256(file: string, path: string, expected: ExpectedHash): Promise<string> {
  const sha256 = createHash('sha256');
  const viaSha1 = expected.sha256 === null && expected.sha1 !== null;
  const plain = createHash('sha1');
  const blob = createHash('sha1');
  if (viaSha1) blob.update(`blob ${(await stat(file)).size}\0`);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    sha256.update(chunk);
    if (viaSha1) {
      plain.update(chunk);
      blob.update(chunk);
    }
  }
  const got = sha256.digest('hex');
  if (expected.sha256 !== null) {
    if (got !== expected.sha256) throw mismatch(path, `sha-256 ${expected.sha256}`, got);
  } else if (viaSha1) {
    const git = blob.digest('hex');
    if (git !== expected.sha1 && plain.digest('hex') !== expected.sha1) {
      throw mismatch(path, `git hash ${expected.sha1}`, git);
    }
  }
  return got;
}

export const mismatch = (path: string, expected: string, got: string) =>
  fault(
    'hub_checksum_mismatch',
    `Expected ${path} to have the ${expected.slice(0, 22)}…, got ${got.slice(0, 12)}…; the file was dropped. Try again; if it comes back, something between the hub and here changes the file.`,
    { retryAfterS: 0 },
  );
