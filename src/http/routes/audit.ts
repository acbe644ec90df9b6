import { auditQuerySchema } from '../../api/audit.js';
import type { Audit } from '../../api/types.js';
import { parseRequest } from '../parse-request.js';
import { call, type Route, type RouteParts } from '../route.js';
import { thumbnailUrl } from '../shape-reference.js';

const LIMIT_DEFAULT = 100;

export function auditRoute({ parts, shapePoints }: RouteParts): Route {
  return {
    ...call('GET /v1/audit'),
    scope: 'read',
    summary: 'Photos that do not look as if they were taken where they say, page by page',
    description: 'What the last `streetdex audit` of the whole index has found. The server audits nothing itself.',
    problems: [400, 503],
    handle: async (request, response) => {
      const { cursor, limit = LIMIT_DEFAULT } = parseRequest(auditQuerySchema, request.query);
      const { findings, report, cursor: next } = await parts.audit(limit, cursor);
      const implausible = findings.map((one) => ({ ...one, thumbnail: thumbnailUrl(one.id) }));
      const answer = { implausible, report, cursor: next };
      response.setHeader('Cache-Control', 'private, no-cache').json(shapePoints<Audit>(answer));
    },
  };
}
