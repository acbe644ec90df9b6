import { signal } from '@preact/signals';
import { callApi } from '../api/call.js';
import { ApiProblem, BrokenLink, isAbort, ServerGone } from '../api/problem.js';
import type { Hints, LocateAnswer } from '../api/types.js';
import { unnamed } from '../api/unnamed.js';
import { mapWanted } from '../map/overlay.js';
import { untilBack } from '../state/service.js';
import { plainText } from '../text/plain-text.js';

/**
 * How far a photo is. `busy`: the encoder's queue is full, it is tried again; `gone`: it waits for the server; `keyless`: it
 * waits for a key.
 */
export type PhotoState = 'waiting' | 'working' | 'busy' | 'gone' | 'keyless' | 'done' | 'failed' | 'cancelled';

export interface QueuedPhoto {
  readonly key: number;
  readonly name: string;
  /** null for a photo that came by its reference or in a link. */
  readonly file: File | null;
  /** What to show of it; null when there is nothing. */
  readonly preview: string | null;
  readonly referenceId: string | null;
  readonly embedding: readonly number[] | null;
  readonly state: PhotoState;
  readonly startedAt: number | null;
  readonly answer: LocateAnswer | null;
  readonly hints: Hints;
  readonly problem: unknown;
}

export type KnownQuery = { readonly embedding: readonly number[] } | { readonly reference_id: string };

export const queue = signal<readonly QueuedPhoto[]>([]);
export const chosenKey = signal<number | null>(null);

const running = new Map<number, AbortController>();
const RETRY_S = 1;
const RETRIES_MAX = 60;
let nextKey = 1;

type NewPhoto = Pick<QueuedPhoto, 'name' | 'file' | 'preview' | 'referenceId' | 'embedding' | 'hints'>;

/** Puts photos at the end of the queue; the first of them is shown. */
export function addFiles(files: readonly File[]): void {
  addAll(
    files.map((file) => ({
      name: plainText(file.name),
      file,
      preview: URL.createObjectURL(file),
      referenceId: null,
      embedding: null,
      hints: {},
    })),
  );
}

/** Asks about a reference of the index, or about a photo of which only the embedding is known. */
export function addKnown(photo: Omit<NewPhoto, 'file'>): void {
  addAll([{ ...photo, file: null }]);
}

function addAll(photos: readonly NewPhoto[]): void {
  const added = photos.map((photo): QueuedPhoto => {
    const key = nextKey++;
    return { ...photo, key, state: 'waiting', startedAt: null, answer: null, problem: null };
  });
  queue.value = [...queue.value, ...added];
  chosenKey.value = added[0]?.key ?? chosenKey.value;
  mapWanted.value = true;
  void work();
}

/** Changes what is known of the place; the photo is not embedded again. */
export function setHints(key: number, hints: Hints): void {
  patch(key, { hints, state: 'waiting' });
  running.get(key)?.abort();
  void work();
}

export function cancel(key: number): void {
  patch(key, { state: 'cancelled' });
  running.get(key)?.abort();
}

export function retry(key: number): void {
  patch(key, { state: 'waiting', problem: null });
  void work();
}

export function remove(key: number): void {
  running.get(key)?.abort();
  const photo = find(key);
  if (photo?.preview?.startsWith('blob:')) URL.revokeObjectURL(photo.preview);
  const at = queue.value.findIndex((other) => other.key === key);
  queue.value = queue.value.filter((other) => other.key !== key);
  if (chosenKey.value === key) chosenKey.value = (queue.value[at] ?? queue.value.at(-1))?.key ?? null;
}

let working = false;

/** One photo at a time, as the server's encoder does; the one that is looked at comes first. */
async function work(): Promise<void> {
  if (working) return;
  working = true;
  for (;;) {
    const waiting = queue.value.filter(({ state }) => state === 'waiting');
    const next = waiting.find(({ key }) => key === chosenKey.value) ?? waiting[0];
    if (next === undefined) break;
    await workOn(next.key);
  }
  working = false;
}

async function workOn(key: number): Promise<void> {
  const stop = new AbortController();
  running.set(key, stop);
  patch(key, { state: 'working', startedAt: performance.now(), problem: null });
  try {
    await embed(key, stop.signal);
    const { hints } = find(key) ?? {};
    const answer = await patiently(key, stop.signal, () => locate(key, stop.signal));
    // Hints that came meanwhile are asked about in the next round.
    if (find(key)?.hints === hints) patch(key, { answer, state: 'done' });
  } catch (thrown) {
    const cancelled = isAbort(thrown) || stop.signal.aborted;
    if (!cancelled) patch(key, { state: 'failed', problem: thrown });
  } finally {
    running.delete(key);
  }
}

async function embed(key: number, signal: AbortSignal): Promise<void> {
  const photo = find(key);
  if (photo?.file == null || photo.embedding !== null || photo.referenceId !== null) return;
  const image = await unnamed(photo.file);
  signal.throwIfAborted();
  const { embedding, query } = await patiently(key, signal, () =>
    callApi('POST /v1/embed', { form: { image }, signal }),
  );
  patch(key, { embedding, referenceId: query.reference_id });
}

function locate(key: number, signal: AbortSignal): Promise<LocateAnswer> {
  const photo = find(key) as QueuedPhoto;
  const query = knownQuery(photo);
  if (query === null) throw new BrokenLink();
  const { hints } = photo;
  const options = { k: 24, posterior: true, ...(Object.keys(hints).length > 0 && { hints }) };
  return callApi('POST /v1/locate', { json: { ...query, ...options }, signal });
}

/**
 * How the server is asked about a photo without its file; null before it is embedded. One that is in the index is asked
 * about by its id: the server then leaves it out of its own evidence.
 */
export function knownQuery({
  referenceId,
  embedding,
}: Pick<QueuedPhoto, 'referenceId' | 'embedding'>): KnownQuery | null {
  if (referenceId !== null) return { reference_id: referenceId };
  return embedding === null ? null : { embedding };
}

/** Tries again when the server is busy, when it has been away, and when a key has been given. */
async function patiently<T>(key: number, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      const answer = await ask();
      patch(key, { state: 'working' });
      return answer;
    } catch (thrown) {
      const busy = thrown instanceof ApiProblem && (thrown.status === 429 || thrown.status === 503);
      const keyless = thrown instanceof ApiProblem && thrown.status === 401;
      if (tries >= RETRIES_MAX || !(busy || keyless || thrown instanceof ServerGone)) throw thrown;
      patch(key, { state: busy ? 'busy' : keyless ? 'keyless' : 'gone' });
      if (busy) await wait(1000 * ((thrown as ApiProblem).retryAfterS ?? RETRY_S), signal);
      else await untilBack(signal);
    }
  }
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}

export const find = (key: number | null): QueuedPhoto | null => queue.value.find((photo) => photo.key === key) ?? null;

function patch(key: number, changes: Partial<QueuedPhoto>): void {
  queue.value = queue.value.map((photo) => (photo.key === key ? { ...photo, ...changes } : photo));
}
