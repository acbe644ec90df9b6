import type { SentError } from '../domain/sent-error.js';

/** What goes to a worker thread: a job, or the wish that it ends. */
export type Order<Job> = { readonly id: number; readonly job: Job } | 'close';

/** What comes back: once `ready`, then one answer for each job. `batch`: jobs that it answers together, 1 without it. */
export type Answer<Result> =
  | { readonly ready: true; readonly batch?: number }
  | { readonly ready: false; readonly error: SentError }
  | { readonly id: number; readonly result: Result }
  | { readonly id: number; readonly error: SentError };
