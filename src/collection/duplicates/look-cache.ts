import { existsSync } from 'node:fs';
import type { Database, Statement } from 'better-sqlite3';
import { type GreyThumbnail, thumbnailOf } from '../../images/grey-thumbnail.js';
import { openDatabase } from '../../store/open-database.js';
import { runQuery } from '../../store/run-query.js';

/** A photo's thumbnail to store. */
export interface NewLook {
  readonly id: string;
  readonly thumbnail: GreyThumbnail;
}

/** Two thumbnails by their numbers in the cache, and whether they are the same picture. */
export interface ComparedPair {
  readonly a: number;
  readonly b: number;
  readonly same: boolean;
}

interface LookRow {
  readonly aspect: number;
  readonly pixels: Buffer;
}

/**
 * Thumbnails of an index's photos (some 15 KB each) and the pairs that were compared, in a file beside the index, so that a
 * search for copies goes on where it stopped and reads no photo twice. Every call is one short transaction.
 */
export class LookCache {
  readonly #db: Database;
  readonly #numberOf: Statement;
  readonly #look: Statement;
  readonly #pair: Statement;

  private constructor(db: Database) {
    this.#db = db;
    this.#numberOf = db.prepare('SELECT look FROM looks WHERE id = ?').pluck();
    this.#look = db.prepare('SELECT aspect, pixels FROM looks WHERE look = ?');
    this.#pair = db.prepare('SELECT same FROM compared WHERE a = ? AND b = ?').pluck();
  }

  /** Opens it for writing. @throws what `openDatabase` throws */
  static open(file: string): LookCache {
    return new LookCache(openDatabase(file, { migrations: 'findings', create: true }));
  }

  /** Opens it for reading; null where it was not made yet. @throws what `openDatabase` throws */
  static openToRead(file: string): LookCache | null {
    return existsSync(file) ? new LookCache(openDatabase(file, { migrations: 'findings', readonly: true })) : null;
  }

  /** The number of a photo's thumbnail; null where it has none. */
  numberOf(id: string): number | null {
    return runQuery(this.#db, () => (this.#numberOf.get(Buffer.from(id, 'hex')) as number | undefined) ?? null);
  }

  /** @param look a number that `numberOf` gave */
  thumbnail(look: number): GreyThumbnail {
    const { aspect, pixels } = runQuery(this.#db, () => this.#look.get(look) as LookRow);
    return thumbnailOf(pixels, aspect);
  }

  wasCompared(a: number, b: number): boolean {
    return runQuery(this.#db, () => this.#pair.get(Math.min(a, b), Math.max(a, b)) !== undefined);
  }

  putLooks(looks: readonly NewLook[]): void {
    this.#all('INSERT OR IGNORE INTO looks (id, aspect, pixels) VALUES (?, ?, ?)', looks, ({ id, thumbnail }) => [
      ...[Buffer.from(id, 'hex'), thumbnail.aspect],
      Buffer.from(Uint8Array.from(thumbnail.sharp.pixels)),
    ]);
  }

  putPairs(pairs: readonly ComparedPair[]): void {
    this.#all('INSERT OR IGNORE INTO compared (a, b, same) VALUES (?, ?, ?)', pairs, ({ a, b, same }) => [
      ...[Math.min(a, b), Math.max(a, b)],
      same ? 1 : 0,
    ]);
  }

  /** Number of photos that were looked at. */
  count(): number {
    return runQuery(this.#db, () => this.#db.prepare('SELECT count(*) FROM looks').pluck().get() as number);
  }

  /** Ids of all pairs that are the same picture. */
  copies(): readonly (readonly [string, string])[] {
    const rows = runQuery(this.#db, () =>
      this.#db
        .prepare(
          'SELECT lower(hex(x.id)) AS a, lower(hex(y.id)) AS b FROM compared JOIN looks x ON x.look = a JOIN looks y ON y.look = b WHERE same = 1',
        )
        .all(),
    ) as { readonly a: string; readonly b: string }[];
    return rows.map(({ a, b }) => [a, b]);
  }

  close(): void {
    this.#db.close();
  }

  #all<T>(sql: string, items: readonly T[], row: (item: T) => unknown[]): void {
    runQuery(this.#db, () => {
      const put = this.#db.prepare(sql);
      this.#db.transaction(() => {
        for (const item of items) put.run(...row(item));
      })();
    });
  }
}
