import { randomUUID } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { fault } from '../../domain/errors.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import { checkRising } from '../../store/check-rising.js';
import { runQuery } from '../../store/run-query.js';
import { storeError } from '../../store/store-error.js';
import { acquireWriterLock, type WriterLock } from '../../store/writer-lock.js';
import { checkVector } from '../check-vector.js';
import { reembedCommand } from '../index-model-errors.js';
import type { NextVectors, UnembeddedReference } from '../next-vectors.js';
import type { IndexModel } from '../reader.js';
import { beginRun, endRun } from '../runs.js';
import type { RunCounts } from '../writer.js';
import { EmbeddedTransaction } from './embedded-transaction.js';
import { EmbeddedWriter } from './embedded-writer.js';
import { databaseFile, type IndexIdentity, openForReading, openForWriting, readIdentity } from './index-folder.js';
import { removeThumbnails } from './remove-thumbnails.js';
import { sourcePath } from './source-file.js';
import { vectorToBytes } from './stored-vector.js';

/**
 * Takes the index's lock, and continues the set of vectors of `model` or begins it. `restart` deletes an unfinished set of
 * another model.
 * @throws `reembed_of_other_model` where there is one and `restart` is not set, `index_busy` (later), and what opening an index
 * throws.
 */
export function openNextVectors(
  folder: string,
  model: IndexModel,
  options: { readonly restart?: boolean } = {},
): NextVectors {
  openForReading(folder).db.close();
  const lock = acquireWriterLock(folder);
  let db: Database | undefined;
  try {
    db = openForWriting(databaseFile(folder));
    const identity = readIdentity(db);
    if (identity === null) throw fault('not_an_index', `The index ${folder} vanished while it was being opened.`);
    claim(db, folder, identity, model, options.restart ?? false);
    return new EmbeddedNextVectors(folder, db, identity, model, lock);
  } catch (error) {
    db?.close();
    lock.release();
    throw storeError(error, databaseFile(folder));
  }
}

/** An unfinished set. */
interface Begun extends IndexModel {
  readonly embedded: number;
}

/** null where there is none. */
export function nextVectorsBegun(db: Database): Begun | null {
  const row = db
    .prepare(
      `SELECT model_id AS modelId, model_name AS modelName, dimension,
         (SELECT count(*) FROM next_vectors) AS embedded FROM next_model`,
    )
    .get();
  return (row as Begun | undefined) ?? null;
}

function claim(db: Database, folder: string, identity: IndexIdentity, model: IndexModel, restart: boolean): void {
  db.transaction(() => {
    const begun = nextVectorsBegun(db);
    if (begun !== null && begun.modelId !== model.modelId) {
      if (!restart) throw otherModel(folder, begun);
      forgetNext(db);
    }
    if (identity.modelId === model.modelId || begun?.modelId === model.modelId) return;
    db.prepare('INSERT INTO next_model (one, model_id, model_name, dimension, begun_at) VALUES (1, ?, ?, ?, ?)').run(
      model.modelId,
      model.modelName,
      model.dimension,
      new Date().toISOString(),
    );
  }).immediate();
}

function forgetNext(db: Database): void {
  db.exec('DELETE FROM next_vectors; DELETE FROM next_model');
}

function otherModel(folder: string, begun: Begun) {
  return fault(
    'reembed_of_other_model',
    `The index ${folder} is on its way to the model ${begun.modelName}: ${begun.embedded} references have vectors of it already. Go on with: ${reembedCommand(folder, begun.modelName)}. Or give --restart to throw these vectors away.`,
  );
}

class EmbeddedNextVectors implements NextVectors {
  #identity: IndexIdentity;
  #graphWriter: EmbeddedWriter | null = null;

  readonly #folder: string;
  /** Used within the engine, and by tests that fill a disk. */
  readonly db: Database;
  readonly #lock: WriterLock;

  constructor(
    folder: string,
    db: Database,
    identity: IndexIdentity,
    readonly next: IndexModel,
    lock: WriterLock,
  ) {
    this.#folder = folder;
    this.db = db;
    this.#lock = lock;

    this.#identity = identity;
  }

  get current(): IndexModel {
    return this.#identity;
  }

