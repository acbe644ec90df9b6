import { createHash } from 'node:crypto';
import type { Locator } from '../../locate/locator.js';
import type { OpenIndex } from '../../references/store.js';

/** Another one whenever the index, its model, its tuning, the gazetteer or the known copies are others: evidence rests on them all. */
export async function evidenceStamp(index: OpenIndex, locator: Locator, copies: number): Promise<string> {
  const { references } = await index.catalogue.counts();
  const { version } = await index.summaries.summary();
  const parts = [
    index.reader.modelId,
    references,
    version,
    await index.engine(),
    locator.profile,
    locator.gazetteer.hash,
  ];
  return createHash('sha256')
    .update(JSON.stringify([...parts, copies]))
    .digest('hex');
}
