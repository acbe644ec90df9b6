import type { Database, Statement } from 'better-sqlite3';
import { openDatabase } from '../../store/open-database.js';
import { storeError } from '../../store/store-error.js';
import { type PlaceEvidence, packEvidence, unpackEvidence } from './evidence.js';

/** The evidence of photos beside their index, so that an audit that was stopped goes on: some 2 KB a photo. */
export class EvidenceCache {
  readonly #db: Database;
  readonly #get: Statement;

  /**
   * @param stamp of everything that evidence rests on: what was kept under another one is dropped
   * @throws what `openDatabase` throws
   */
  constructor(file: string, stamp: string) {
    this.#db = openDatabase(file, { migrations: 'findings', create: true });
    this.#run(() =>
      this.#db.transaction(() => {
        const known = this.#db.prepare('SELECT stamp FROM evidence_stamp').pluck().get();
        if (known === stamp) return;
        this.#db.prepare('DELETE FROM evidence').run();
        this.#db.prepare('INSERT OR REPLACE INTO evidence_stamp (only, stamp) VALUES (1, ?)').run(stamp);
      })(),
    );
    this.#get = this.#db.prepare('SELECT bytes FROM evidence WHERE id = ?').pluck();
  }

  get(id: string): PlaceEvidence | null {
    const bytes = this.#run(() => this.#get.get(keyOf(id)) as Buffer | undefined);
    return bytes === undefined ? null : unpackEvidence(bytes);
  }

  /** Keeps all of them or none. */
  put(all: readonly (readonly [id: string, evidence: PlaceEvidence])[]): void {
    this.#run(() => {
      const put = this.#db.prepare('INSERT OR REPLACE INTO evidence (id, bytes) VALUES (?, ?)');
      this.#db.transaction(() => {
        for (const [id, evidence] of all) put.run(keyOf(id), packEvidence(evidence));
      })();
    });
  }

  close(): void {
    this.#db.close();
  }

  #run<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storeError(error, this.#db.name);
    }
  }
}

function keyOf(id: string): Buffer {
  return Buffer.from(id, 'hex');
}
