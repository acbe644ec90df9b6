import type { ErrorCode } from './error-codes.js';
import { type ErrorDetail, fault, StreetdexError } from './errors.js';

/** An error as it crosses between threads and processes, which know no classes of each other's. */
export interface SentError {
  /** null: not one that was expected. */
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly stack: string | undefined;
  readonly errors: readonly ErrorDetail[] | undefined;
  readonly retryAfterS: number | undefined;
}

export function sendError(error: unknown): SentError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  if (!(error instanceof StreetdexError)) {
    return { code: null, message, stack, errors: undefined, retryAfterS: undefined };
  }
  const { errors, retryAfterS } = error.options;
  return { code: error.code, message, stack, errors, retryAfterS };
}

/** The error as it was, with the stack of where it was thrown; `worker_failed` for one that was not expected. */
export function receiveError({ code, message, stack, errors, retryAfterS }: SentError): StreetdexError {
  const error = fault(code ?? 'worker_failed', code === null ? `A worker failed: ${message}` : message, {
    ...(errors === undefined ? {} : { errors }),
    ...(retryAfterS === undefined ? {} : { retryAfterS }),
  });
  if (stack !== undefined) error.stack = stack;
  return error;
}
