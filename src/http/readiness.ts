import type { ClipModel } from '../clip/clip-model.js';
import type { OpenIndex } from '../references/store.js';
import type { HttpParts } from './http-parts.js';

export interface Readiness {
  /** Why it is not ready, in a sentence, where it is not for the same reason as `status` says. */
  problem(): string | null;
  status(): Promise<'ok' | 'starting' | 'stopping' | 'failed'>;
  model(): ClipModel | null;
  index(): OpenIndex | null;
  stop(): void;
}

/** Opens all that an answer needs and remembers how far it is. Ready: all of it is open, and its threads are alive. */
export function watchReadiness(parts: HttpParts): Readiness {
  let model: ClipModel | null = null;
  let index: OpenIndex | null = null;
  let places = false;
  let failed = false;
  let stopping = false;
  const fail = () => {
    failed = true;
  };
  parts.model().then((opened) => {
    model = opened;
  }, fail);
  parts.index().then((opened) => {
    index = opened;
  }, fail);
  parts.gazetteer().then(() => {
    places = true;
  }, fail);
  const problem = () => model?.problem() ?? index?.problem() ?? null;
  return {
    problem,
    model: () => model,
    index: () => index,
    stop: () => {
      stopping = true;
    },
    status: async () => {
      if (stopping) return 'stopping';
      if (failed) return 'failed';
      if (model === null || index === null || !places) return 'starting';
      if (problem() !== null) return 'failed';
      return (await index.reader.current()) ? 'ok' : 'failed';
    },
  };
}
