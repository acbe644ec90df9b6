import { request } from './call.js';

const RETRY_MS = 2000;

export interface ServerEvent {
  readonly type: string;
  readonly data: unknown;
}

/**
 * Follows server-sent events until the server says that there are no more (204) or `signal` ends it; comes back after a cut
 * with the last id it saw. EventSource would do, but can't show an API key.
 */
export async function followEvents(
  path: string,
  signal: AbortSignal,
  heard: (event: ServerEvent) => void,
): Promise<void> {
  let last: string | null = null;
  while (!signal.aborted) {
    try {
      const headers = { accept: 'text/event-stream', ...(last !== null && { 'last-event-id': last }) };
      const response = await request(path, { signal, headers, cache: 'no-store' });
      if (response.status === 204 || response.body === null) return;
      for await (const block of blocksOf(response.body)) {
        const { id, type, data } = readBlock(block);
        if (id !== null) last = id;
        if (data !== '') heard({ type, data: JSON.parse(data) });
      }
    } catch (thrown) {
      if (signal.aborted) return;
      if ((thrown as { status?: number }).status === 404) return;
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

/** Events are parted by an empty line. */
async function* blocksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += value;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    yield* blocks;
  }
}

function readBlock(block: string): { id: string | null; type: string; data: string } {
  const found = { id: null as string | null, type: 'message', data: '' };
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name === 'id') found.id = value;
    if (name === 'event') found.type = value;
    if (name === 'data') found.data += value;
  }
  return found;
}
