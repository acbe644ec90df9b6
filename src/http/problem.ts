import type { ErrorRequestHandler, Request, Response } from 'express';
import { MulterError } from 'multer';
import { callerError, ours, StreetdexError } from '../domain/errors.js';

/** Statuses of the codes that differ from their family's: caller 400, ours 500, later 503. */
const STATUS: Readonly<Record<string, number>> = {
  key_missing: 401,
  key_unknown: 401,
  scope_insufficient: 403,
  ingestion_not_allowed: 403,
  source_not_allowed: 403,
  ingestion_not_found: 404,
  source_not_found: 404,
  ingestion_running: 409,
  idempotency_key_in_use: 409,
  idempotency_key_reused: 422,
  host_refused: 403,
  origin_refused: 403,
  image_url_not_allowed: 403,
  image_url_private_address: 403,
  not_found: 404,
  reference_not_found: 404,
  image_not_found: 404,
  place_not_found: 404,
  method_not_allowed: 405,
  body_too_large: 413,
  image_too_large: 413,
  image_url_too_large: 413,
  batch_too_long: 413,
  content_type_unsupported: 415,
  content_encoding_unsupported: 415,
  unsupported_format: 422,
  heic_decoder_missing: 422,
  image_empty: 422,
  image_truncated: 422,
  image_damaged: 422,
  not_an_image: 422,
  image_url_failed: 422,
  no_position: 422,
  rate_limited: 429,
  too_many_requests_in_flight: 429,
  encoder_busy: 429,
  decoder_busy: 429,
  batch_busy: 429,
};

const FAMILY_STATUS = { caller: 400, ours: 500, later: 503 } as const;

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request is not valid',
  401: 'A key is needed',
  403: 'Not allowed',
  404: 'Not found',
  409: 'Something else is in the way',
  405: 'This method is not offered here',
  413: 'Too large',
  415: 'This content type is not understood',
  422: 'The content can not be used',
  429: 'Too many requests',
  500: 'Our fault',
  503: 'Try again later',
};

/** Why a request failed, as RFC 9457 says it. */
interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance: string;
  readonly code: string;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
  readonly request_id: string;
}

/** HTTP status of an error: the one place that maps codes and families. */
function statusOf(error: StreetdexError): number {
  return STATUS[error.code] ?? FAMILY_STATUS[error.family];
}

/** Shapes an error for the caller. Of our own faults only the code leaves the house: the details are for the log. */
function toProblem(error: StreetdexError, instance: string, requestId: string): Problem {
  const status = statusOf(error);
  return {
    type: `urn:streetdex:problem:${error.code}`,
    title: TITLES[status] ?? 'The request failed',
    status,
    detail: error.family === 'ours' ? 'Something went wrong on our side; the log has the details.' : error.message,
    instance,
    code: error.code,
    errors: error.family === 'ours' ? [] : (error.options.errors ?? []),
    request_id: requestId,
  };
}

/** The problem of one part of an answer that goes on, as a whole answer would give it. */
export function problemWithin(thrown: unknown, request: Request, response: Response): Problem {
  const error = toStreetdexError(thrown);
  if (error.family === 'ours') response.locals.error = thrown;
  return problemFor(error, request, response);
}

function problemFor(error: StreetdexError, request: Request, response: Response): Problem {
  return toProblem(error, request.originalUrl.split('?', 1)[0] as string, String(response.locals.requestId));
}

/** Sends an error as problem+json with the headers that belong to its status. */
function sendProblem(error: StreetdexError, request: Request, response: Response): void {
  const problem = problemFor(error, request, response);
  if (problem.status === 401) response.setHeader('WWW-Authenticate', 'Bearer realm="streetdex"');
  if (problem.status === 429 || problem.status === 503) {
    response.setHeader('Retry-After', String(Math.max(1, Math.ceil(error.options.retryAfterS ?? 1))));
  }
  for (const name of ['Content-Type', 'Content-Length', 'ETag', 'Cache-Control']) response.removeHeader(name);
  response.setHeader('Cache-Control', 'no-store');
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** The last handler of the server: everything that was thrown becomes a problem. */
export function problemHandler(): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    const error = toStreetdexError(thrown);
    response.locals.error = error.family === 'ours' ? thrown : undefined;
    response.locals.errorCode = error.code;
    if (response.headersSent) return next(thrown);
    sendProblem(error, request, response);
  };
}

/** Faults of what the operator set up: to a caller over HTTP they are ours, and their messages name the operator's folders. */
const OPERATORS =
  /^(index|model|gazetteer|database|format|data_folder|caption_set|blend_profile)_|^not_an?_|^no_captions$/;
const CALLERS = new Set(['not_an_image']);

/** What is thrown, in our words and from a caller's point of view. */
function toStreetdexError(thrown: unknown): StreetdexError {
  if (thrown instanceof StreetdexError) {
    const operators = thrown.family === 'caller' && OPERATORS.test(thrown.code) && !CALLERS.has(thrown.code);
    return operators ? ours(thrown.code, thrown.message, thrown) : thrown;
  }
  if (thrown instanceof MulterError) return fromMulter(thrown);
  const { type, status, statusCode } = (thrown ?? {}) as { type?: string; status?: number; statusCode?: number };
  if (type === 'entity.too.large') return callerError('body_too_large', 'The body is larger than this server takes.');
  if (type === 'encoding.unsupported') {
    return callerError(
      'content_encoding_unsupported',
      'Expected a body without Content-Encoding, got a compressed one. Send it as it is.',
    );
  }
  const outer = status ?? statusCode;
  if (outer !== undefined && outer >= 400 && outer < 500) {
    return callerError('request_invalid', `The request could not be read: ${(thrown as Error).message}.`);
  }
  return ours('internal', thrown instanceof Error ? thrown.message : String(thrown), thrown);
}

function fromMulter(error: MulterError): StreetdexError {
  const part = error.field ?? '';
  const errors = part === '' ? [] : [{ path: part, message: error.message }];
  if (error.code === 'LIMIT_FILE_SIZE' || error.code === 'LIMIT_FIELD_VALUE') {
    return callerError('body_too_large', `The part '${part}' is larger than this server takes.`, { errors });
  }
  return callerError('multipart_invalid', `The multipart body can not be used: ${error.message} ('${part}').`, {
    errors,
  });
}
