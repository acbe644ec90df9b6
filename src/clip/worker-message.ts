import type { ErrorCode } from '../domain/error-codes.js';
import { fault, StreetdexError } from '../domain/errors.js';

/** What goes to a worker thread: a job, or the wish that it ends. */
export type Order<Job> = { readonly id: number; readonly job: Job } | 'close';

/** An error that has to cross between threads. */
export interface SentError {
  readonly code: ErrorCode;
  readonly message: string;
}

/** What comes back: once `ready`, then one answer for each job. `batch`: jobs that it answers together, 1 without it. */
export type Answer<Result> =
  | { readonly ready: true; readonly batch?: number }
  | { readonly ready: false; readonly error: SentError }
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly error: SentError };

export function sendError(error: unknown): SentError {
  if (error instanceof StreetdexError) {
    return { code: error.code, message: error.message };
  }
  return {
    code: 'worker_failed',
    message: `A worker failed: ${error instanceof Error ? error.message : error}`,
  };
}

export function receiveError({ code, message }: SentError): StreetdexError {
  return fault(code, message);
}
