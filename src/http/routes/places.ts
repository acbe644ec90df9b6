import { placesQuerySchema } from '../../api/service.js';
import type { Places } from '../../api/types.js';
import { parseRequest } from '../parse-request.js';
import { call, type Route, type RouteParts } from '../route.js';

const LIMIT_DEFAULT = 10;

export function placesRoute({ parts }: RouteParts): Route {
  return {
    ...call('GET /v1/places'),
    scope: 'read',
    summary: 'Searches the gazetteer by name',
    problems: [400, 503],
    handle: async (request, response) => {
      const { q, level, country, limit } = parseRequest(placesQuerySchema, request.query);
      const gazetteer = await parts.gazetteer();
      const places = gazetteer.search(q, {
        limit: limit ?? LIMIT_DEFAULT,
        ...(level !== undefined && { level }),
        ...(country !== undefined && { iso2: country }),
      });
      // Places are public knowledge: their points are not coarsened.
      response.json({
        places: places.map(({ id, level, name, matched, region, country, iso2, point, population }) => ({
          ...{ id, level, name, matched, region, country, iso2, point, population },
        })),
        attribution: gazetteer.attribution,
      } satisfies Places);
    },
  };
}
