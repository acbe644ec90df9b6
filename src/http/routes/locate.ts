import { GEOJSON } from '../../api/calls.js';
import { locateOptionsSchema } from '../../api/locate.js';
import type { LocateFeatures } from '../../api/types.js';
import { answerGeoJson } from '../../client/answer-geojson.js';
import { signalOf } from '../locals.js';
import { toAnswerOptions } from '../locate-options.js';
import { call, type Route, type RouteParts } from '../route.js';
import { sendEither } from '../send-geojson.js';
import { shapeLocated } from '../shape-located.js';

export function locateRoute({ parts, readQuery, shapePoints }: RouteParts): Route {
  return {
    ...call('POST /v1/locate'),
    scope: 'read',
    summary: 'Says where a photo was taken',
    description: `A query gives places with probabilities and radii, and what they rest on: reference scenes that look alike, and place names that fit. A query that is in the index leaves itself out unless \`include_self\` is set. With \`Accept: ${GEOJSON}\` the answer is a GeoJSON FeatureCollection: candidates with their circles, and neighbours.`,
    problems: [400, 404, 413, 415, 422, 429, 503],
    handle: async (request, response) => {
      const { input, options } = await readQuery(request, response, locateOptionsSchema);
      const located = await parts.locate(input, {
        ...(await toAnswerOptions(options, parts.collection)),
        ...signalOf(response),
      });
      const answer = shapePoints(shapeLocated(located, parts.config.round_km));
      sendEither(
        request,
        response,
        () => answer,
        (): LocateFeatures => answerGeoJson(answer),
      );
    },
  };
}
