import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { HttpParts } from './http-parts.js';
import type { AnswerOnce } from './idempotency.js';
import type { Scope } from './keys.js';
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
  readonly metrics: Metrics;
  readonly answerOnce: AnswerOnce;
  readonly version: string;
}

export interface RouteAnswer {
  readonly description: string;
  /** Media types with their schemas; null for bytes. */
  readonly content: Readonly<Record<string, z.ZodType | null>>;
}

/** One call: how the server answers it, and what the OpenAPI document says of it. */
export interface Route {
  readonly method: 'get' | 'post' | 'delete';
  /** With parameters in braces, as OpenAPI writes them. */
  readonly path: string;
  /** null: no key is needed. */
  readonly scope: Scope | null;
  readonly summary: string;
  readonly description?: string;
  readonly query?: z.ZodObject;
  readonly body?: {
    /** null: only a form is taken. */
    readonly json: z.ZodType | null;
    /** The form may hold several files `image`. */
    readonly many?: boolean;
    /** Largest body, where it is not that of every call. */
    readonly bytesMax?: number;
    /** The JSON body must hold exactly one of these. */
    readonly oneOf?: readonly string[];
    /** The form: a file `image` and this JSON part. None: no form is taken. */
    readonly part?: { readonly name: string; readonly schema: z.ZodType };
  };
  /** An `Idempotency-Key` is heeded. */
  readonly once?: boolean;
  readonly answers: Readonly<Record<number, RouteAnswer>>;
  /** Statuses of the problems it may answer with, besides those of every call. */
  readonly problems: readonly number[];
  /** Probes are answered however busy the server is. */
  readonly probe?: boolean;
  readonly handle: (request: Request, response: Response) => Promise<void>;
}

/** What a caller gets whose `If-None-Match` names what it would be answered. */
export const NOT_MODIFIED: RouteAnswer = { description: 'The same as the caller has.', content: {} };

/** The answer of JSON most calls give. */
export function jsonAnswer(description: string, schema: z.ZodType): RouteAnswer {
  return { description, content: { 'application/json': schema } };
}
