import { readEvents, type ServerEvent } from '../../../src/client/client.js';
import { callApi } from './call.js';
import { ApiProblem } from './problem.js';

const RETRY_MS = 2000;

/** Follows a run until its events end, or `signal` is aborted. Reconnects after an interruption with the last event's id. */
export async function followIngestion(
  id: string,
  signal: AbortSignal,
  heard: (event: ServerEvent) => void,
): Promise<void> {
  let last: string | null = null;
  while (!signal.aborted) {
    try {
      const headers: Record<string, string> = last === null ? {} : { 'Last-Event-ID': last };
      const response = await callApi('GET /v1/ingestions/{id}/events', { path: { id }, headers, signal });
      if (response === undefined) return;
      for await (const event of readEvents(response)) {
        last = event.id ?? last;
        heard(event);
      }
    } catch (thrown) {
      if (signal.aborted || (thrown instanceof ApiProblem && thrown.status === 404)) return;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}
