import { basename } from 'node:path';

/** A caller's file name, without folders and control characters. */
export function plainName(name: string): string {
  const plain = basename(name.replaceAll('\\', '/'))
    .replace(/\p{Cc}/gu, '')
    .slice(0, 200);
  return plain === '' || plain === '.' || plain === '..' ? 'photo' : plain;
}
