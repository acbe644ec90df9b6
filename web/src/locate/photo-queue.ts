import { batch, effect, type ReadonlySignal, type Signal, signal, untracked } from '@preact/signals';
import { callApi } from '../api/call.js';
import { ApiProblem, BrokenLink, isAbort, ServerGone } from '../api/problem.js';
import type { Hints, LocateAnswer } from '../api/types.js';
import { unnamed } from '../api/unnamed.js';
import { mapWanted } from '../map/overlay.js';
import { untilBack } from '../state/service.js';
import { plainText } from '../text/plain-text.js';
import { type AnswerSummary, summaryOf } from './answer-summary.js';

/**
 * State of a photo. `busy`: the encoder's queue is full, and it is tried again; `gone`: waits for the server; `keyless`: waits
 * for a key.
 */
export type PhotoState = 'waiting' | 'working' | 'busy' | 'gone' | 'keyless' | 'done' | 'failed' | 'cancelled';

export interface QueuedPhoto {
  readonly key: number;
  readonly name: string;
  /** null for a photo that came by its reference or in a link. */
  readonly file: File | null;
  /** URL of a preview; null where there is none. */
  readonly preview: string | null;
  readonly referenceId: string | null;
  readonly embedding: Float32Array | null;
  readonly state: PhotoState;
  readonly startedAt: number | null;
  /** The whole answer, for the shown photo alone. For others it is asked for again when they are shown. */
  readonly answer: LocateAnswer | null;
  readonly summary: AnswerSummary | null;
  readonly hints: Hints;
  readonly problem: unknown;
}

export type KnownQuery = { readonly embedding: readonly number[] } | { readonly reference_id: string };

/** Keys of the photos in the order in which they came. Each photo has a signal of its own: see `find`. */
export const queue = signal<readonly number[]>([]);
export const chosenKey = signal<number | null>(null);

/** Number of photos, and of those that are finished. */
export interface Tally {
  readonly all: number;
  readonly done: number;
  readonly failed: number;
  readonly cancelled: number;
}
let counts: Tally = { all: 0, done: 0, failed: 0, cancelled: 0 };
/** Follows `changes`: rendering the page at each answer would take longer than the answer. */
export const tally = signal<Tally>(counts);
export const endedOf = ({ done, failed, cancelled }: Tally): number => done + failed + cancelled;

const photos = new Map<number, Signal<QueuedPhoto>>();
/** Keys of waiting photos, in the order of their turns. */
const waiting = new Set<number>();
const running = new Map<number, AbortController>();
const RETRY_S = 1;
const RETRIES_MAX = 60;
/** Photos at a time: while the server encodes one, the next is sent and decoded. */
const AT_ONCE = 2;
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

/** Asks about a reference, or a photo that is known by its embedding alone. */
export function addKnown(photo: Omit<NewPhoto, 'file'>): void {
  addAll([{ ...photo, file: null }]);
}

function addAll(added: readonly NewPhoto[]): void {
  const keys = added.map((photo) => {
    const key = nextKey++;
    const state = 'waiting';
    photos.set(key, signal({ ...photo, key, state, startedAt: null, answer: null, summary: null, problem: null }));
    waiting.add(key);
    return key;
  });
  batch(() => {
    queue.value = [...queue.peek(), ...keys];
    counts = { ...counts, all: counts.all + keys.length };
    tally.value = counts;
    chosenKey.value = keys[0] ?? chosenKey.peek();
    mapWanted.value = true;
  });
  work();
}

/** Changes a photo's hints; it is not embedded again. */
export function setHints(key: number, hints: Hints): void {
  running.get(key)?.abort();
  patch(key, { hints, state: 'waiting' });
  work();
}

export function cancel(key: number): void {
  running.get(key)?.abort();
  patch(key, { state: 'cancelled' });
}

export function retry(key: number): void {
  // A server that comes back may have another model, to which the former vector does not belong.
  const afresh = find(key)?.file == null ? {} : { embedding: null, referenceId: null };
  patch(key, { ...afresh, state: 'waiting', problem: null });
  work();
}

