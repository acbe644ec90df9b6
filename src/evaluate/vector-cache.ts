import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import { type FileState, isSameFile } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { makeFolder } from '../store/make-folder.js';
import { openDatabase } from '../store/open-database.js';
import { runQuery } from '../store/run-query.js';

export interface SeenFile extends FileState {
  readonly path: string;
}

/** An entry: a vector by its content, a file's hash, or both. */
export interface CacheEntry {
  /** sha-256 in hex. */
  readonly content: string;
  readonly vector?: UnitVector;
  readonly file?: SeenFile;
}

const LENGTH_SLACK = 1e-3;

/** The content key of a text, which never equals that of a file with the same bytes. */
export function textContent(text: string): string {
  return createHash('sha256').update(`text\0${text}`).digest('hex');
}

/**
 * Embeddings by content and model in a file of the data folder (`vectors.sqlite`), so that an evaluation that was killed goes
 * on where it stopped, and a second one embeds nothing. Every `put` is one short transaction; several processes may use the
 * file at once.
 */
export class VectorCache {
  readonly #db: Database;
  readonly #model: number;
  readonly #vectorOf: Statement;
  readonly #fileOf: Statement;

  readonly #dimension: number;

  /** @throws what `openDatabase` throws */
  constructor(dataDir: string, modelId: string, dimension: number) {
    this.#dimension = dimension;

    makeFolder(dataDir);
    this.#db = openDatabase(join(dataDir, 'vectors.sqlite'), { migrations: 'vectors', create: true });
    this.#model = runQuery(this.#db, () => {
      this.#db.prepare('INSERT OR IGNORE INTO models (id) VALUES (?)').run(modelId);
      return this.#db.prepare('SELECT model FROM models WHERE id = ?').pluck().get(modelId) as number;
    });
    this.#vectorOf = this.#db.prepare('SELECT vector FROM vectors WHERE model = ? AND content = ?').pluck();
    this.#fileOf = this.#db.prepare(
      'SELECT lower(hex(content)) AS content, bytes, mtime_ms AS mtimeMs, ctime_ms AS ctimeMs, inode FROM files WHERE path = ?',
    );
  }

  /**
   * The vector of this content (sha-256 in hex); null where there is none, or it is not a unit vector of this model's
   * dimension.
   */
  vector(content: string): UnitVector | null {
    const bytes = runQuery(this.#db, () => this.#vectorOf.get(this.#model, Buffer.from(content, 'hex'))) as
      | Buffer
      | undefined;
    if (bytes === undefined || bytes.length !== 4 * this.#dimension) return null;
    const vector = new Float32Array(new Uint8Array(bytes).buffer);
    const squared = vector.reduce((sum, value) => sum + value * value, 0);
    return Math.abs(squared - 1) < LENGTH_SLACK ? (vector as UnitVector) : null;
  }

  /** sha-256 (hex) of a file in this state; null where it was not hashed. */
  contentOf(file: SeenFile): string | null {
    const row = runQuery(this.#db, () => this.#fileOf.get(file.path)) as (FileState & { content: string }) | undefined;
    return row !== undefined && isSameFile(row, { ...file, mtimeMs: Math.floor(file.mtimeMs) }) ? row.content : null;
  }

  /** Stores all entries or none. */
  put(entries: readonly CacheEntry[]): void {
    runQuery(this.#db, () => {
      const putVector = this.#db.prepare('INSERT OR REPLACE INTO vectors (model, content, vector) VALUES (?, ?, ?)');
      const putFile = this.#db.prepare(
        'INSERT OR REPLACE INTO files (path, bytes, mtime_ms, ctime_ms, inode, content) VALUES (?, ?, ?, ?, ?, ?)',
      );
      this.#db.transaction(() => {
        for (const { content, vector, file } of entries) {
          const key = Buffer.from(content, 'hex');
          if (vector) putVector.run(this.#model, key, Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength));
          if (file) putFile.run(file.path, file.bytes, Math.floor(file.mtimeMs), file.ctimeMs, file.inode, key);
        }
      })();
    });
  }

  close(): void {
    this.#db.close();
  }
}
