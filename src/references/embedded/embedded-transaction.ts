import { toUSVString } from 'node:util';
import type { Database, Statement } from 'better-sqlite3';
import { fault } from '../../domain/errors.js';
import { isGeoPoint, SPOT_KM } from '../../domain/geo-point.js';
import type { PhotoFacts, Reference, Source } from '../../domain/reference.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import { distanceKm } from '../../geo/distance.js';
import { capturedMs } from '../captured-time.js';
import { checkVector } from '../check-vector.js';
import type { Step } from '../decide-change.js';
import type { FailureState, SourceKey } from '../known-files.js';
import { CoverageCounts } from './coverage-counts.js';
import { FACT_COLUMNS, factsSum, photoSum } from './facts-sum.js';
import type { ReferenceRow } from './reference-rows.js';
import { vectorToBytes } from './stored-vector.js';

type Change = 'insert' | 'edit' | 'delete';

/**
 * The statements of one transaction, each idempotent; made once per writer. Its methods throw once the transaction has ended.
 */
export class EmbeddedTransaction {
  /** Id of the run that meets failures now; null outside a run. */
  run: number | null = null;
  /** Ids that were removed since the transaction was opened. */
  readonly removed: string[] = [];
  #open = false;
  readonly #statements = new Map<string, Statement>();
  readonly #coverage: CoverageCounts;

  readonly #db: Database;
  readonly #dimension: number;

  constructor(db: Database, dimension: number) {
    this.#db = db;
    this.#dimension = dimension;

    this.#coverage = new CoverageCounts(db);
  }

  /** Runs `work` while this transaction is open. */
  during<T>(work: (tx: this) => T): T {
    this.#open = true;
    this.removed.length = 0;
    try {
      const result = work(this);
      this.#coverage.store();
      return result;
    } finally {
      this.#coverage.forget();
      this.#open = false;
    }
  }

  perform(step: Step): void {
    if ('put' in step) this.put(step.put, step.vector);
    else if ('update' in step) this.update(step.update, step.facts, step.iso2);
    else if ('putSource' in step) this.putSource(step.of, step.putSource);
    else if ('removeSource' in step) this.removeSource(step.removeSource.root, step.removeSource.path);
    else if ('remove' in step) this.remove(step.remove);
    else if ('putFailure' in step) this.putFailure(step.putFailure);
    else this.clearFailure(step.clearFailure.root, step.clearFailure.path);
  }

