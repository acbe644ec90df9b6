import type { SentError } from '../domain/sent-error.js';

/** A message to a worker thread: a job, or a request to end. */
export type Order<Job> = { readonly id: number; readonly job: Job } | 'close';

/**
 * A message from a worker: `ready` once, then one answer for each job. `batch`: jobs that it answers together; 1 by default.
 */
export type Answer<Result> =
  | { readonly ready: true; readonly batch?: number }
  | { readonly ready: false; readonly error: SentError }
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly error: SentError };
