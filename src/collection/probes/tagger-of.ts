import type { ClipModel } from '../../clip/clip-model.js';
import type { LabelSet } from '../label-set.js';
import type { Collection } from '../open-collection.js';
import { sentenceTagger, type Tagger } from '../tags/scorer.js';
import { readProbe } from './probe.js';
import { probeTagger } from './probe-tagger.js';

/**
 * The tagger of an index for a set: its probe where that is useful, else the set's sentences.
 * @throws `label_set_needs_labels`, `probe_invalid`, `probe_model_mismatch`
 */
export function taggerOf(
  set: LabelSet,
  collection: Collection,
  modelId: string,
  model: Pick<ClipModel, 'info' | 'embedTexts'>,
): Tagger {
  const probe = readProbe(collection, set.id, modelId);
  return probe !== null && (probe.better || probe.forced) ? probeTagger(probe) : sentenceTagger(set, model);
}
