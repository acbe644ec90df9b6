import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { Logger } from 'pino';

const SANE_ID = /^[A-Za-z0-9._-]{1,64}$/;

/**
 * Gives every request an id (the caller's own where it is sane) and logs one line when it is over. Bodies, queries and
 * headers stay out of it: a photo to place, or an area someone looks at, is nobody's business.
 */
export function logRequests(logger: Logger): RequestHandler {
  return (request, response, next) => {
    const given = request.get('x-request-id');
    const requestId = given !== undefined && SANE_ID.test(given) ? given : randomUUID();
    response.locals.requestId = requestId;
    response.setHeader('X-Request-Id', requestId);
    const start = performance.now();
    response.once('close', () => {
      const line = {
        request_id: requestId,
        method: request.method,
        route: (response.locals.route as string | undefined) ?? 'none',
        status: response.statusCode,
        finished: response.writableFinished,
        took_ms: Math.round(performance.now() - start),
        ...(response.locals.errorCode === undefined ? {} : { code: response.locals.errorCode as string }),
      };
      const error = response.locals.error as unknown;
      if (error !== undefined) logger.error({ ...line, err: error }, 'request failed');
      else logger.info(line, 'request');
    });
    next();
  };
}