  counts(): { references: number; embedded: number } {
    const count = (table: string) => this.db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number;
    return runQuery(this.db, () => {
      const references = count('"references"');
      return { references, embedded: this.#isSwitched() ? references : count('next_vectors') };
    });
  }

  missing(after: number, limit: number): readonly UnembeddedReference[] {
    if (this.#isSwitched()) return [];
    return runQuery(this.db, () => {
      const rows = this.db
        .prepare(
          `SELECT label, id, sha256, bytes FROM "references" r
           WHERE label > ? AND NOT EXISTS (SELECT 1 FROM next_vectors n WHERE n.label = r.label) ORDER BY label LIMIT ?`,
        )
        .all(after, limit) as { label: number; id: string; sha256: string; bytes: number }[];
      checkRising(this.db, after, rows, ({ label }) => label);
      const sourcesOf = this.db.prepare(
        'SELECT o.path AS root, s.path FROM sources s JOIN roots o ON o.id = s.root_id WHERE s.label = ? ORDER BY o.path, s.path',
      );
      return rows.map(({ label, ...reference }) => ({
        ...reference,
        cursor: label,
        sources: (sourcesOf.all(label) as { root: string; path: string }[]).map((source) => ({
          ...source,
          file: sourcePath(this.#folder, source),
        })),
      }));
    });
  }

  put(vectors: readonly { readonly id: string; readonly vector: UnitVector }[]): void {
    runQuery(this.db, () => {
      const insert = this.db.prepare(
        'INSERT OR IGNORE INTO next_vectors (label, vector) SELECT label, ? FROM "references" WHERE id = ?',
      );
      this.db
        .transaction(() => {
          for (const { id, vector } of vectors) {
            checkVector(vector, this.next.dimension);
            insert.run(vectorToBytes(vector), id);
          }
        })
        .immediate();
    });
  }

  switchOver(without: readonly string[]): void {
    const { modelId, modelName, dimension } = this.next;
    const identity = { storeId: randomUUID(), modelId, modelName, dimension };
    const transaction = new EmbeddedTransaction(this.db, this.#identity.dimension);
    runQuery(this.db, () =>
      this.db
        .transaction(() => {
          transaction.during((tx) => {
            for (const id of without) tx.remove(id);
          });
          this.#checkComplete();
          // A rename, since copying a million vectors would need as much disk again.
          this.db.exec(`
            ALTER TABLE vectors RENAME TO former_vectors;
            ALTER TABLE next_vectors RENAME TO vectors;
            ALTER TABLE former_vectors RENAME TO next_vectors;
          `);
          forgetNext(this.db);
          const put = this.db.prepare('UPDATE meta SET value = ? WHERE key = ?');
          put.run(identity.storeId, 'store_id');
          put.run(modelId, 'model_id');
          put.run(modelName, 'model_name');
          put.run(String(dimension), 'dimension');
        })
        .immediate(),
    );
    this.#identity = identity;
    removeThumbnails(this.#folder, without);
  }

  async buildGraph(): Promise<{ generation: number }> {
    this.#graphWriter ??= new EmbeddedWriter(this.#folder, this.db, this.#identity, this.#lock, { buildAhead: false });
    return this.#graphWriter.saveGraph();
  }

  async beginRun(args: unknown): Promise<number> {
    return runQuery(this.db, () => beginRun(this.db, args));
  }

  async endRun(id: number, state: 'finished' | 'stopped' | 'failed', counts: RunCounts): Promise<void> {
    runQuery(this.db, () => endRun(this.db, id, state, counts));
  }

  async close(): Promise<void> {
    // The writer closes the database and gives the lock back.
    if (this.#graphWriter !== null) return this.#graphWriter.close();
    this.db.close();
    this.#lock.release();
  }

  #isSwitched(): boolean {
    return this.#identity.modelId === this.next.modelId;
  }

  #checkComplete(): void {
    const lacking = this.db
      .prepare('SELECT count(*) FROM "references" WHERE label NOT IN (SELECT label FROM next_vectors)')
      .pluck()
      .get() as number;
    if (lacking === 0) return;
    throw fault(
      'reembed_incomplete',
      `Expected a vector of ${this.next.modelName} for every reference, but ${lacking} have none.`,
    );
  }
}
