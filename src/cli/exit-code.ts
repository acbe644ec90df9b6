import { hasCode, StreetdexError } from '../domain/errors.js';

/** Exit code of a command that was stopped, as in shells for Ctrl-C. */
export const STOPPED = 130;

/** Exit code of an error: 1 is our fault, 2 the caller's or the operator's, 3 means try later. */
export function exitCode(error: unknown): number {
  if (hasCode(error, 'interrupted')) return STOPPED;
  if (!(error instanceof StreetdexError)) return 1;
  return { ours: 1, caller: 2, operator: 2, later: 3 }[error.family];
}
