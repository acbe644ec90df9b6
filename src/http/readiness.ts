import type { ClipModel } from '../clip/clip-model.js';
import { StreetdexError } from '../domain/errors.js';
import type { OpenIndex } from '../references/store.js';
import type { HttpParts } from './http-parts.js';

export interface Readiness {
  /** Why it is not ready, in a sentence, where it is not for the same reason as `status` says. */
  problem(): string | null;
  /** What passes by itself and is in the way now, such as a cluster that does not answer; null where nothing is. */
  waitsFor(): Promise<StreetdexError | null>;
  status(): Promise<'ok' | 'starting' | 'stopping' | 'failed'>;
  model(): ClipModel | null;
  index(): OpenIndex | null;
  stop(): void;
}

/**
 * Opens all that an answer needs and remembers how far it is; what fails for a time is tried again by who asks. Ready: all of it is
 * open, and its threads are alive.
 */
export function watchReadiness(parts: HttpParts): Readiness {
  const model = opening(() => parts.model());
  const index = opening(() => parts.index());
  const places = opening(() => parts.gazetteer());
  const all = [model, index, places];
  let stopping = false;
  const problem = () => model.opened()?.problem() ?? index.opened()?.problem() ?? null;
  const waitsFor = async () => {
    const failed = all.map((part) => part.later()).find((one) => one !== null);
    if (failed) return failed;
    const current = index.opened()?.reader.current();
    return current?.then(() => null, laterOnly) ?? null;
  };
  return {
    problem,
    waitsFor,
    model: model.opened,
    index: index.opened,
    stop: () => {
      stopping = true;
    },
    status: async () => {
      if (stopping) return 'stopping';
      if (all.some((part) => part.failed())) return 'failed';
      const reader = index.opened()?.reader;
      if (reader === undefined || all.some((part) => part.opened() === null)) return 'starting';
      if (problem() !== null || (await waitsFor()) !== null) return 'failed';
      return (await reader.current()) ? 'ok' : 'failed';
    },
  };
}

function laterOnly(error: unknown): StreetdexError {
  if (error instanceof StreetdexError && error.family === 'later') return error;
  throw error;
}

function opening<T>(open: () => Promise<T>) {
  let opened: T | null = null;
  let failure: unknown = null;
  const begin = () => {
    open().then(
      (part) => {
        opened = part;
        failure = null;
      },
      (error: unknown) => {
        failure = error;
      },
    );
  };
  begin();
  return {
    opened: () => opened,
    failed: () => failure !== null,
    /** Its failure where that passes; it is tried again. */
    later: () => {
      if (!(failure instanceof StreetdexError && failure.family === 'later')) return null;
      const error = failure;
      begin();
      return error;
    },
  };
}
