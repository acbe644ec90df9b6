import type { ErrorRequestHandler, Request, Response } from 'express';
import { MulterError } from 'multer';
import type { Problem } from '../api/types.js';
import { fault, StreetdexError } from '../domain/errors.js';
import { localsOf } from './locals.js';
import { isPrivate, toProblem } from './to-problem.js';

/** The problem of one part of an answer that goes on, as a whole answer would give it. */
export function problemWithin(thrown: unknown, request: Request, response: Response): Problem {
  const error = toStreetdexError(thrown);
  if (isPrivate(error)) localsOf(response).error = thrown;
  return problemFor(error, request, response);
}

function problemFor(error: StreetdexError, request: Request, response: Response): Problem {
  return toProblem(error, request.originalUrl, localsOf(response).requestId ?? '');
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
    const locals = localsOf(response);
    locals.error = isPrivate(error) ? thrown : undefined;
    locals.errorCode = error.code;
    if (response.headersSent) return next(thrown);
    sendProblem(error, request, response);
  };
}

/** What is thrown, in our words and from a caller's point of view. */
function toStreetdexError(thrown: unknown): StreetdexError {
  if (thrown instanceof StreetdexError) return thrown;
  if (thrown instanceof MulterError) return fromMulter(thrown);
  const { type, status, statusCode } = (thrown ?? {}) as { type?: string; status?: number; statusCode?: number };
  if (type === 'entity.too.large') return fault('body_too_large', 'The body is larger than this server takes.');
  if (type === 'encoding.unsupported') {
    return fault(
      'content_encoding_unsupported',
      'Expected a body without Content-Encoding, got a compressed one. Send it as it is.',
    );
  }
  const outer = status ?? statusCode;
  if (outer !== undefined && outer >= 400 && outer < 500) {
    return fault('request_invalid', `The request could not be read: ${(thrown as Error).message}.`);
  }
  return fault('internal', thrown instanceof Error ? thrown.message : String(thrown), { cause: thrown });
}

function fromMulter(error: MulterError): StreetdexError {
  const part = error.field ?? '';
  const errors = part === '' ? [] : [{ path: part, message: error.message }];
  if (error.code === 'LIMIT_FILE_SIZE' || error.code === 'LIMIT_FIELD_VALUE') {
    return fault('body_too_large', `The part '${part}' is larger than this server takes.`, { errors });
  }
  return fault('multipart_invalid', `The multipart body can not be used: ${error.message} ('${part}').`, {
    errors,
  });
}
