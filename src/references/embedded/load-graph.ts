import { basename, join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { IndexIdentity } from './index-folder.js';
import { type Manifest, readManifest } from './manifest.js';
import type { GraphParameters, SavedGraph } from './saved-graph.js';

/** Links per point, and breadth while building. */
export const GRAPH_M = 16;
export const GRAPH_EF_CONSTRUCTION = 200;
/**
 * Breadth of a search, by `npm run bench:hnsw` on 100,000 vectors of 512 dimensions: recall@10 is 1 from 100 on, and
 * recall@100, which groups of neighbours need, 0.84 at 100, 0.91 at 200, 0.95 at 400, 0.97 at 600. Locating asks for 400
 * neighbours, so its searches are that broad anyway.
 */
export const GRAPH_EF = 400;

/** What graph a file becomes: hnswlib's, which can be saved again, or one that is searched. */
export interface GraphKind<Graph> {
  create(parameters: GraphParameters): Graph;
  load(path: string, expected: SavedGraph): { graph: Graph } | { graph: null; problem: string };
}

export interface LoadedGraph<Graph> {
  readonly graph: Graph;
  readonly manifest: Manifest | null;
  /** Why the graph on disk was not used; null when it was, or when there was none. */
  readonly problem: string | null;
  /** True when `graph` is the one on disk. */
  readonly fromDisk: boolean;
}

/** The graph of an index, if every check holds; else an empty one, to be filled from SQLite. */
export function loadGraph<Graph>(
  kind: GraphKind<Graph>,
  folder: string,
  db: Database,
  identity: IndexIdentity,
): LoadedGraph<Graph> {
  let attempt = tryLoad(kind, folder, db, identity);
  // A writer may have replaced manifest and graph between the two reads.
  for (let again = 0; again < 2 && attempt.problem !== null; again++) {
    const now = readManifest(folder, identity);
    if (now?.graph?.file === attempt.manifest?.graph?.file) break;
    attempt = tryLoad(kind, folder, db, identity);
  }
  return attempt;
}

/** An empty graph for an index. */
export function createGraph<Graph>(kind: GraphKind<Graph>, dimension: number): Graph {
  return kind.create({ dimension, m: GRAPH_M, efConstruction: GRAPH_EF_CONSTRUCTION });
}

function tryLoad<Graph>(
  kind: GraphKind<Graph>,
  folder: string,
  db: Database,
  identity: IndexIdentity,
): LoadedGraph<Graph> {
  const manifest = readManifest(folder, identity);
  const record = manifest?.graph ?? null;
  const fresh = (problem: string | null): LoadedGraph<Graph> => ({
    graph: createGraph(kind, identity.dimension),
    manifest,
    problem,
    fromDisk: false,
  });
  if (record === null) return fresh(null);
  const problem = whyNotOurs(record, db, identity);
  if (problem !== null) return fresh(problem);
  const loaded = kind.load(join(folder, record.file), record);
  return 'problem' in loaded ? fresh(loaded.problem) : { graph: loaded.graph, manifest, problem: null, fromDisk: true };
}

function whyNotOurs(record: NonNullable<Manifest['graph']>, db: Database, identity: IndexIdentity): string | null {
  if (record.file !== basename(record.file)) return 'its manifest names a file elsewhere';
  if (record.model_id !== identity.modelId) return 'it was built for another model';
  if (record.dimension !== identity.dimension) return `it has ${record.dimension} dimensions`;
  if (record.last_change === 0) return null;
  const at = db.prepare('SELECT at_ms FROM changes WHERE number = ?').pluck().get(record.last_change);
  return at === record.last_change_at_ms ? null : 'it belongs to another history of the store';
}
