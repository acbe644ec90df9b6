import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import type { PhotoFacts, Source } from '../../domain/reference.js';
import { replaceFile } from '../../store/atomic-write.js';
import { storeError } from '../../store/store-error.js';
import type { WriterLock } from '../../store/writer-lock.js';
import type { RunState } from '../run.js';
import { pathFrom } from '../source-path.js';
import type { FailureState, ReferenceTransaction, ReferenceWriter, SourceState } from '../writer.js';
import { fillCoverage } from './coverage-counts.js';
import { EmbeddedTransaction } from './embedded-transaction.js';
import { GraphClient } from './graph-client.js';
import type { CheckpointResult } from './graph-keeper.js';
import { filesFolder, type IndexIdentity } from './index-folder.js';
import {
  factsOf,
  originOf,
  type ReferenceRow,
  SOURCE_COLUMNS,
  type SourceRow,
  sourceOf,
  storedFileState,
} from './reference-rows.js';
import { removeThumbnails } from './remove-thumbnails.js';
import { beginRun, endRun } from './runs.js';

type FailureRow = Parameters<typeof storedFileState>[0] & {
  readonly code: string;
  readonly reason: string;
  readonly photo_id: string | null;
};

/** The one writer of an index folder. Rows and vectors go to SQLite; the graph is built by a worker from there. */
export class EmbeddedWriter implements ReferenceWriter {
  readonly #client: GraphClient;
  readonly #transaction: EmbeddedTransaction;
  readonly #sourceState: Statement;
  readonly #failureState: Statement;
  readonly #reference: Statement;
  readonly #sources: Statement;
  readonly #roots: Statement;
  readonly #namedBy: Statement;
  #closed = false;

  constructor(
    readonly folder: string,
    private readonly db: Database,
    readonly identity: IndexIdentity,
    private readonly lock: WriterLock,
    options: { readonly buildAhead: boolean },
  ) {
    this.#transaction = new EmbeddedTransaction(db, identity.dimension);
    this.#sourceState = db.prepare(
      `SELECT r.id, s.bytes, s.mtime_ms, s.ctime_ms, s.inode, s.facts_hash, s.position_from, s.manifest, s.track
       FROM roots o JOIN sources s ON s.root_id = o.id JOIN "references" r ON r.label = s.label
       WHERE o.path = ? AND s.path = ?`,
    );
    this.#failureState = db.prepare(
      `SELECT f.code, f.reason, f.photo_id, f.bytes, f.mtime_ms, f.ctime_ms, f.inode FROM roots o JOIN failures f ON f.root_id = o.id
       WHERE o.path = ? AND f.path = ?`,
    );
    this.#reference = db.prepare('SELECT * FROM "references" WHERE id = ?');
    this.#sources = db.prepare(
      `SELECT ${SOURCE_COLUMNS} JOIN "references" r ON r.label = s.label WHERE r.id = ? ORDER BY s.id`,
    );
    this.#roots = db.prepare('SELECT id, path FROM roots');
    this.#namedBy = db.prepare('SELECT path FROM sources WHERE root_id = ? AND manifest = ? ORDER BY path').pluck();
    this.#client = new GraphClient({ role: 'keep', folder, ahead: options.buildAhead });
    if (options.buildAhead) this.#client.start();
  }

  transaction<T>(work: (tx: ReferenceTransaction) => T): T {
    const result = this.#query(() => this.db.transaction(() => this.#transaction.during(work)).immediate());
    removeThumbnails(this.folder, this.#transaction.removed);
    return result;
  }

  noteFailuresMet(failures: readonly { readonly root: string; readonly path: string }[]): void {
    const note = this.db.transaction(() =>
      this.#transaction.during((tx) => {
        for (const { root, path } of failures) tx.noteFailureMet(root, path);
      }),
    );
    this.#query(() => note.immediate());
  }

  sourceState(root: string, path: string): SourceState | null {
    const row = this.#query(() => this.#sourceState.get(root, path)) as (SourceRow & { id: string }) | undefined;
    if (row === undefined) return null;
    return { id: row.id, ...storedFileState(row), factsHash: row.facts_hash, origin: originOf(row) };
  }

  failureState(root: string, path: string): FailureState | null {
    const row = this.#query(() => this.#failureState.get(root, path));
    if (row === undefined) return null;
    const { code, reason, photo_id, ...file } = row as FailureRow;
    return { code, reason, photoId: photo_id, ...storedFileState(file) };
  }

  has(id: string): boolean {
    return this.#query(() => this.#reference.get(id)) !== undefined;
  }

  facts(id: string): PhotoFacts | null {
    const row = this.#query(() => this.#reference.get(id));
    return row === undefined ? null : factsOf(row as ReferenceRow);
  }

  sources(id: string): readonly Source[] {
    return this.#query(() => (this.#sources.all(id) as SourceRow[]).map(sourceOf));
  }

  sourcesNamedBy(manifest: string): readonly { readonly root: string; readonly path: string }[] {
    return this.#query(() =>
      (this.#roots.all() as { id: number; path: string }[]).flatMap(({ id, path: root }) =>
        (this.#namedBy.all(id, pathFrom(root, manifest)) as string[]).map((path) => ({ root, path })),
      ),
    );
  }

  /** Records a run of an ingest; `args` is kept as JSON. */
  beginRun(args: unknown): number {
    this.#transaction.run = this.#query(() => beginRun(this.db, args));
    return this.#transaction.run;
  }

  endRun(id: number, state: Exclude<RunState, 'running'>, counts: Readonly<Record<string, number>>): void {
    this.#query(() => endRun(this.db, id, state, counts));
    this.#transaction.run = null;
  }

  /**
   * Keeps uploaded bytes in the index's `files/`, under their sha-256.
   * @returns the path of the source whose root is `files`.
   */
  keepFile(bytes: Uint8Array, extension: string): string {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const path = `${sha256.slice(0, 2)}/${sha256}${/^\.[a-z0-9]{1,8}$/.test(extension) ? extension : ''}`;
    const file = join(filesFolder(this.folder), path);
    if (existsSync(file)) return path;
    mkdirSync(dirname(file), { recursive: true });
    replaceFile(file, bytes);
    return path;
  }

  async checkpoint(): Promise<void> {
    await this.saveGraph();
  }

  /** Makes the counts per cell anew. */
  recount(): void {
    this.#query(() => fillCoverage(this.db));
  }

  /** What a checkpoint does, with what it did; `rebuild` builds the graph anew, in the order of ids. */
  saveGraph(options: { readonly rebuild?: boolean } = {}): Promise<CheckpointResult> {
    return this.#client.call('checkpoint', options);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#client.close();
      this.db.close();
    } finally {
      this.lock.release();
    }
  }

  #query<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.db.name);
    }
  }
}
