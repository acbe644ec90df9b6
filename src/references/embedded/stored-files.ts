import type { Database, Statement } from 'better-sqlite3';
import type { Source } from '../../domain/reference.js';
import type { FailureState, KnownFile, SourceKey, SourceState } from '../known-files.js';
import type { StoredReference } from '../reader.js';
import { pathFrom } from '../source-path.js';
import { hasFactsAsWritten } from './facts-sum.js';
import {
  originOf,
  type ReferenceRow,
  SOURCE_COLUMNS,
  SOURCE_ORDER,
  type SourceRow,
  sourceOf,
  storedFileState,
  storedReferences,
} from './reference-rows.js';

type FailureRow = Parameters<typeof storedFileState>[0] & {
  readonly code: string;
  readonly reason: string;
  readonly photo_id: string | null;
};

/** Files as the index stores them: sources and failures, with the references they hold. */
export class StoredFiles {
  readonly #source: Statement;
  readonly #failure: Statement;
  readonly #reference: Statement;
  readonly #label: Statement;
  readonly #sources: Statement;
  readonly #roots: Statement;
  readonly #namedBy: Statement;
  readonly #toReference: (row: ReferenceRow) => StoredReference;

  /** @param rows as of `storedReferences` */
  constructor(db: Database, rows: 'checked' | 'as they are') {
    this.#source = db.prepare(
      `SELECT r.id, s.bytes, s.mtime_ms, s.ctime_ms, s.inode, s.facts_hash, s.position_from, s.manifest, s.track
       FROM roots o JOIN sources s ON s.root_id = o.id JOIN "references" r ON r.label = s.label
       WHERE o.path = ? AND s.path = ?`,
    );
    this.#failure = db.prepare(
      `SELECT f.code, f.reason, f.photo_id, f.bytes, f.mtime_ms, f.ctime_ms, f.inode FROM roots o JOIN failures f ON f.root_id = o.id
       WHERE o.path = ? AND f.path = ?`,
    );
    this.#reference = db.prepare('SELECT * FROM "references" WHERE id = ?');
    this.#label = db.prepare('SELECT label FROM "references" WHERE id = ?').pluck();
    this.#sources = db.prepare(
      `SELECT ${SOURCE_COLUMNS} JOIN "references" r ON r.label = s.label WHERE r.id = ? ORDER BY ${SOURCE_ORDER}`,
    );
    this.#roots = db.prepare('SELECT id, path FROM roots');
    this.#namedBy = db.prepare('SELECT path FROM sources WHERE root_id = ? AND manifest = ? ORDER BY path').pluck();
    this.#toReference = storedReferences(db, rows);
  }

  files(keys: readonly SourceKey[]): readonly KnownFile[] {
    return keys.map(({ root, path }) => ({ source: this.source(root, path), failure: this.failure(root, path) }));
  }

  source(root: string, path: string): SourceState | null {
    const row = this.#source.get(root, path) as (SourceRow & { id: string }) | undefined;
    if (row === undefined) return null;
    return { id: row.id, ...storedFileState(row), factsHash: row.facts_hash, origin: originOf(row) };
  }

  failure(root: string, path: string): FailureState | null {
    const row = this.#failure.get(root, path);
    if (row === undefined) return null;
    const { code, reason, photo_id, ...file } = row as FailureRow;
    return { code, reason, photoId: photo_id, ...storedFileState(file) };
  }

  has(id: string): boolean {
    return this.#label.get(id) !== undefined;
  }

  reference(id: string): StoredReference | null {
    const row = this.#reference.get(id) as ReferenceRow | undefined;
    return row === undefined ? null : this.of(row);
  }

  /** Whether the facts of a reference are what was written. */
  isAsWritten(id: string): boolean {
    const row = this.#reference.get(id) as ReferenceRow | undefined;
    return row === undefined || hasFactsAsWritten(row);
  }

  of(row: ReferenceRow): StoredReference {
    return this.#toReference(row);
  }

  /** The references that are there, of these ids. */
  references(ids: readonly string[]): ReadonlyMap<string, StoredReference> {
    const found = ids.map((id) => this.reference(id));
    return new Map(found.flatMap((one) => (one === null ? [] : [[one.id, one]])));
  }

  present(ids: readonly string[]): ReadonlySet<string> {
    return new Set(ids.filter((id) => this.has(id)));
  }

  /** A reference's sources, ordered by root and path. */
  sources(id: string): readonly Source[] {
    return (this.#sources.all(id) as SourceRow[]).map(sourceOf);
  }

  namedBy(manifest: string): readonly SourceKey[] {
    return (this.#roots.all() as { id: number; path: string }[]).flatMap(({ id, path: root }) =>
      (this.#namedBy.all(id, pathFrom(root, manifest)) as string[]).map((path) => ({ root, path })),
    );
  }
}
