import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { sha256Of } from '../../domain/sha256.js';
import { placeFile } from '../../store/atomic-write.js';
import { runQuery } from '../../store/run-query.js';
import type { WriterLock } from '../../store/writer-lock.js';
import { decideChange } from '../decide-change.js';
import type { KnownFile, SourceKey } from '../known-files.js';
import type { StoredReference } from '../reader.js';
import type { RunState } from '../run.js';
import { beginRun, endRun } from '../runs.js';
import type { Change, ChangeResult, ReferenceWriter, RunCounts } from '../writer.js';
import { fillCoverage } from './coverage-counts.js';
import { EmbeddedTransaction } from './embedded-transaction.js';
import { fillSums } from './facts-sum.js';
import { GraphClient } from './graph-client.js';
import type { CheckpointResult } from './graph-keeper.js';
import { filesFolder, type IndexIdentity } from './index-folder.js';
import { removeThumbnails } from './remove-thumbnails.js';
import { StoredFiles } from './stored-files.js';

/** Drafts of uploads. One folder is enough: the writer's lock admits one process. */
const DRAFTS = '.drafts';

/** The one writer of an index folder. Rows and vectors go to SQLite; the graph is built by a worker from there. */
export class EmbeddedWriter implements ReferenceWriter {
  readonly #client: GraphClient;
  readonly #transaction: EmbeddedTransaction;
  readonly #stored: StoredFiles;
  #closed = false;

  /** Used within the engine, and by tests that fill a disk. */
  readonly db: Database;
  readonly #lock: WriterLock;

  constructor(
    readonly folder: string,
    db: Database,
    readonly identity: IndexIdentity,
    lock: WriterLock,
    options: { readonly buildAhead: boolean },
  ) {
    this.db = db;
    this.#lock = lock;

    this.#transaction = new EmbeddedTransaction(db, identity.dimension);
    this.#stored = new StoredFiles(db, 'as they are');
    this.#client = new GraphClient({ role: 'keep', folder, ahead: options.buildAhead });
    if (options.buildAhead) this.#client.start();
  }

  async apply(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    if (changes.length === 0) return [];
    const stored = {
      sourceOf: ({ root, path }: SourceKey) => this.#stored.source(root, path)?.id ?? null,
      reference: (id: string) => this.#stored.reference(id),
      isAsWritten: (id: string) => this.#stored.isAsWritten(id),
    };
    return this.transaction((tx) =>
      changes.map((change) => {
        const { result, steps } = decideChange(change, stored);
        for (const step of steps) tx.perform(step);
        return result;
      }),
    );
  }

  /** Runs `work` in one SQLite transaction; all of it is stored or none. */
  transaction<T>(work: (tx: EmbeddedTransaction) => T): T {
    const result = runQuery(this.db, () => this.db.transaction(() => this.#transaction.during(work)).immediate());
    removeThumbnails(this.folder, this.#transaction.removed);
    return result;
  }

  async noteFailuresMet(failures: readonly SourceKey[]): Promise<void> {
    this.transaction((tx) => {
      for (const { root, path } of failures) tx.noteFailureMet(root, path);
    });
  }

  async files(keys: readonly SourceKey[]): Promise<readonly KnownFile[]> {
    return runQuery(this.db, () => this.#stored.files(keys));
  }

  async present(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return runQuery(this.db, () => this.#stored.present(ids));
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, StoredReference>> {
    return runQuery(this.db, () => this.#stored.references(ids));
  }

  async sourcesNamedBy(manifest: string): Promise<readonly SourceKey[]> {
    return runQuery(this.db, () => this.#stored.namedBy(manifest));
  }

  /** Records a run of an ingest; `args` is stored as JSON. @returns its id */
  async beginRun(args: unknown): Promise<number> {
    this.#transaction.run = runQuery(this.db, () => beginRun(this.db, args));
    return this.#transaction.run;
  }

  async endRun(id: number, state: Exclude<RunState, 'running'>, counts: RunCounts): Promise<void> {
    runQuery(this.db, () => endRun(this.db, id, state, counts));
    this.#transaction.run = null;
  }

  /**
   * Keeps uploaded bytes in the index's `files/`, under their sha-256.
   * @returns the path of the source whose root is `files`.
   */
  async keepFile(bytes: Uint8Array, extension: string): Promise<string> {
    const sha256 = await sha256Of(bytes);
    const path = `${sha256.slice(0, 2)}/${sha256}${/^\.[a-z0-9]{1,8}$/.test(extension) ? extension : ''}`;
    const file = join(filesFolder(this.folder), path);
    if (!existsSync(file)) await placeFile(file, bytes, join(filesFolder(this.folder), DRAFTS));
    return path;
  }

  async checkpoint(): Promise<void> {
    await this.saveGraph();
  }

  /** Computes the counts per cell anew. */
  recount(): void {
    runQuery(this.db, () => fillCoverage(this.db));
  }

  /** Gives rows of before sums were kept theirs. */
  fillSums(): void {
    runQuery(this.db, () => fillSums(this.db));
  }

  /** A checkpoint, with a report of what was done; `rebuild` builds the graph anew, in the order of ids. */
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
      this.#lock.release();
    }
  }
}
