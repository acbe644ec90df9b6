import { StreetdexError } from '../domain/errors.js';

/** 1 ours, 2 the caller's or the operator's, 3 try later: the one place that maps error families to exit codes. */
export function exitCode(error: unknown): number {
  if (!(error instanceof StreetdexError)) return 1;
  return { ours: 1, caller: 2, operator: 2, later: 3 }[error.family];
}
