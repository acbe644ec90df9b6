import type { LabelSet } from './label-set.js';
import { listLabelSets } from './label-sets.js';
import { LabelStore } from './labels/label-store.js';
import type { Collection } from './open-collection.js';
import { listProbes } from './probes/probe.js';
import type { TaggedSet, Tags } from './tags/tags.js';

/** A label set, and what an index knows of its answers. */
export interface KnownSet {
  readonly set: LabelSet;
  readonly own: boolean;
  readonly tags: TaggedSet | null;
  /** Number of photos that people labelled. */
  readonly labelled: number;
  /** Whether there is one. */
  readonly probe: boolean;
}

/** All label sets that can be used, by name. @param dataDir as `listLabelSets` takes it */
export function knownSets(
  dataDir: string,
  { collection, tags }: { readonly collection: Collection; readonly tags: Tags },
  modelId: string,
): KnownSet[] {
  const tagged = new Map(tags.states(modelId).map((state) => [state.name, state]));
  const probes = new Set(listProbes(collection));
  const labels = new LabelStore(collection);
  return listLabelSets(dataDir).flatMap(({ name, own, set }) =>
    set === null
      ? []
      : [{ set, own, tags: tagged.get(name) ?? null, labelled: labels.count(name), probe: probes.has(name) }],
  );
}
