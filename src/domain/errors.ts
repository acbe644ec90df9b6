import { ERROR_CODES, type ErrorCode, type ErrorFamily } from './error-codes.js';

export interface ErrorDetail {
  readonly path: string;
  readonly message: string;
}

interface FaultOptions {
  readonly cause?: unknown;
  readonly errors?: readonly ErrorDetail[];
  readonly retryAfterS?: number;
}

/**
 * Every expected failure. The message is a sentence that says what was expected, what came, and what to do;
 * the code is stable, and its family and HTTP status follow from the table of codes.
 */
export class StreetdexError extends Error {
  override readonly name = 'StreetdexError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly options: FaultOptions = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
  }

  get family(): ErrorFamily {
    return ERROR_CODES[this.code].family;
  }

  /** Over HTTP. */
  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  /** Whether someone outside the program can mend it: the caller, or the operator. */
  get isMendable(): boolean {
    return this.family === 'caller' || this.family === 'operator';
  }
}

/** An expected failure, to be thrown. */
export function fault(code: ErrorCode, message: string, options: FaultOptions = {}): StreetdexError {
  return new StreetdexError(code, message, options);
}

/** True for an expected failure with this code. */
export function hasCode(error: unknown, code: ErrorCode): error is StreetdexError {
  return error instanceof StreetdexError && error.code === code;
}
