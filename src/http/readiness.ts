import type { ClipModel } from '../clip/clip-model.js';
import type { ReferenceReader } from '../references/reader.js';
import type { HttpParts } from './http-parts.js';

export interface Readiness {
  status(): 'ok' | 'starting' | 'stopping' | 'failed';
  model(): ClipModel | null;
  references(): ReferenceReader | null;
  stop(): void;
}

/** Opens model and index and remembers how far they are. Ready: the model is warm and the index open. */
export function watchReadiness(parts: HttpParts): Readiness {
  let model: ClipModel | null = null;
  let references: ReferenceReader | null = null;
  let failed = false;
  let stopping = false;
  const fail = () => {
    failed = true;
  };
  parts.model().then((opened) => {
    model = opened;
  }, fail);
  parts.references().then((opened) => {
    references = opened;
  }, fail);
  return {
    model: () => model,
    references: () => references,
    stop: () => {
      stopping = true;
    },
    status: () => {
      if (stopping) return 'stopping';
      if (failed) return 'failed';
      if (model === null || references === null) return 'starting';
      return references.current() ? 'ok' : 'failed';
    },
  };
}
