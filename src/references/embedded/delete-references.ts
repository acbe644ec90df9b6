import { rmSync } from 'node:fs';
import { FILES_ROOT } from '../files-root.js';
import { openForMaintenance } from './open-index.js';
import { sourcePath } from './source-file.js';

/**
 * Deletes references with their vectors and sources, and the bytes that the index itself keeps of them; the user's own
 * files are never touched. The graph's file is left as it is: it is as large as the index, and who opens it catches up.
 * @throws `index_busy` (later) and what opening an index throws.
 */
export async function deleteReferences(
  folder: string,
  ids: readonly string[],
): Promise<{ readonly deleted: readonly string[]; readonly missing: readonly string[] }> {
  const writer = await openForMaintenance(folder);
  try {
    const found = await writer.getMany([...new Set(ids)]);
    const known = [...found.keys()];
    const kept = [...found.values()].flatMap(({ sources }) => sources).filter((source) => source.root === FILES_ROOT);
    writer.transaction((tx) => {
      for (const id of known) tx.remove(id);
    });
    for (const source of kept) rmSync(sourcePath(folder, source), { force: true });
    return { deleted: known, missing: ids.filter((id) => !known.includes(id)) };
  } finally {
    await writer.close();
  }
}
