import { callerError } from '../../domain/errors.js';
import { coarsen } from '../../locate/coarsen.js';
import { jsonAnswer, type Route, type RouteParts } from '../route.js';
import { filterOf, oneExclude } from '../schemas/filter.js';
import { toHints } from '../schemas/hints.js';
import { locateAnswerSchema, locateBodySchema, locateOptionsSchema } from '../schemas/locate.js';
import { QUERY_FIELDS } from '../schemas/query.js';

/** `POST /v1/locate` */
export function locateRoute({ parts, readQuery, shapePoints }: RouteParts): Route {
  return {
    method: 'post',
    path: '/v1/locate',
    scope: 'read',
    summary: 'Says where a photo was taken',
    description:
      'A query gives places with probabilities and radii, and what they rest on: reference scenes that look alike, and place names that fit. A query that is in the index leaves itself out unless `include_self` is set.',
    body: {
      json: locateBodySchema,
      oneOf: QUERY_FIELDS,
      part: { name: 'options', schema: locateOptionsSchema },
    },
    answers: { 200: jsonAnswer('Candidates, evidence, blend.', locateAnswerSchema) },
    problems: [400, 404, 413, 415, 422, 429, 503],
    handle: async (request, response) => {
      const { input, options } = await readQuery(request, response, locateOptionsSchema);
      const filter = checkedFilter(options);
      const { weights, utility, retrieval_kernel, candidates, k, include_self } = options;
      const hints = toHints(options.hints);
      const overrides = {
        ...weights,
        ...(utility !== undefined && { utility }),
        ...(retrieval_kernel !== undefined && { retrieval_kernel }),
      };
      const answer = await parts.locate(input, {
        ...(Object.keys(overrides).length > 0 && { overrides }),
        ...(filter !== undefined && { filter }),
        ...(hints !== undefined && { hints }),
        ...(candidates !== undefined && { candidates }),
        ...(k !== undefined && { neighbours: k }),
        ...(include_self !== undefined && { includeSelf: include_self }),
      });
      response.json(shapePoints(coarsen(answer, parts.config.round_km)));
    },
  };
}

/** @throws `request_invalid` where `exclude` stands twice. */
export function checkedFilter(options: Parameters<typeof filterOf>[0]) {
  if (!oneExclude(options)) {
    throw callerError('request_invalid', 'Expected exclude once: beside filter or within it.', {
      errors: [{ path: 'exclude', message: 'Given twice.' }],
    });
  }
  return filterOf(options);
}
