import type { ProfileInUse } from '../locate/profile-file.js';

/** Says on standard error why the profile kept with the index, or its calibration, is not used; nothing where it is, or there is none. */
export function warnOfProfile({ refused }: ProfileInUse): void {
  if (refused !== null) process.stderr.write(`${refused}\n`);
}
