import { coarsen } from '../../locate/coarsen.js';
import { toAnswerOptions } from '../locate-options.js';
import { jsonAnswer, type Route, type RouteParts } from '../route.js';
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
      const answer = await parts.locate(input, toAnswerOptions(options));
      response.json(shapePoints(coarsen(answer, parts.config.round_km)));
    },
  };
}
