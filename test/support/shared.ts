import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe } from '@jest/globals';

/** The folder of shared data beside the checkout, or null where someone has only the clone. */
export function sharedFolder(): string | null {
  const folder = join(process.cwd(), '..', 'shared', 'data');
  return existsSync(folder) ? folder : null;
}

/** A block of tests over shared data; where that is absent they show as skipped, with the reason in their name. */
export function describeShared(name: string, tests: (folder: string) => void): void {
  const folder = sharedFolder();
  if (folder !== null) describe(name, () => tests(folder));
  else describe.skip(`${name} (skipped: ../shared is not there)`, () => tests(''));
}
