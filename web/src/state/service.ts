import { signal } from '@preact/signals';
import { urlOf } from '../api/url.js';

export type ServiceState = 'ok' | 'gone' | 'starting' | 'index_away' | 'key_needed';

/** Whether the server answers. */
export const service = signal<ServiceState>('ok');

const POLL_MS = 1000;
let polling = false;

export function noteAnswer(status: number): void {
  if (status === 401) service.value = 'key_needed';
  else if (status === 503) askUntilReady(0);
  else if (service.peek() === 'key_needed') service.value = 'ok';
}

/** Notes that the server is gone, and asks until it is ready again. */
export function noteGone(): void {
  service.value = 'gone';
  askUntilReady(POLL_MS);
}

function askUntilReady(firstMs: number): void {
  if (polling) return;
  polling = true;
  const ask = async () => {
    const state = await fetch(urlOf('readyz'), { cache: 'no-store' }).then(stateOf, () => 'gone' as const);
    if (state === 'ok') polling = false;
    else setTimeout(ask, POLL_MS);
    service.value = state;
  };
  setTimeout(ask, firstMs);
}

async function stateOf(response: Response): Promise<ServiceState> {
  if (response.ok) return 'ok';
  const { code } = await response.json().catch(() => ({}));
  return code === 'cluster_unreachable' ? 'index_away' : 'starting';
}

/** Resolves when the server answers again and, where it needs a key, there is one. */
export function untilBack(signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = service.subscribe((state) => {
      if (state !== 'ok') return;
      queueMicrotask(() => stop());
      resolve();
    });
    signal.addEventListener('abort', () => {
      stop();
      reject(signal.reason);
    });
  });
}
