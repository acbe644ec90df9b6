import { createHash } from 'node:crypto';

/** What a source is asked for by: of its root, which is a folder of the operator's and not everyone's to know. */
export function rootId(root: string): string {
  return createHash('sha256').update(root).digest('hex').slice(0, 16);
}
