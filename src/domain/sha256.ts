import { webcrypto } from 'node:crypto';

/** Each is a copy of its bytes meanwhile. */
let last: Promise<unknown> = Promise.resolve();

/**
 * sha-256 (hex), computed beside this thread, where a photo of 30 MB would hold up whoever else waits for it; one after the
 * other.
 */
export function sha256Of(bytes: Uint8Array): Promise<string> {
  const digest = last.then(() => webcrypto.subtle.digest('SHA-256', bytes));
  last = digest.catch(() => undefined);
  return digest.then((hash) => Buffer.from(hash).toString('hex'));
}
