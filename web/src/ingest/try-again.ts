import { callApi } from '../api/call.js';
import { followIngestion } from '../api/follow-ingestion.js';
import type { Ingestion } from '../api/types.js';

export interface WhichFailures {
  readonly code?: string;
  readonly q?: string;
}

/**
 * Retries the failures of these ingestions one after the other, since the server runs one at a time; when `signal` is aborted,
 * none follows.
 * @param begun called as each of them begins
 */
export async function tryAgain(
  ids: readonly string[],
  which: WhichFailures,
  signal: AbortSignal,
  begun: () => void,
): Promise<void> {
  for (const id of ids) {
    if (signal.aborted) return;
    const { id: again } = await callApi('POST /v1/ingestions/{id}/retry', { path: { id }, json: which });
    begun();
    await over(again, signal);
  }
}

async function over(id: string, signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  signal.addEventListener('abort', () => stop.abort(), { once: true });
  await followIngestion(id, stop.signal, ({ event, data }) => {
    if (event === 'status' && (data as Ingestion).state !== 'running') stop.abort();
  });
}
