import { stat } from 'node:fs/promises';
import { sha256Of } from '../domain/sha256.js';
import { readPlainFile } from '../images/plain-file.js';
import type { UnembeddedReference } from '../references/next-vectors.js';
import { readIssue } from './inspect-photo.js';
import { isThere } from './is-there.js';
import type { Issue } from './sources/candidate.js';

/**
 * The bytes of a reference, from the first of its sources that still holds them by their sha-256; else why none does:
 * `root_missing` (a disk may not be mounted), `file_changed`, `file_missing`, `unreadable`.
 */
export async function findBytes({
  id,
  sha256,
  bytes: size,
  sources,
}: Omit<UnembeddedReference, 'cursor'>): Promise<Uint8Array | Issue> {
  const issues: Issue[] = [];
  for (const { root, file } of sources) {
    try {
      // The size first: what is there now may be too large to read.
      const bytes = (await stat(file)).size === size ? await readPlainFile(file, size) : null;
      if (bytes !== null && (await sha256Of(bytes)) === sha256) return bytes;
      issues.push({
        code: 'file_changed',
        reason: `Expected the bytes of the reference ${id}, but the file holds others.`,
      });
    } catch (error) {
      issues.push(root === 'files' || (await isThere(root)) ? readIssue(error) : rootMissing(root));
    }
  }
  // A disk that can be mounted, or a file that is there, helps the user more than a path that is gone.
  const told = (code: string) => issues.find((issue) => issue.code === code);
  return (
    told('root_missing') ??
    told('unreadable') ??
    told('file_changed') ??
    issues[0] ?? { code: 'file_missing', reason: 'The index knows no file of this reference any more.' }
  );
}

function rootMissing(root: string): Issue {
  return {
    code: 'root_missing',
    reason: `Expected the folder ${root}, but it is not there at all: mount it, or say where it is with \`streetdex index remap\`.`,
  };
}
