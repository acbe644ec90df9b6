import type { Request, Response } from 'express';
import { fault } from '../../domain/errors.js';
import type { Ingestion, IngestionEvent } from '../../ingest/ingestion.js';
import { leaveFlight } from '../limits.js';
import { pathId } from '../path-id.js';
import { call, type Route, type RouteParts } from '../route.js';
import { shapeIngestion } from '../shape-ingestion.js';

const STREAMS_MAX = 64;
const RETRY_MS = 2000;
const HEARTBEAT_MS = 15_000;
/** A reader that takes nothing in is let go; it comes back and gets what it missed. */
const UNREAD_BYTES_MAX = 1024 * 1024;

export function ingestionEventsRoute({ parts }: RouteParts): Route {
  let streams = 0;
  return {
    ...call('GET /v1/ingestions/{id}/events'),
    scope: 'write',
    summary: 'Follows an ingestion by server-sent events',
    description:
      'First a `status`, then `status`, `failure` and `notice` as they come; their data are those of `GET /v1/ingestions/{id}`, without its lists. A reader who comes back with `Last-Event-ID` gets what it missed, or a `status` where that is too much. The stream ends with the ingestion; who then comes back gets 204, at which an EventSource stops asking.',
    problems: [404, 503],
    handle: async (request, response) => {
      const id = pathId(request);
      const status = await parts.ingestions.status(id);
      const live = parts.ingestions.live(id);
      const seen = lastSeen(request);
      if (status.state !== 'running' && seen !== null && seen >= (live?.number ?? 0)) {
        response.status(204).end();
        return;
      }
      if (streams >= STREAMS_MAX) {
        throw fault('too_many_streams', `This server keeps ${STREAMS_MAX} streams open at once. Try again later.`, {
          retryAfterS: 10,
        });
      }
      streams++;
      response.once('close', () => streams--);
      leaveFlight(response);
      begin(response);
      const missed = live !== null && seen !== null ? live.since(seen) : null;
      if (missed !== null) for (const { number, event } of missed) send(response, number, event);
      else send(response, live?.number ?? 0, { type: 'status', data: { ...status, failures: [], notices: [] } });
      if (live === null || live.status().state !== 'running') response.end();
      else follow(response, live);
    },
  };
}

function begin(response: Response): void {
  response.status(200).setHeader('Content-Type', 'text/event-stream; charset=utf-8');
  response.setHeader('Cache-Control', 'no-store').setHeader('X-Accel-Buffering', 'no');
  response.flushHeaders();
  response.write(`retry: ${RETRY_MS}\n\n`);
}

function follow(response: Response, live: Ingestion): void {
  const heartbeat = setInterval(() => response.write(':\n\n'), HEARTBEAT_MS);
  const quiet = live.listen(({ number, event }) => {
    send(response, number, event);
    if (event.type === 'status' && event.data.state !== 'running') response.end();
    else if (response.writableLength > UNREAD_BYTES_MAX) response.destroy();
  });
  response.once('close', () => {
    clearInterval(heartbeat);
    quiet();
  });
}

function send(response: Response, number: number, event: IngestionEvent): void {
  const data = event.type === 'status' ? shapeIngestion(event.data) : event.data;
  response.write(`id: ${number}\nevent: ${event.type}\ndata: ${JSON.stringify(data)}\n\n`);
}

function lastSeen(request: Request): number | null {
  const given = request.get('last-event-id');
  return given !== undefined && /^\d{1,15}$/.test(given) ? Number(given) : null;
}
