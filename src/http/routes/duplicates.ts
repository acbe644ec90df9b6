import { duplicatesQuerySchema } from '../../api/duplicates.js';
import type { Duplicates } from '../../api/types.js';
import { filterOfQuery } from '../checked-filter.js';
import { parseRequest } from '../parse-request.js';
import { call, type Route, type RouteParts } from '../route.js';
import { shapeReference } from '../shape-reference.js';

const LIMIT_DEFAULT = 50;

export function duplicatesRoute({ parts, shapePoints }: RouteParts): Route {
  return {
    ...call('GET /v1/duplicates'),
    scope: 'read',
    summary: 'Photos that are one and the same picture, page by page',
    description:
      'What `streetdex duplicates` has found so far: encoded anew, resized, cropped, watermarked; with a filter, among the photos that it lets through. The server compares nothing itself, and nothing is deleted.',
    problems: [400, 409, 503],
    handle: async (request, response) => {
      const { cursor, limit = LIMIT_DEFAULT, ...conditions } = parseRequest(duplicatesQuerySchema, request.query);
      const filter = await parts.collection.narrow(filterOfQuery(conditions), conditions.tag ?? []);
      const found = await parts.duplicates({ limit, filter, ...(cursor !== undefined && { cursor }) });
      const groups = found.groups.map(({ photos, because }) => ({
        keep: photos[0]?.id ?? '',
        because,
        photos: photos.map((photo) => {
          const { sha256: _sha256, sources: _sources, ...shown } = shapeReference(photo);
          return shown;
        }),
      }));
      const answer = { groups, looked_at: found.lookedAt, cursor: found.cursor };
      response.setHeader('Cache-Control', 'private, no-cache').json(shapePoints<Duplicates>(answer));
    },
  };
}
