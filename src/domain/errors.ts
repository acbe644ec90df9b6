/** Whose turn it is: the caller's to mend the request, ours to mend the service, or time's. */
export type ErrorFamily = 'caller' | 'ours' | 'later';

export interface ErrorDetail {
  readonly path: string;
  readonly message: string;
}

/**
 * Every expected failure. The message is a sentence that says what was expected, what came, and what to do;
 * the code is stable, and `http/` and `cli/` map it in one place each.
 */
export class StreetdexError extends Error {
  override readonly name = 'StreetdexError';

  constructor(
    readonly family: ErrorFamily,
    readonly code: string,
    message: string,
    readonly options: {
      readonly cause?: unknown;
      readonly errors?: readonly ErrorDetail[];
      readonly retryAfterS?: number;
    } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
  }
}

/** The caller's fault: what was expected and what was received. */
export function callerError(code: string, message: string, options: StreetdexError['options'] = {}): StreetdexError {
  return new StreetdexError('caller', code, message, options);
}

/** Our fault: details belong in the log. */
export function ours(code: string, message: string, cause?: unknown): StreetdexError {
  return new StreetdexError('ours', code, message, cause === undefined ? {} : { cause });
}

/** Try again later. */
export function later(code: string, message: string, retryAfterS = 1): StreetdexError {
  return new StreetdexError('later', code, message, { retryAfterS });
}

/** True for an expected failure with this code. */
export function hasCode(error: unknown, code: string): error is StreetdexError {
  return error instanceof StreetdexError && error.code === code;
}
