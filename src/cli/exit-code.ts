import { hasCode, StreetdexError } from '../domain/errors.js';

/** Of a command that was stopped, as shells have it for Ctrl-C. */
export const STOPPED = 130;

/** 1 ours, 2 the caller's or the operator's, 3 try later: the one place that maps error families to exit codes. */
export function exitCode(error: unknown): number {
  if (hasCode(error, 'interrupted')) return STOPPED;
  if (!(error instanceof StreetdexError)) return 1;
  return { ours: 1, caller: 2, operator: 2, later: 3 }[error.family];
}