export function retryFailed(): void {
  batch(() => {
    for (const [key, photo] of photos) if (photo.peek().state === 'failed') retry(key);
  });
}

export function remove(key: number): void {
  const at = queue.peek().indexOf(key);
  batch(() => {
    forget(key);
    queue.value = queue.peek().filter((other) => other !== key);
    if (chosenKey.peek() === key) chosenKey.value = queue.peek()[at] ?? queue.peek().at(-1) ?? null;
  });
}

export function removeAll(): void {
  batch(() => {
    for (const key of queue.peek()) forget(key);
    queue.value = [];
    chosenKey.value = null;
  });
}

function forget(key: number): void {
  running.get(key)?.abort();
  const photo = photos.get(key)?.peek();
  if (photo === undefined) return;
  if (photo.preview?.startsWith('blob:')) URL.revokeObjectURL(photo.preview);
  photos.delete(key);
  waiting.delete(key);
  counts = counted({ ...counts, all: counts.all - 1 }, photo.state, -1);
  tally.value = counts;
}

let working = 0;
let begun = { atMs: 0, ended: 0 };

/** Starts photos, `AT_ONCE` at a time; the shown one comes first. */
function work(): void {
  while (working < AT_ONCE) {
    const chosen = chosenKey.peek();
    const next = chosen !== null && waiting.has(chosen) ? chosen : waiting.values().next().value;
    if (next === undefined) return;
    if (working++ === 0) begun = { atMs: performance.now(), ended: endedOf(counts) };
    patch(next, { state: 'working', startedAt: performance.now(), problem: null });
    void ask(next).then(() => {
      working--;
      work();
    });
  }
}

/** Answers needed for an estimate of the remaining time. */
const GUESS_MIN = 5;

/** Seconds that the rest will take at the present rate; null while it is too early to tell, and at the end. */
export function secondsLeft(now: Tally): number | null {
  const ended = endedOf(now) - begun.ended;
  const open = now.all - endedOf(now);
  if (ended < GUESS_MIN || open === 0) return null;
  return ((performance.now() - begun.atMs) / 1000 / ended) * open;
}

/** Asks about a photo, and stores the outcome unless it was stopped meanwhile. */
async function ask(key: number): Promise<void> {
  const stop = new AbortController();
  running.set(key, stop);
  const changes = await answerTo(key, stop.signal).catch((thrown: unknown): Partial<QueuedPhoto> => {
    return isAbort(thrown) ? {} : { state: 'failed', problem: thrown };
  });
  if (running.get(key) !== stop) return;
  running.delete(key);
  if (!stop.signal.aborted) patch(key, changes);
}

async function answerTo(key: number, signal: AbortSignal): Promise<Partial<QueuedPhoto>> {
  const { summary, ...photo } = find(key) as QueuedPhoto;
  const { embedding, ...answer } = await patiently(key, signal, () => locate(photo, signal));
  const { query } = answer;
  const whole = { ...answer, query: { ...query, sha256: query.sha256 ?? summary?.query.sha256 ?? null } };
  return {
    ...(embedding && { embedding: Float32Array.from(embedding), referenceId: query.reference_id }),
    answer: key === chosenKey.peek() && answer.posterior !== undefined ? whole : null,
    summary: summaryOf(whole),
    state: 'done',
  };
}

/** Asks for the answer: with its evidence for the shown photo, without for others. */
async function locate(photo: Omit<QueuedPhoto, 'summary'>, signal: AbortSignal): Promise<LocateAnswer> {
  const { key, file, hints } = photo;
  const shown = key === chosenKey.peek() ? { k: 24, posterior: true } : { k: 0, candidates: 1 };
  const options = { ...shown, ...(Object.keys(hints).length > 0 && { hints }) };
  const query = knownQuery(photo);
  if (query !== null) return callApi('POST /v1/locate', { json: { ...query, ...options }, signal });
  if (file === null) throw new BrokenLink();
  const image = await unnamed(file);
  signal.throwIfAborted();
  const form = { image, options: { ...options, include_embedding: true } };
  return callApi('POST /v1/locate', { form, signal });
}

