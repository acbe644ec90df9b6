import { newIngestionSchema, retryIngestionSchema } from '../../api/ingestions.js';
import type { Ingestions } from '../../api/types.js';
import { parseRequest } from '../parse-request.js';
import { pathId } from '../path-id.js';
import { bodyReader } from '../read-body.js';
import { call, type Route, type RouteParts } from '../route.js';
import { shapeIngestion } from '../shape-ingestion.js';

const DETAILS_BYTES_MAX = 1024 * 1024;

export function startIngestionRoute({ parts, answerOnce, bodies }: RouteParts): Route {
  const readBody = bodyReader({ bytesMax: DETAILS_BYTES_MAX, bodies }, 'none');
  return {
    ...call('POST /v1/ingestions'),
    scope: 'write',
    summary: 'Begins to ingest folders or manifests of the server',
    description:
      'Only what lies in the folders that the operator has allowed (`ingest_roots`), wherever links lead. One runs at a time; it goes on when the caller goes away. Photos that are there already and did not change cost nothing, so that one that was stopped or interrupted is continued by beginning it again.',
    bodyBytesMax: DETAILS_BYTES_MAX,
    once: true,
    problems: [400, 403, 404, 409, 413, 415, 422, 429, 503],
    handle: async (request, response) => {
      const body = await readBody(request, response);
      const given = parseRequest(newIngestionSchema, body.kind === 'json' ? body.json : null);
      const { sources, images, gpx, clock_offset, clock_correction, gap_max_s, recheck, retry_failed } = given;
      await answerOnce(request, response, body, async () => {
        const ingestion = await parts.ingestions.start({
          sources,
          ...(images !== undefined && { images }),
          ...(gpx !== undefined && { gpx }),
          ...(clock_offset !== undefined && { clockOffset: clock_offset }),
          ...(clock_correction !== undefined && { clockCorrection: clock_correction }),
          ...(recheck !== undefined && { recheck }),
          ...(gap_max_s !== undefined && { gapMaxS: gap_max_s }),
          ...(retry_failed !== undefined && { retryFailed: retry_failed }),
        });
        const json = shapeIngestion(ingestion.status());
        return { status: 202, location: `/v1/ingestions/${ingestion.id}`, json };
      });
    },
  };
}

export function retryIngestionRoute({ parts, answerOnce, bodies }: RouteParts): Route {
  const readBody = bodyReader({ bytesMax: DETAILS_BYTES_MAX, bodies }, 'none');
  return {
    ...call('POST /v1/ingestions/{id}/retry'),
    scope: 'write',
    summary: 'Tries again what failed in an ingestion',
    description:
      'Begins a new one with the same folders, manifests and tracks, only for the photos that are still among its failures, also where their files did not change. All of it must lie in the folders that the operator has allowed.',
    bodyBytesMax: DETAILS_BYTES_MAX,
    once: true,
    problems: [400, 403, 404, 409, 413, 415, 422, 429, 503],
    handle: async (request, response) => {
      const body = await readBody(request, response);
      const { code, q } = parseRequest(retryIngestionSchema, body.kind === 'json' ? body.json : null);
      await answerOnce(request, response, body, async () => {
        const which = { ...(code !== undefined && { code }), ...(q !== undefined && { text: q }) };
        const ingestion = await parts.ingestions.retry(pathId(request), which);
        const json = shapeIngestion(ingestion.status());
        return { status: 202, location: `/v1/ingestions/${ingestion.id}`, json };
      });
    },
  };
}

export function listIngestionsRoute({ parts }: RouteParts): Route {
  return {
    ...call('GET /v1/ingestions'),
    scope: 'write',
    summary: 'Lists what was ingested, by this server or another process',
    problems: [503],
    handle: async (_request, response) => {
      const ingestions = (await parts.ingestions.list()).map(shapeIngestion);
      response
        .setHeader('Cache-Control', 'no-store')
        .json({ roots: parts.ingestions.roots, ingestions } satisfies Ingestions);
    },
  };
}

export function ingestionRoute({ parts }: RouteParts): Route {
  return {
    ...call('GET /v1/ingestions/{id}'),
    scope: 'write',
    summary: 'Where an ingestion stands',
    problems: [404, 503],
    handle: async (request, response) => {
      const status = await parts.ingestions.status(pathId(request));
      response.setHeader('Cache-Control', 'no-store').json(shapeIngestion(status));
    },
  };
}

export function cancelIngestionRoute({ parts }: RouteParts): Route {
  return {
    ...call('DELETE /v1/ingestions/{id}'),
    scope: 'write',
    summary: 'Asks an ingestion to stop',
    description: 'What is in hand is finished and stored. One that is over stays as it is.',
    problems: [404, 503],
    handle: async (request, response) => {
      response.status(202).json(shapeIngestion(await parts.ingestions.cancel(pathId(request))));
    },
  };
}
