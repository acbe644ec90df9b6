import { join } from 'node:path';
import type { RebuildReport } from '../maintenance.js';
import { openForReading } from './index-folder.js';
import { fingerprintGraphFile } from './inspect-graph-file.js';
import { readManifest } from './manifest.js';
import { openForMaintenance } from './open-index.js';

export interface GraphReport extends RebuildReport {
  readonly generation: number;
  /** Depends on the references alone, whatever was written and deleted before. */
  readonly fingerprint: string;
}

/**
 * Counts the references per cell anew, gives rows of before their sums, and builds the graph anew from SQLite, in the order of ids and with a fixed seed: the
 * same references give an equal graph, whatever the order in which they were written.
 * @throws `index_busy` (later), `disk_full` (later), and what opening an index throws.
 */
export async function rebuildGraph(folder: string): Promise<GraphReport> {
  const started = performance.now();
  const writer = await openForMaintenance(folder);
  try {
    writer.recount();
    writer.fillSums();
    const { generation, points } = await writer.saveGraph({ rebuild: true });
    const fingerprint = graphFingerprint(folder) ?? '';
    return { generation, points, fingerprint, tookMs: performance.now() - started };
  } finally {
    await writer.close();
  }
}

/**
 * A hash over every point's id, vector and links. Labels are left out, since they depend on what was written and deleted
 * before. null without a graph.
 */
export function graphFingerprint(folder: string): string | null {
  const { db, identity } = openForReading(folder);
  try {
    const file = readManifest(folder, identity)?.graph?.file;
    if (file === undefined) return null;
    const idOf = db.prepare('SELECT id FROM "references" WHERE label = ?').pluck();
    return fingerprintGraphFile(join(folder, file), (label) => String(idOf.get(label) ?? 'deleted'));
  } finally {
    db.close();
  }
}
