import type { Database } from 'better-sqlite3';
import { isGeoPoint } from '../../domain/geo-point.js';
import { COMPARED_MAX, measureSelfSimilarity, type Scene } from '../self-similarity.js';
import type { SelfSimilarity } from '../summaries.js';
import type { HnswGraph } from './hnsw-graph.js';
import { vectorFromBytes } from './stored-vector.js';

type Row = Scene & { readonly label: number };

/** Self-similarity of the references in SQLite, by their own vectors; where a place has many, the graph searches them. */
export function measureSimilarity(db: Database, graph: HnswGraph, ef: number): SelfSimilarity | null {
  const all = db.prepare('SELECT label, id, lat, lon, sequence, author FROM "references" ORDER BY id').all();
  // A position that changed on the disk to none is near nothing.
  const rows = (all as readonly Row[]).filter(isGeoPoint);
  const byLabel = new Map(rows.map((row) => [row.label, row]));
  return measureSelfSimilarity(rows, {
    ofCell: () => readVectors(db, graph.parameters.dimension),
    search: (vector, k) => graph.search(vector, k, Math.max(ef, k)).flatMap((label) => byLabel.get(label) ?? []),
  });
}

/** Reads vectors by row; the last ones read are kept. */
function readVectors(db: Database, dimension: number): (row: Row) => Float32Array {
  const read = db.prepare('SELECT vector FROM vectors WHERE label = ?').pluck();
  const kept = new Map<number, Float32Array>();
  return ({ label }) => {
    const known = kept.get(label);
    if (known !== undefined) return known;
    const vector = vectorFromBytes(read.get(label) as Buffer, dimension);
    if (kept.size < 4 * COMPARED_MAX) kept.set(label, vector);
    return vector;
  };
}
