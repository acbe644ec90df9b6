import { coverageQuerySchema } from '../../api/coverage.js';
import type { Facets } from '../../api/types.js';
import type { BoundingBox } from '../../domain/geo-point.js';
import { finestWider, resolutionAtZoom } from '../../geo/cells.js';
import { parseRequest } from '../parse-request.js';
import { call, type Route, type RouteParts } from '../route.js';
import { sendGeoJson } from '../send-geojson.js';
import { shapeCoverage } from '../shape-coverage.js';

const WORLD: BoundingBox = { west: -180, south: -90, east: 180, north: 90 };

export function coverageRoute({ parts }: RouteParts): Route {
  return {
    ...call('GET /v1/coverage'),
    scope: 'read',
    summary: 'How many references lie where: the clusters of a map',
    description:
      'GeoJSON with a point for each H3 cell in or near the box. The counts are kept as references change, so that the answer takes milliseconds whatever the size of the index.',
    problems: [400, 503],
    handle: async (request, response) => {
      const asked = parseRequest(coverageQuerySchema, request.query);
      const { bbox, zoom = 0, source, year_from, year_to, country, has_sequence } = asked;
      const { catalogue } = await parts.index();
      const answer = await catalogue.coverage({
        bbox: bbox === undefined ? WORLD : { west: bbox[0], south: bbox[1], east: bbox[2], north: bbox[3] },
        // A cell must not say where something is more exactly than a point may.
        resolution: Math.min(resolutionAtZoom(zoom), finestWider(parts.config.round_km)),
        ...(source !== undefined && { source }),
        ...(year_from !== undefined && { yearFrom: year_from }),
        ...(year_to !== undefined && { yearTo: year_to }),
        ...(country !== undefined && { country }),
        ...(has_sequence !== undefined && { hasSequence: has_sequence }),
      });
      response.setHeader('Cache-Control', 'private, no-cache');
      sendGeoJson(response, shapeCoverage(answer, parts.config.round_km === 0));
    },
  };
}

export function facetsRoute({ parts }: RouteParts): Route {
  return {
    ...call('GET /v1/facets'),
    scope: 'read',
    summary: 'By what the references can be narrowed',
    problems: [503],
    handle: async (_request, response) => {
      const { catalogue } = await parts.index();
      response.setHeader('Cache-Control', 'private, no-cache').json((await catalogue.facets()) satisfies Facets);
    },
  };
}
