import { fault } from '../../domain/errors.js';
import type { ReferenceReader } from '../../references/reader.js';
import { type LabelSet, unknownLabel } from '../label-set.js';
import type { Collection } from '../open-collection.js';
import { LabelStore, type PhotoLabels } from './label-store.js';

/**
 * Keeps what somebody said of a photo, or takes it back where `labels` is null.
 * @throws `label_unknown`, `labels_differ` for several labels where one holds, `reference_not_found`
 */
export async function labelPhoto(
  set: LabelSet,
  { labels, ...photo }: Omit<PhotoLabels, 'labels'> & { readonly labels: readonly string[] | null },
  { collection, reader }: { readonly collection: Collection; readonly reader: Pick<ReferenceReader, 'get'> },
): Promise<void> {
  const store = new LabelStore(collection);
  if (labels === null) {
    store.remove(set.id, [photo.id]);
    return;
  }
  checkLabels(set, labels);
  if ((await reader.get(photo.id)) === null) {
    throw fault(
      'reference_not_found',
      `Expected the id of a reference, got ${photo.id}, which the index does not have.`,
    );
  }
  store.put(set.id, [{ ...photo, labels }]);
}

function checkLabels(set: LabelSet, labels: readonly string[]): void {
  const names = set.labels.map(({ name }) => name);
  for (const label of labels) if (!names.includes(label)) throw unknownLabel(set.id, label, names);
  if (set.kind === 'exclusive' && labels.length !== 1) {
    throw fault(
      'labels_differ',
      `Expected one label of the exclusive set ${set.id} for a photo, got ${labels.length}.`,
    );
  }
}
