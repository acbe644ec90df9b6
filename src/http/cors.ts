import type { RequestHandler } from 'express';

const METHODS = 'GET, HEAD, POST, DELETE';
const REQUEST_HEADERS =
  'Authorization, X-API-Key, Content-Type, Accept, Idempotency-Key, If-None-Match, Last-Event-ID, X-Request-Id';
const ANSWER_HEADERS =
  'ETag, Link, Location, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Idempotent-Replayed';
const PREFLIGHT_S = 600;

/** Lets pages of the operator's chosen origins call the API with a key; cookies play no part. */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  const allowed = new Set(origins);
  return (request, response, next) => {
    if (allowed.size === 0) return next();
    response.vary('Origin');
    const origin = request.get('origin');
    if (origin === undefined || !allowed.has(origin)) return next();
    response.setHeader('Access-Control-Allow-Origin', origin);
    response.setHeader('Access-Control-Expose-Headers', ANSWER_HEADERS);
    if (request.method !== 'OPTIONS' || request.get('access-control-request-method') === undefined) return next();
    response.setHeader('Access-Control-Allow-Methods', METHODS);
    response.setHeader('Access-Control-Allow-Headers', REQUEST_HEADERS);
    response.setHeader('Access-Control-Max-Age', PREFLIGHT_S);
    if (request.get('access-control-request-private-network') === 'true') {
      response.setHeader('Access-Control-Allow-Private-Network', 'true');
    }
    response.status(204).end();
  };
}
