import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import { localsOf } from './locals.js';

const SANE_ID = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Gives every request an id (the caller's own where it is sane) and logs one line when it is over. Bodies, queries and
 * headers stay out of it: a photo to place, or an area someone looks at, is nobody's business.
 */
export function logRequests(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    const requestId = given !== undefined && SANE_ID.test(given) ? given : randomUUID();
    const locals = localsOf(response);
    locals.requestId = requestId;
    response.setHeader('X-Request-Id', requestId);
    const start = performance.now();
    response.once('close', () => {
      const line = {
        request_id: requestId,
        method: request.method,
        route: locals.route ?? 'none',
        status: response.statusCode,
        finished: response.writableFinished,
        took_ms: Math.round(performance.now() - start),
        ...(locals.errorCode === undefined ? {} : { code: locals.errorCode }),
      };
      const { error } = locals;
      if (error !== undefined) logger.error({ ...line, err: error }, 'request failed');
      else logger.info(line, 'request');
    });
    next();
  };
}
