import { parseRequest } from '../parse-request.js';
import { jsonAnswer, type Route, type RouteParts } from '../route.js';
import { failuresQuerySchema, failuresSchema } from '../schemas/ingestions.js';

const LIMIT_DEFAULT = 1000;

/** `GET /v1/failures` */
export function failuresRoute({ parts }: RouteParts): Route {
  return {
    method: 'get',
    path: '/v1/failures',
    scope: 'write',
    summary: 'Files that could not be ingested, with the reasons',
    query: failuresQuerySchema,
    answers: { 200: jsonAnswer('By path.', failuresSchema) },
    problems: [400, 503],
    handle: async (request, response) => {
      const { limit = LIMIT_DEFAULT } = parseRequest(failuresQuerySchema, request.query);
      const references = await parts.references();
      const failures = references.failures({ limit }).map(({ path, code, reason, at }) => ({ path, code, reason, at }));
      response.setHeader('Cache-Control', 'private, no-cache').json({ failures, total: references.stats().failures });
    },
  };
}
