import type { Response } from 'express';
import { failuresQuerySchema } from '../../api/ingestions.js';
import type { Failures } from '../../api/types.js';
import { csvLine } from '../../client/csv-line.js';
import { fault } from '../../domain/errors.js';
import { referenceId } from '../../domain/reference.js';
import { sha256Of } from '../../domain/sha256.js';
import { readPlainFile } from '../../images/plain-file.js';
import type { FailureFilter } from '../../references/journal.js';
import { parseRequest } from '../parse-request.js';
import { pathId } from '../path-id.js';
import { call, type Route, type RouteParts } from '../route.js';
import { sendThumbnail } from '../send-thumbnail.js';

const LIMIT_DEFAULT = 1000;
const CSV = 'text/csv';
const COLUMNS = ['root', 'path', 'code', 'reason', 'at'] as const;

export function failuresRoute({ parts }: RouteParts): Route {
  return {
    ...call('GET /v1/failures'),
    scope: 'write',
    summary: 'Files that could not be ingested, with the reasons',
    description: `A photo that came in later, by the same path or by another one with the same bytes, is not among them. With \`Accept: ${CSV}\` all of them as a table, whatever \`limit\` says.`,
    problems: [400, 404, 503],
    handle: async (request, response) => {
      const { ingestion, code, q, limit = LIMIT_DEFAULT } = parseRequest(failuresQuerySchema, request.query);
      const { ingestions } = parts;
      const { journal } = await parts.index();
      const run = ingestion === undefined ? {} : { run: (await ingestions.runOf(ingestion)) ?? NO_RUN };
      const filter: FailureFilter = {
        ...run,
        ...(code !== undefined && { code }),
        ...(q !== undefined && { text: q }),
      };
      const asCsv = request.accepts(['application/json', CSV]) === CSV;
      const failed = await journal.failures({ ...filter, limit: asCsv ? Number.MAX_SAFE_INTEGER : limit });
      const found = failed.map((failure) => ({ ...failure, ...ingestions.plainFailure(failure) }));
      response.vary('Accept').setHeader('Cache-Control', 'private, no-cache');
      if (asCsv) {
        sendCsv(response, [COLUMNS, ...found.map((failure) => COLUMNS.map((column) => failure[column]))]);
        return;
      }
      const ids = await ingestions.idsOfRuns();
      response.json({
        failures: found.map(({ photoId, run, ...failure }) => ({
          ...failure,
          ingestion: run === null ? null : (ids.get(run) ?? null),
          thumbnail: photoId !== null,
        })),
        total: (await journal.failureCodes(filter)).reduce((sum, { count }) => sum + count, 0),
        codes: await journal.failureCodes(run),
      } satisfies Failures);
    },
  };
}

/** Of an ingestion that has no run in the index yet. */
const NO_RUN = 0;

function sendCsv(response: Response, rows: readonly (readonly string[])[]): void {
  response.setHeader('Content-Disposition', 'attachment; filename="failures.csv"');
  response.type(`${CSV}; charset=utf-8`).send(rows.map((row) => `${csvLine(row)}\r\n`).join(''));
}

export function failureThumbnailRoute({ parts, thumbnailOf }: RouteParts): Route {
  return {
    ...call('GET /v1/failures/{id}/thumbnail'),
    scope: 'write',
    summary: 'The photo of a failure, at most 320 pixels a side',
    description:
      'Only where an ingest has read the file, it still holds the same bytes, and it lies in the folder that was ingested, wherever links lead.',
    problems: [404, 413, 422, 503],
    handle: async (request, response) => {
      const id = pathId(request);
      const file = /^\d{1,15}$/.test(id) ? await (await parts.index()).journal.failureFile(Number(id)) : null;
      if (file === null) throw noPicture(id);
      const bytes = () => bytesOf(file).catch(() => Promise.reject(noPicture(id)));
      await sendThumbnail(request, response, { id: file.photoId, file: bytes, thumbnailOf });
    },
  };
}

/** By their hash: whatever became of the path since, no bytes are shown but those that an ingest has read. */
async function bytesOf({ path, photoId }: { readonly path: string; readonly photoId: string }): Promise<Uint8Array> {
  const bytes = await readPlainFile(path);
  if (referenceId(await sha256Of(bytes)) === photoId) return bytes;
  throw new Error(`${path} holds another photo now.`);
}

/** One code for a failure that is not there and for a file that may not be shown. */
function noPicture(id: string) {
  return fault('image_not_found', `There is no picture of the failure '${id}'.`);
}
