import type { ClipModel } from '../clip/clip-model.js';
import type { OpenIndex } from '../references/store.js';
import type { HttpParts } from './http-parts.js';

export interface Readiness {
  status(): Promise<'ok' | 'starting' | 'stopping' | 'failed'>;
  model(): ClipModel | null;
  index(): OpenIndex | null;
  stop(): void;
}

/** Opens model and index and remembers how far they are. Ready: the model is warm and the index open. */
export function watchReadiness(parts: HttpParts): Readiness {
  let model: ClipModel | null = null;
  let index: OpenIndex | null = null;
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
  return {
    model: () => model,
    index: () => index,
    stop: () => {
      stopping = true;
    },
    status: async () => {
      if (stopping) return 'stopping';
      if (failed) return 'failed';
      if (model === null || index === null) return 'starting';
      return (await index.reader.current()) ? 'ok' : 'failed';
    },
  };
}
