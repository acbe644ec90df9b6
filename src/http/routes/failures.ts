import type { ReferenceReader } from '../../references/reader.js';
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
    problems: [400, 404, 503],
    handle: async (request, response) => {
      const { ingestion, limit = LIMIT_DEFAULT } = parseRequest(failuresQuerySchema, request.query);
      const references = await parts.references();
      const found =
        ingestion === undefined
          ? { failures: references.failures({ limit }), total: references.stats().failures }
          : ofRun(references, await parts.ingestions.runOf(ingestion), limit);
      const failures = found.failures.map(({ path, code, reason, at }) => ({ path, code, reason, at }));
      response.setHeader('Cache-Control', 'private, no-cache').json({ failures, total: found.total });
    },
  };
}

function ofRun(references: ReferenceReader, run: number | null, limit: number) {
  if (run === null) return { failures: [], total: 0 };
  return { failures: references.failures({ limit, run }), total: references.failuresOf(run) };
}
