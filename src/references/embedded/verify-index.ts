import { existsSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { storeError } from '../../store/store-error.js';
import { writerOf } from '../../store/writer-lock.js';
import { FILES_ROOT } from '../files-root.js';
import { reembedCommand } from '../index-model-errors.js';
import type { VerifyReport } from '../maintenance.js';
import { countWrongCoverage } from './coverage-counts.js';
import { nextVectorsBegun } from './embedded-next-vectors.js';
import { countChanged } from './facts-sum.js';
import { openForReading } from './index-folder.js';
import { IndexFollower } from './index-follower.js';
import { readManifest } from './manifest.js';
import type { ReferenceTable } from './reference-table.js';
import { sourcePath } from './source-file.js';
import { StoredFiles } from './stored-files.js';
import { vectorFromBytes, vectorToBytes } from './stored-vector.js';

const SAMPLE = 100;

export interface FolderReport extends VerifyReport {
  readonly generation: number;
  readonly graph: {
    readonly state: 'current' | 'behind' | 'none' | 'not trusted';
    readonly points: number;
    readonly deleted: number;
    readonly missing: number;
  };
  /** Share of the exact ten nearest that the graph finds, over a fixed sample of references; null without a graph. */
  readonly recallAt10: number | null;
}

/** Checks all that an index stores; changes nothing. Takes as much memory as a reader of the index. */
export function verifyIndex(folder: string): FolderReport {
  const { db, identity } = openForReading(folder);
  try {
    // SQLite's own check does not know our schema: preparing a reader's statements fails where a table or column is missing.
    void new StoredFiles(db, 'as they are');
    const problems = [...checkDatabase(db), ...checkRows(db), ...checkVectors(db, identity.dimension)];
    const notices: string[] = [];
    const { changed, without } = countChanged(db);
    if (changed > 0) {
      problems.push(
        `${changed} references or sources are not what was written: bytes of the database changed on the disk. Put back a copy made by \`streetdex index backup\`, or write their facts anew by \`streetdex ingest … --recheck\`; of one that this leaves damaged, an answer says what to do.`,
      );
    }
    if (without > 0)
      notices.push(
        `${without} references and sources are of before sums were kept; \`streetdex index rebuild\` makes them.`,
      );
    const manifest = readManifest(folder, identity);
    const wrongCounts = countWrongCoverage(db);
    if (wrongCounts > 0)
      notices.push(`${wrongCounts} counts of the coverage map are wrong; run \`streetdex index rebuild\`.`);
    const next = nextVectorsBegun(db);
    if (next !== null) {
      problems.push(...checkVectors(db, next.dimension, 'next_vectors'));
      notices.push(
        `It is on its way to the model ${next.modelName}, of which ${next.embedded} references have vectors: go on with ${reembedCommand(folder, next.modelName)}`,
      );
    }
    const { sourcesMissing, missingRoots } = countMissing(db, folder);
    if (sourcesMissing > 0)
      notices.push(`The files of ${sourcesMissing} sources are not there now: see \`streetdex index prune\`.`);
    for (const root of missingRoots) notices.push(`The root ${root} is not there: mount it, or remap it.`);
    const writer = writerOf(folder);
    if (writer !== null) notices.push(`It is being written by ${writer}: figures may move.`);
    const count = (table: string) => db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
    const graph =
      problems.length === 0 ? checkGraph(folder, db, { problems, notices }) : { state: 'none' as const, ...NO_GRAPH };
    return {
      ok: problems.length === 0,
      problems,
      notices,
      references: count('"references"'),
      sources: count('sources'),
      failures: count('standing_failures'),
      dimension: identity.dimension,
      model: identity.modelId,
      generation: manifest?.generation ?? 0,
      graph: { state: graph.state, points: graph.points, deleted: graph.deleted, missing: graph.missing },
      recallAt10: graph.recallAt10,
      sourcesMissing,
      engine: `graph ${graph.state}`,
      repaired: 0,
    };
  } catch (error) {
    throw storeError(error, db.name);
  } finally {
    db.close();
  }
}

const NO_GRAPH = { points: 0, deleted: 0, missing: 0, recallAt10: null };

function checkDatabase(db: Database): readonly string[] {
  const integrity = db.pragma('integrity_check(20)') as { integrity_check: string }[];
  const foreign = db.pragma('foreign_key_check') as { table: string }[];
  return [
    ...integrity.filter((row) => row.integrity_check !== 'ok').map((row) => `SQLite: ${row.integrity_check}.`),
    ...(foreign.length > 0 ? [`${foreign.length} rows of ${foreign[0]?.table} belong to nothing.`] : []),
  ];
}

function checkRows(db: Database): readonly string[] {
  const missing = (table: string) =>
    db
      .prepare(`SELECT count(*) FROM "references" WHERE label NOT IN (SELECT label FROM ${table})`)
      .pluck()
      .get() as number;
  const problems: string[] = [];
  const vectors = missing('vectors');
  if (vectors > 0) problems.push(`${vectors} references have no vector: delete them and ingest their photos again.`);
  const boxes = missing('reference_boxes');
  if (boxes > 0) problems.push(`${boxes} references are not in the index of positions.`);
  const wrongIds = db
    .prepare('SELECT count(*) FROM "references" WHERE id <> substr(sha256, 1, 32)')
    .pluck()
    .get() as number;
  if (wrongIds > 0) problems.push(`${wrongIds} references have an id that is not that of their bytes.`);
  return problems;
}

function checkVectors(db: Database, dimension: number, table = 'vectors'): readonly string[] {
  let bad = 0;
  for (const bytes of db.prepare(`SELECT vector FROM ${table}`).pluck().iterate() as Iterable<Buffer>) {
    if (!isUnitVector(bytes, dimension)) bad++;
  }
  return bad === 0 ? [] : [`${bad} ${table.replace('_', ' ')} are not unit vectors of ${dimension} dimensions.`];
}

function isUnitVector(bytes: unknown, dimension: number): boolean {
  if (!(bytes instanceof Uint8Array) || bytes.length !== 4 * dimension) return false;
  let squared = 0;
  for (const value of vectorFromBytes(bytes, dimension)) squared += value * value;
  return Math.abs(squared - 1) < 1e-3;
}

function checkGraph(
  folder: string,
  db: Database,
  { problems, notices }: Readonly<Record<'problems' | 'notices', string[]>>,
) {
  const follower = new IndexFollower(folder, { bruteForceMax: 0 });
  try {
    const { graphProblem, pending, tombstones, generation } = follower.state();
    const points = follower.graphPoints;
    if (graphProblem !== null)
      notices.push(`The graph is not trusted, since ${graphProblem}; run \`streetdex index rebuild\`.`);
    else if (pending > 0)
      notices.push(`The graph lacks ${pending} references; they are searched one by one until it is saved.`);
    const state =
      graphProblem !== null ? 'not trusted' : generation === 0 ? 'none' : pending > 0 ? 'behind' : 'current';
    const differing = countDiffering(db, follower.table);
    if (differing > 0) {
      problems.push(
        `${differing} vectors are not those of the graph, whose file is whole: the database is damaged. Put back a copy made by \`streetdex index backup\`, or build it anew.`,
      );
    }
    const recallAt10 = state === 'current' || state === 'behind' ? sampleRecall(follower) : null;
    return { state, points, deleted: tombstones, missing: pending, recallAt10 } as const;
  } finally {
    follower.close();
  }
}

/** Vectors that changed within the database, whose bytes SQLite has no sums of: a reader has them of the graph's file. */
function countDiffering(db: Database, table: ReferenceTable): number {
  let differing = 0;
  const rows = db.prepare('SELECT label, vector FROM vectors').iterate() as Iterable<{ label: number; vector: Buffer }>;
  for (const { label, vector } of rows) {
    const slot = table.slotOf(label);
    if (slot !== -1 && !vector.equals(vectorToBytes(table.vector(slot)))) differing++;
  }
  return differing;
}

function sampleRecall(follower: IndexFollower): number | null {
  const { table } = follower;
  const slots: number[] = [];
  for (let slot = 0; slot < table.slots; slot++) if (table.isAlive(slot)) slots.push(slot);
  // Ids are hashes: the smallest are a fixed random sample.
  slots.sort((a, b) => (table.id(a) < table.id(b) ? -1 : 1));
  let found = 0;
  let wanted = 0;
  for (const slot of slots.slice(0, SAMPLE)) {
    const query = table.vector(slot);
    const exact = follower.neighbours({ query, k: 10, exact: true }).ids;
    const graph = new Set(follower.neighbours({ query, k: 10 }).ids);
    found += exact.filter((id) => graph.has(id)).length;
    wanted += exact.length;
  }
  return wanted === 0 ? null : found / wanted;
}

function countMissing(db: Database, folder: string): { sourcesMissing: number; missingRoots: readonly string[] } {
  const roots = db.prepare('SELECT path FROM roots ORDER BY path').pluck().all() as string[];
  const missingRoots = roots.filter((root) => root !== FILES_ROOT && !existsSync(root));
  let sourcesMissing = 0;
  const rows = db.prepare('SELECT o.path AS root, s.path FROM sources s JOIN roots o ON o.id = s.root_id').iterate();
  for (const source of rows as Iterable<{ root: string; path: string }>) {
    if (missingRoots.includes(source.root) || !existsSync(sourcePath(folder, source))) sourcesMissing++;
  }
  return { sourcesMissing, missingRoots };
}
