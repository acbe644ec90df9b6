import type { Database } from 'better-sqlite3';
import { distanceKm } from '../../geo/distance.js';
import type { SelfSimilarity } from '../reader.js';
import { GROUP_KM, GroupFinder } from './group-finder.js';
import type { HnswGraph } from './hnsw-file.js';
import { dotAt, vectorFromBytes } from './vector-table.js';

const SAMPLE_MAX = 2000;
const GROUPS_MIN = 100;
const SHARES = [0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1] as const;
const FETCHES = [64, 512, 4096] as const;

interface Row {
  readonly label: number;
  readonly lat: number;
  readonly lon: number;
  readonly sequence: string | null;
  readonly author: string | null;
}

/**
 * The index's own nearest-group cosines: for each group's founder (at most 2,000, those of the smallest ids: they are
 * hashes, so this is a fixed random sample) the cosine of the nearest reference of another sequence and author and more
 * than 25 m away. A founder without one in reach is left out. null where fewer than 100 remain.
 */
export function measureSelfSimilarity(db: Database, graph: HnswGraph, ef: number): SelfSimilarity | null {
  const founders = sampleFounders(db);
  if (founders === null) return null;
  const vectorOf = db.prepare('SELECT vector FROM vectors WHERE label = ?').pluck();
  const factsOf = db.prepare('SELECT label, lat, lon, sequence, author FROM "references" WHERE label = ?');
  const cosines: number[] = [];
  for (const founder of founders) {
    const vector = vectorFromBytes(vectorOf.get(founder.label) as Buffer);
    const other = nearestOther(founder, vector, graph, ef, (label) => factsOf.get(label) as Row | undefined);
    if (other === null) continue;
    cosines.push(dotAt(vectorFromBytes(vectorOf.get(other) as Buffer), 0, vector));
  }
  if (cosines.length < GROUPS_MIN) return null;
  cosines.sort((a, b) => a - b);
  return {
    q05: quantile(cosines, 0.05),
    q25: quantile(cosines, 0.25),
    count: cosines.length,
    quantiles: SHARES.map((share) => [share, quantile(cosines, share)]),
  };
}

function sampleFounders(db: Database): readonly Row[] | null {
  const finder = new GroupFinder();
  const founders: (Row & { id: string })[] = [];
  const rows = db.prepare('SELECT label, id, lat, lon, sequence, author FROM "references" ORDER BY label');
  for (const row of rows.iterate() as Iterable<Row & { id: string }>) {
    if (finder.add(row.lat, row.lon, row.sequence).founded) founders.push(row);
  }
  if (founders.length < GROUPS_MIN) return null;
  return founders.sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, SAMPLE_MAX);
}

function nearestOther(
  founder: Row,
  vector: Float32Array,
  graph: HnswGraph,
  ef: number,
  factsOf: (label: number) => Row | undefined,
): number | null {
  let seen = 0;
  for (const fetch of FETCHES) {
    const labels = graph.search(vector, fetch, Math.max(ef, fetch));
    for (const label of labels.slice(seen)) {
      const facts = factsOf(label);
      if (facts !== undefined && isIndependent(founder, facts)) return label;
    }
    if (labels.length < fetch) return null;
    seen = labels.length;
  }
  return null;
}

function isIndependent(a: Row, b: Row): boolean {
  if (a.label === b.label) return false;
  if (a.sequence !== null && a.sequence === b.sequence) return false;
  if (a.author !== null && a.author === b.author) return false;
  return distanceKm(a, b) > GROUP_KM;
}

function quantile(sorted: readonly number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}
