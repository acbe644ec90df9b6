import { embedOptionsSchema } from '../../api/search.js';
import type { EmbedAnswer } from '../../api/types.js';
import { toNumbers } from '../../domain/unit-vector.js';
import { localsOf } from '../locals.js';
import { call, type Route, type RouteParts } from '../route.js';

export function embedRoute({ parts, readQuery }: RouteParts): Route {
  return {
    ...call('POST /v1/embed'),
    scope: 'read',
    summary: 'Gives the unit vector of a query',
    problems: [400, 404, 413, 415, 422, 429, 503],
    handle: async (request, response) => {
      const { input } = await readQuery(request, response, embedOptionsSchema);
      const query = await parts.resolveQuery(input, localsOf(response).gone);
      response.json({
        query: { sha256: query.sha256, reference_id: query.referenceId },
        model: (await parts.model()).info.id,
        dimension: query.vector.length,
        embedding: toNumbers(query.vector),
        took_ms: query.tookMs,
      } satisfies EmbedAnswer);
    },
  };
}
