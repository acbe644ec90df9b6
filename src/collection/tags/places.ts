import type { Database } from 'better-sqlite3';
import { present } from '../../domain/present.js';
import type { Collection } from '../open-collection.js';

/** Places of a block: its tags of eight labels take 32 KB. */
export const BLOCK = 4096;

/**
 * Which reference stands where in the tags: a place once given stays a reference's until that is gone from the index, so
 * that tags of others never move.
 */
export class Places {
  /** By place; '' where it is free. */
  readonly ids: string[];
  readonly #placeOf: Map<string, number>;

  private constructor(ids: string[]) {
    this.ids = ids;
    this.#placeOf = new Map(ids.map((id, place) => [id, place]));
    this.#placeOf.delete('');
  }

  static read(collection: Collection): Places {
    const rows = collection.read(
      (db) => db.prepare('SELECT ids FROM blocks ORDER BY block').pluck().all() as string[],
      [],
    );
    return new Places(rows.flatMap((row) => row.split('\n')));
  }

  /** How many references have one. */
  get size(): number {
    return this.#placeOf.size;
  }

  get blocks(): number {
    return Math.ceil(this.ids.length / BLOCK);
  }

  /** undefined for a reference that has none. */
  of(id: string): number | undefined {
    return this.#placeOf.get(id);
  }

  /**
   * Gives a place to each reference that has none, and takes it from those that are gone, with their tags.
   * @param ids of all references of the index
   */
  follow(collection: Collection, ids: Iterable<string>): void {
    const gone = new Set(this.#placeOf.keys());
    const added: string[] = [];
    for (const id of ids) if (!gone.delete(id) && !this.#placeOf.has(id)) added.push(id);
    const changed = new Set<number>();
    const emptied: number[] = [];
    for (const id of gone) {
      const place = present(this.#placeOf.get(id));
      this.#placeOf.delete(id);
      this.ids[place] = '';
      emptied.push(place);
    }
    const free = this.ids.flatMap((id, place) => (id === '' ? [place] : []));
    for (const [i, id] of added.entries()) {
      const place = free[i] ?? this.ids.length;
      this.ids[place] = id;
      this.#placeOf.set(id, place);
      changed.add(Math.floor(place / BLOCK));
    }
    for (const place of emptied) changed.add(Math.floor(place / BLOCK));
    if (changed.size === 0) return;
    collection.write((db) => {
      const put = db.prepare(
        'INSERT INTO blocks (block, ids) VALUES (?, ?) ON CONFLICT DO UPDATE SET ids = excluded.ids',
      );
      for (const block of changed) put.run(block, this.ids.slice(block * BLOCK, (block + 1) * BLOCK).join('\n'));
      untag(db, emptied);
    });
  }
}

/** Else the next reference at the place would have the tags of the one before. */
function untag(db: Database, places: readonly number[]): void {
  const byBlock = new Map<number, number[]>();
  for (const place of places) {
    const block = Math.floor(place / BLOCK);
    byBlock.set(block, [...(byBlock.get(block) ?? []), place % BLOCK]);
  }
  const rows = db.prepare('SELECT rowid, bytes FROM tags WHERE block = ?');
  const put = db.prepare('UPDATE tags SET bytes = ? WHERE rowid = ?');
  for (const [block, offsets] of byBlock) {
    for (const { rowid, bytes } of rows.all(block) as { rowid: number; bytes: Buffer }[]) {
      for (let at = 0; at < bytes.length; at += BLOCK) for (const offset of offsets) bytes[at + offset] = 0;
      put.run(bytes, rowid);
    }
  }
}
