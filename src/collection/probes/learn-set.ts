import type { ClipModel } from '../../clip/clip-model.js';
import type { ReferenceReader } from '../../references/reader.js';
import type { LabelSet } from '../label-set.js';
import { LabelStore } from '../labels/label-store.js';
import type { Collection } from '../open-collection.js';
import { sentencesOf } from '../tags/scorer.js';
import { keepHeldOut, keepProbe, type Probe } from './probe.js';
import { trainProbe } from './train-probe.js';

/**
 * Trains a probe by all labels of the set, and keeps it in place of the former one.
 * @param model opened only where the set's sentences are compared with
 * @throws `labels_too_few`
 */
export async function learnSet(
  set: LabelSet,
  parts: {
    readonly collection: Collection;
    readonly reader: ReferenceReader;
    readonly model: () => Promise<Pick<ClipModel, 'info' | 'embedTexts'>>;
  },
  force: boolean,
): Promise<Probe> {
  const { collection, reader } = parts;
  const sentences = set.zero_shot ? await sentencesOf(set, await parts.model()) : null;
  const labelled = new LabelStore(collection).of(set.id);
  const { probe, heldOut } = await trainProbe(set, labelled, reader, { sentences, force });
  keepProbe(collection, probe);
  keepHeldOut(collection, probe, heldOut);
  return probe;
}
