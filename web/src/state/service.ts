import { signal } from '@preact/signals';
import { urlOf } from '../api/url.js';

export type ServiceState = 'ok' | 'gone' | 'starting' | 'key_needed';

/** Whether the server answers. */
export const service = signal<ServiceState>('ok');

const POLL_MS = 1000;
let polling = false;

export function noteAnswer(status: number): void {
  if (status === 401) service.value = 'key_needed';
  else if (service.peek() === 'key_needed') service.value = 'ok';
}

/** A call found nobody: ask until the server is ready again. */
export function noteGone(): void {
  service.value = 'gone';
  if (polling) return;
  polling = true;
  const ask = async () => {
    const status = await fetch(urlOf('readyz'), { cache: 'no-store' }).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) {
      polling = false;
      service.value = 'ok';
    } else {
      service.value = status === 0 ? 'gone' : 'starting';
      setTimeout(ask, POLL_MS);
    }
  };
  setTimeout(ask, POLL_MS);
}

/** Resolves when the server answers again, and where it wants a key, when there is one. */
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