  /** Inserts a reference with its vector; one with this id stays as it is, for the id is the bytes. */
  put(reference: Reference, vector: UnitVector): 'added' | 'unchanged' {
    this.#checkOpen();
    if (this.#labelOf(reference.id) !== null) return 'unchanged';
    checkVector(vector, this.#dimension);
    const { id, sha256, width, height, bytes } = reference;
    const facts = factColumns(reference, reference.iso2);
    const { lastInsertRowid } = this.#run(
      `INSERT INTO "references" (id, sha256, width, height, bytes, added_at, lat, lon, heading_deg, altitude_m,
         captured_at, captured_ms, author, sequence, licence, attribution, url, iso2, facts_sum, photo_sum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      id,
      sha256,
      width,
      height,
      bytes,
      new Date().toISOString(),
      ...facts,
      factsSum([id, ...facts]),
      photoSum(reference),
    );
    const label = Number(lastInsertRowid);
    this.#run('INSERT INTO vectors (label, vector) VALUES (?, ?)', label, vectorToBytes(vector));
    this.#putBox(label, reference.point);
    this.#coverage.added(label);
    this.#record('insert', label);
    return 'added';
  }

  /** Corrects the facts of a stored reference. */
  update(id: string, facts: PhotoFacts, iso2: string | null): 'updated' | 'unchanged' {
    this.#checkOpen();
    const row = this.#prepare('SELECT * FROM "references" WHERE id = ?').get(id) as ReferenceRow | undefined;
    if (row === undefined)
      throw fault('reference_missing', `Expected the reference ${id} in the index; it is not there.`);
    const wanted = factColumns(facts, iso2);
    const sum = factsSum([id, ...wanted]);
    const isStored = FACT_COLUMNS.every((column, i) => row[column] === wanted[i]);
    if (isStored && row.facts_sum === sum) return 'unchanged';
    this.#coverage.during([row.label], () =>
      this.#run(
        `UPDATE "references" SET lat = ?, lon = ?, heading_deg = ?, altitude_m = ?, captured_at = ?, captured_ms = ?,
           author = ?, sequence = ?, licence = ?, attribution = ?, url = ?, iso2 = ?, facts_sum = ? WHERE label = ?`,
        ...wanted,
        sum,
        row.label,
      ),
    );
    this.#putBox(row.label, facts.point);
    this.#record('edit', row.label);
    return 'updated';
  }

  putSource(id: string, source: Source): void {
    this.#checkOpen();
    const label = this.#labelOf(id);
    if (label === null) throw fault('reference_missing', `Expected the reference ${id} in the index; it is not there.`);
    const root = this.#rootOf(source.root);
    const before = this.#sourceLabel(root, source.path);
    const touched = before === null || before === label ? [label] : [label, before];
    this.#coverage.during(touched, () => this.#storeSource(root, label, before, source));
    for (const one of touched) this.noteConflict(one);
  }

  #storeSource(root: number, label: number, before: number | null, source: Source): void {
    const { from, manifest, track } = source.origin ?? { from: null, manifest: null, track: null };
    const { bytes, mtimeMs, ctimeMs, inode, point, factsHash } = source;
    const rest = [bytes, mtimeMs, ctimeMs, inode, point.lat, point.lon, factsHash, from, manifest, track];
    // A file that now holds another photo becomes that photo's newest source.
    if (before !== null && before !== label)
      this.#run('DELETE FROM sources WHERE root_id = ? AND path = ?', root, source.path);
    this.#run(
      `INSERT INTO sources (root_id, path, label, bytes, mtime_ms, ctime_ms, inode, lat, lon, facts_hash, position_from,
         manifest, track, facts_sum)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (root_id, path) DO UPDATE SET label = excluded.label, bytes = excluded.bytes,
         mtime_ms = excluded.mtime_ms, ctime_ms = excluded.ctime_ms, inode = excluded.inode, lat = excluded.lat,
         lon = excluded.lon, facts_hash = excluded.facts_hash, position_from = excluded.position_from,
         manifest = excluded.manifest, track = excluded.track, facts_sum = excluded.facts_sum`,
      root,
      source.path,
      label,
      ...rest,
      factsSum([source.path, ...rest]),
    );
  }

  removeSource(root: string, path: string): void {
    this.#checkOpen();
    const rootId = this.#knownRoot(root);
    const label = rootId === null ? null : this.#sourceLabel(rootId, path);
    if (label === null) return;
    this.#coverage.during([label], () => this.#run('DELETE FROM sources WHERE root_id = ? AND path = ?', rootId, path));
    this.noteConflict(label);
  }

  /** Deletes the reference, its sources and its vector; its label is never used again. */
  remove(id: string): boolean {
    this.#checkOpen();
    const label = this.#labelOf(id);
    if (label === null) return false;
    this.#coverage.during([label], () => {
      this.#run('DELETE FROM sources WHERE label = ?', label);
      this.#run('DELETE FROM vectors WHERE label = ?', label);
      this.#run('DELETE FROM reference_boxes WHERE label = ?', label);
      this.#run('DELETE FROM "references" WHERE label = ?', label);
    });
    this.#record('delete', label);
    this.removed.push(id);
    return true;
  }

  /** Within a run, the run is recorded as the last that met the failure. */
  putFailure(failure: SourceKey & FailureState): void {
    this.#checkOpen();
    this.#run(
      `INSERT INTO failures (root_id, path, code, reason, bytes, mtime_ms, ctime_ms, inode, photo_id, at, run_id)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (root_id, path) DO UPDATE SET code = excluded.code, reason = excluded.reason,
         bytes = excluded.bytes, mtime_ms = excluded.mtime_ms, ctime_ms = excluded.ctime_ms, inode = excluded.inode,
         photo_id = excluded.photo_id, at = excluded.at, run_id = excluded.run_id`,
      this.#rootOf(failure.root),
      failure.path,
      failure.code,
      failure.reason,
      failure.bytes,
      failure.mtimeMs,
      failure.ctimeMs,
      failure.inode,
      failure.photoId,
      new Date().toISOString(),
      this.run,
    );
  }

  noteFailureMet(root: string, path: string): void {
    this.#checkOpen();
    const rootId = this.#knownRoot(root);
    this.#run('UPDATE failures SET run_id = ? WHERE root_id = ? AND path = ?', this.run, rootId, path);
  }

  clearFailure(root: string, path: string): void {
    this.#checkOpen();
    const rootId = this.#knownRoot(root);
    if (rootId !== null) this.#run('DELETE FROM failures WHERE root_id = ? AND path = ?', rootId, path);
  }

  #record(kind: Change, label: number): void {
    this.#run('INSERT INTO changes (kind, label, at_ms) VALUES (?, ?, ?)', kind, label, Date.now());
  }

  #putBox(label: number, { lat, lon }: { lat: number; lon: number }): void {
    this.#run('INSERT OR REPLACE INTO reference_boxes VALUES (?, ?, ?, ?, ?)', label, lat, lat, lon, lon);
  }

  /** Marks a reference whose sources disagree by more than 25 m. */
  noteConflict(label: number): void {
    const points = this.#prepare('SELECT lat, lon FROM sources WHERE label = ?').all(label) as {
      lat: number;
      lon: number;
    }[];
    const conflict = points.some((a, i) => points.slice(i + 1).some((b) => distanceKm(a, b) > SPOT_KM));
    this.#run(
      'UPDATE "references" SET conflict = ? WHERE label = ? AND conflict <> ?',
      Number(conflict),
      label,
      Number(conflict),
    );
  }

  #labelOf(id: string): number | null {
    return (this.#prepare('SELECT label FROM "references" WHERE id = ?').pluck().get(id) as number | undefined) ?? null;
  }

  #sourceLabel(rootId: number, path: string): number | null {
    const label = this.#prepare('SELECT label FROM sources WHERE root_id = ? AND path = ?').pluck().get(rootId, path);
    return (label as number | undefined) ?? null;
  }

  #knownRoot(path: string): number | null {
    return (this.#prepare('SELECT id FROM roots WHERE path = ?').pluck().get(path) as number | undefined) ?? null;
  }

  #rootOf(path: string): number {
    return this.#knownRoot(path) ?? Number(this.#run('INSERT INTO roots (path) VALUES (?)', path).lastInsertRowid);
  }

  #run(sql: string, ...values: unknown[]) {
    return this.#prepare(sql).run(...values);
  }

  #prepare(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #checkOpen(): void {
    if (!this.#open) throw fault('transaction_closed', 'A transaction was used after it had ended.');
  }
}

function factColumns(facts: PhotoFacts, iso2: string | null): readonly (string | number | null)[] {
  const { point } = facts;
  if (!isGeoPoint(point)) {
    throw fault(
      'bad_position',
      `Expected a latitude in -90..90 and a longitude in -180..180, got ${point.lat}, ${point.lon}.`,
    );
  }
  const columns = [
    point.lat,
    point.lon,
    facts.headingDeg,
    facts.altitudeM,
    facts.capturedAt,
    facts.capturedAt === null ? null : capturedMs(facts.capturedAt),
    facts.author,
    facts.sequence,
    facts.licence,
    facts.attribution,
    facts.url,
    iso2,
  ];
  // Half a surrogate pair is no text to SQLite, which gives back another one than it was given.
  return columns.map((value) => (typeof value === 'string' ? toUSVString(value) : value));
}
