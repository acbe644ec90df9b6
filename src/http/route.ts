import type { Request, Response } from 'express';
import { type Call, type CallName, calls } from '../api/calls.js';
import type { Scope } from './api-key.js';
import type { Bodies, BodyRate } from './bodies.js';
import type { HttpParts } from './http-parts.js';
import type { AnswerOnce } from './idempotency.js';
import type { InFlight } from './limits.js';
import type { Metrics } from './metrics.js';
import type { ReadQuery } from './query-input.js';
import type { Readiness } from './readiness.js';
import type { ShapePoints } from './shape-points.js';
import type { ThumbnailOf } from './thumbnail.js';

/** What the routes share, built once by `createServer`. */
export interface RouteParts {
  readonly parts: HttpParts;
  readonly readQuery: ReadQuery;
  readonly shapePoints: ShapePoints;
  readonly thumbnailOf: ThumbnailOf;
  readonly readiness: Readiness;
  readonly inFlight: InFlight;
  readonly bodies: Bodies;
  readonly bodyRate: BodyRate;
  readonly metrics: Metrics;
  readonly answerOnce: AnswerOnce;
  readonly version: string;
}

/** One call: how the server answers it, and what the OpenAPI document says of it. */
export interface Route extends Call {
  readonly method: 'get' | 'post' | 'delete';
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  /** null: no key is needed. */
  readonly scope: Scope | null;
  readonly summary: string;
  readonly description?: string;
  /** Largest body, where it is not that of every call. */
  readonly bodyBytesMax?: number;
  /** An `Idempotency-Key` is heeded. */
  readonly once?: boolean;
  /** Statuses of the problems it may answer with, besides those of every call. */
  readonly problems: readonly number[];
  /** Probes are answered however busy the server is. */
  readonly probe?: boolean;
  readonly handle: (request: Request, response: Response) => Promise<void>;
}

/** What the API says of a call. */
export function call(name: CallName): Call & Pick<Route, 'method' | 'path'> {
  const [method = '', path = ''] = name.split(' ');
  // All methods of `calls`; `CallName` does not say so.
  return { method: method.toLowerCase() as Route['method'], path, ...calls[name] };
}
