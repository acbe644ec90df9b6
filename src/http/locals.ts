import type { Response } from 'express';
import type { ApiKey } from './api-key.js';
import type { Body } from './bodies.js';

/** What the handlers of one request tell each other. */
export interface Locals {
  requestId?: string;
  /** The route's pattern, not its path. */
  route?: string;
  /** Whether the request shows a key, be it known or not. */
  keyPresented?: boolean;
  /** null: none, or an unknown one. */
  key?: ApiKey | null;
  /** Whose call it is, where no key says so. */
  address?: string;
  /** Of a problem: its code, and what was thrown where only the log may have it. */
  errorCode?: string;
  error?: unknown;
  /** Takes a place among the calls that are worked on: once the body is there. */
  takePlace?: () => void;
  leaveFlight?: () => void;
  /** Aborted when the caller goes away before the answer is out. */
  gone?: AbortSignal;
  leavePhotoPlace?: () => void;
  /** What was read of the call's body. */
  body?: Body;
}

/** For what is worked out for a caller: aborted when that one goes away. */
export function signalOf(response: Response): { readonly signal?: AbortSignal } {
  const { gone } = localsOf(response);
  return gone === undefined ? {} : { signal: gone };
}

/** A response's locals with their types, which Express gives as `any`. */
export const localsOf = (response: Response): Locals => response.locals;
