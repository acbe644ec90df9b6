import type { Database, Statement } from 'better-sqlite3';
import { openDatabase } from '../../store/open-database.js';
import { runQuery } from '../../store/run-query.js';
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
    runQuery(this.#db, () =>
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
    const bytes = runQuery(this.#db, () => this.#get.get(Buffer.from(id, 'hex')) as Buffer | undefined);
    return bytes === undefined ? null : unpackEvidence(bytes);
  }

  /** Keeps all of them or none. */
  put(all: readonly (readonly [id: string, evidence: PlaceEvidence])[]): void {
    runQuery(this.#db, () => {
      const put = this.#db.prepare('INSERT OR REPLACE INTO evidence (id, bytes) VALUES (?, ?)');
      this.#db.transaction(() => {
        for (const [id, evidence] of all) put.run(Buffer.from(id, 'hex'), packEvidence(evidence));
      })();
    });
  }

  close(): void {
    this.#db.close();
  }
}
