import { toNumbers } from '../../domain/unit-vector.js';
import { jsonAnswer, type Route, type RouteParts } from '../route.js';
import { QUERY_FIELDS } from '../schemas/query.js';
import { embedAnswerSchema, embedBodySchema, embedOptionsSchema } from '../schemas/search.js';

/** `POST /v1/embed` */
export function embedRoute({ parts, readQuery }: RouteParts): Route {
  return {
    method: 'post',
    path: '/v1/embed',
    scope: 'read',
    summary: 'Gives the unit vector of a query',
    body: { json: embedBodySchema, oneOf: QUERY_FIELDS, part: { name: 'options', schema: embedOptionsSchema } },
    answers: { 200: jsonAnswer('The vector.', embedAnswerSchema) },
    problems: [400, 404, 413, 415, 422, 429, 503],
    handle: async (request, response) => {
      const { input } = await readQuery(request, response, embedOptionsSchema);
      const query = await parts.resolveQuery(input);
      response.json({
        query: { sha256: query.sha256, reference_id: query.referenceId },
        model: (await parts.model()).info.id,
        dimension: query.vector.length,
        embedding: toNumbers(query.vector),
        took_ms: query.tookMs,
      });
    },
  };
}
