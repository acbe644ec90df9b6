import { createHash } from 'node:crypto';

/** Public id of a root: a hash, since the root's path is the operator's and not for everyone. */
export function rootId(root: string): string {
  return createHash('sha256').update(root).digest('hex').slice(0, 16);
}
