import type { ProfileInUse } from '../locate/profile-file.js';

/** Warns on standard error where the index's profile, or its calibration, is not used, with the reason. */
export function warnOfProfile({ refused }: ProfileInUse): void {
  if (refused !== null) process.stderr.write(`${refused}\n`);
}
