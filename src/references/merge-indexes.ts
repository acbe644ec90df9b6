import { fault } from '../domain/errors.js';
import { type CopyReport, copyIndex, type IndexCopying } from './copy-index.js';
import { indexModelMismatch } from './index-model-errors.js';
import type { OpenIndex, Store } from './store.js';

export interface Merging extends Pick<IndexCopying, 'to' | 'onProgress' | 'signal'> {
  readonly from: readonly { readonly store: Store; readonly name: string }[];
  readonly into: string;
}

const PAGE = 1_000;

/**
 * Brings several indexes of one model together in a new one, or one where this was begun: a photo that several have is one reference
 * with the sources of all. Compared at the end; killed or stopped at any point, the next run goes on.
 * @returns a report for each that was reached, in their order
 * @throws `index_model_mismatch` before anything is written, `copy_differs`, and as `copyIndex`
 */
export async function mergeIndexes({ from, into, ...how }: Merging): Promise<readonly CopyReport[]> {
  const [first] = from;
  const model = await first?.store.identity();
  for (const { store, name } of from) {
    const other = await store.identity();
    if (other === null) throw fault('index_not_found', `Expected an index at ${name}, but there is none.`);
    if (model && other.modelId !== model.modelId) throw indexModelMismatch(name, other, model);
  }
  const reports: CopyReport[] = [];
  for (const { store, name } of from) {
    const report = await copyIndex({ ...how, from: store, joins: true, names: { from: name, to: into } });
    reports.push(report);
    if (report.interrupted) return reports;
  }
  await checkNothingElse(how.to, from, into);
  return reports;
}

/** @throws `copy_differs` */
async function checkNothingElse(to: Store, from: Merging['from'], into: string): Promise<void> {
  const opened: OpenIndex[] = [];
  try {
    const merged = await to.open({ lazy: true });
    opened.push(merged);
    for (const { store } of from) opened.push(await store.open({ lazy: true }));
    const others = opened.slice(1);
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await merged.reader.scan({ limit: PAGE, ...(cursor === undefined ? {} : { cursor }) });
      let left = page.references.map(({ id }) => id);
      for (const { reader } of others) {
        const known = await reader.getMany(left);
        left = left.filter((id) => !known.has(id));
      }
      const [extra] = left;
      if (extra !== undefined)
        throw fault(
          'copy_differs',
          `Expected ${into} to hold what the others do and nothing else, but it has the reference ${extra}, which is in none of them. Merge into a new place.`,
        );
      cursor = page.cursor;
    }
  } finally {
    for (const index of opened) await index.close();
  }
}
