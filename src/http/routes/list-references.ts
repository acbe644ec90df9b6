import { GEOJSON } from '../../api/calls.js';
import { listQuerySchema } from '../../api/references.js';
import type { FeatureCollection, ReferenceList } from '../../api/types.js';
import { fault } from '../../domain/errors.js';
import { filterOfQuery } from '../checked-filter.js';
import { parseRequest } from '../parse-request.js';
import { call, type Route, type RouteParts } from '../route.js';
import { sendEither } from '../send-geojson.js';
import { shapeFeature, shapeReference } from '../shape-reference.js';

const LIMIT_DEFAULT = 100;

export function listReferencesRoute({ parts, shapePoints }: RouteParts): Route {
  return {
    ...call('GET /v1/references'),
    scope: 'read',
    summary: 'Lists references, page by page',
    description: `With \`Accept: ${GEOJSON}\` a page is a GeoJSON FeatureCollection. \`cursor\` leads to the next page, and so does the Link header.`,
    problems: [400, 409, 503],
    handle: async (request, response) => {
      const { cursor, limit, ...conditions } = parseRequest(listQuerySchema, request.query);
      const filter = await parts.collection.narrow(filterOfQuery(conditions), conditions.tag ?? []);
      const page = await (await parts.index()).reader.list({
        limit: checkedLimit(limit, parts.config.page_size_max),
        ...(filter !== undefined && { filter }),
        ...(cursor !== undefined && { cursor }),
      });
      const references = page.references.map((reference) => shapePoints(shapeReference(reference)));
      response.setHeader('Cache-Control', 'private, no-cache');
      if (page.cursor !== null)
        response.setHeader('Link', `<${nextUrl(request.originalUrl, page.cursor)}>; rel="next"`);
      const { cursor: next } = page;
      sendEither(
        request,
        response,
        (): ReferenceList => ({ references, cursor: next }),
        (): FeatureCollection => ({ type: 'FeatureCollection', features: references.map(shapeFeature), cursor: next }),
      );
    },
  };
}

/** @throws `limit_out_of_range` */
function checkedLimit(limit: number | undefined, max: number): number {
  if (limit === undefined) return Math.min(LIMIT_DEFAULT, max);
  if (limit <= max) return limit;
  throw fault('limit_out_of_range', `Expected a limit of at most ${max}, got ${limit}.`, {
    errors: [{ path: 'limit', message: `At most ${max}.` }],
  });
}

function nextUrl(originalUrl: string, cursor: string): string {
  const url = new URL(originalUrl, 'http://localhost');
  url.searchParams.set('cursor', cursor);
  return `${url.pathname}${url.search}`;
}