/**
 * The query for a photo without its file; null before it is embedded. A reference is asked about by its id, so that the server
 * leaves it out of its own evidence.
 */
export function knownQuery({
  referenceId,
  embedding,
}: Pick<QueuedPhoto, 'referenceId' | 'embedding'>): KnownQuery | null {
  if (referenceId !== null) return { reference_id: referenceId };
  return embedding === null ? null : { embedding: Array.from(embedding) };
}

/** Retries when the server was busy or away, and when a key was given. */
async function patiently<T>(key: number, signal: AbortSignal, act: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await act();
    } catch (thrown) {
      signal.throwIfAborted();
      const busy = thrown instanceof ApiProblem && (thrown.status === 429 || thrown.status === 503);
      const keyless = thrown instanceof ApiProblem && thrown.status === 401;
      if (tries >= RETRIES_MAX || !(busy || keyless || thrown instanceof ServerGone)) throw thrown;
      tell(key, busy ? 'busy' : keyless ? 'keyless' : 'gone');
      if (busy) await wait(1000 * ((thrown as ApiProblem).retryAfterS ?? RETRY_S), signal);
      else await untilBack(signal);
      tell(key, 'working');
    }
  }
}

/** Sets the state, unless the photo has an answer already: asking for it again does not make the photo wait. */
function tell(key: number, state: PhotoState): void {
  if (find(key)?.state !== 'done') patch(key, { state });
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

/** The photo as it is now; in an effect it subscribes to this photo alone. */
export const find = (key: number | null): QueuedPhoto | null =>
  key === null ? null : (photos.get(key)?.value ?? null);

/** The same without subscribing, for code that reads all photos when `changes` changes. */
export const glance = (key: number): QueuedPhoto | null => photos.get(key)?.peek() ?? null;

function patch(key: number, changes: Partial<QueuedPhoto>): void {
  const photo = photos.get(key);
  if (photo === undefined) return;
  const before = photo.peek();
  const next = { ...before, ...changes };
  batch(() => {
    photo.value = next;
    if (before.state !== next.state) {
      if (next.state === 'waiting') waiting.add(key);
      else waiting.delete(key);
      counts = counted(counted(counts, before.state, -1), next.state, 1);
    }
    noteChange();
  });
}

function counted(before: Tally, state: PhotoState, by: 1 | -1): Tally {
  if (state !== 'done' && state !== 'failed' && state !== 'cancelled') return before;
  return { ...before, [state]: before[state] + by };
}

const changed = signal(0);
/**
 * Counts up after changes of photos, at most once a second: a sorted list or a map of all photos follows this and not each
 * photo.
 */
export const changes: ReadonlySignal<number> = changed;
const CHANGES_PAUSE_MS = 1000;
let changedAtMs = Number.NEGATIVE_INFINITY;
let due: ReturnType<typeof setTimeout> | undefined;

function noteChange(): void {
  if (due !== undefined) return;
  due = setTimeout(
    () => {
      due = undefined;
      changedAtMs = performance.now();
      batch(() => {
        changed.value++;
        tally.value = counts;
      });
    },
    Math.max(0, changedAtMs + CHANGES_PAUSE_MS - performance.now()),
  );
}

/** Key of the shown photo, the only one with its whole answer. */
let looked: number | null = null;
effect(() => {
  const key = chosenKey.value;
  const photo = find(key);
  untracked(() => {
    if (looked !== key && looked !== null) {
      const before = find(looked);
      if (before?.state === 'done') running.get(looked)?.abort();
      if (before?.answer != null) patch(looked, { answer: null });
    }
    looked = key;
    if (photo?.state === 'done' && photo.answer === null && !isAsked(photo.key)) void ask(photo.key);
  });
});

const isAsked = (key: number): boolean => running.get(key)?.signal.aborted === false;
