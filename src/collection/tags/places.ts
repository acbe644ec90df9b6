import type { Database } from 'better-sqlite3';
import { present } from '../../domain/present.js';
import type { Collection } from '../open-collection.js';

/** Places in a block; tags of eight labels then take 32 KB. */
export const BLOCK = 4096;

/** Number of places of a block that are tagged. @param bytes the block, the first label's byte of each place at its start */
export function countTagged(bytes: Uint8Array): number {
  let count = 0;
  for (let place = 0; place < BLOCK; place++) if (bytes[place] !== 0) count++;
  return count;
}

/** Places of references in the tags: a reference keeps its place until it is gone from the index, so that tags never move. */
export class Places {
  /** Ids by place; '' where it is free. */
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

  /** Number of references with a place. */
  get size(): number {
    return this.#placeOf.size;
  }

  get blocks(): number {
    return Math.ceil(this.ids.length / BLOCK);
  }

  /** Place of a reference; undefined where it has none. */
  of(id: string): number | undefined {
    return this.#placeOf.get(id);
  }

  /**
   * Gives a place to each reference without one, and frees the places of those that are gone, with their tags.
   * @param ids all references of the index
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

/** Clears the tags at freed places, which the next reference there would inherit. */
function untag(db: Database, places: readonly number[]): void {
  const byBlock = new Map<number, number[]>();
  for (const place of places) {
    const block = Math.floor(place / BLOCK);
    byBlock.set(block, [...(byBlock.get(block) ?? []), place % BLOCK]);
  }
  const rows = db.prepare('SELECT rowid, bytes FROM tags WHERE block = ?');
  const put = db.prepare('UPDATE tags SET bytes = ?, tagged = ? WHERE rowid = ?');
  for (const [block, offsets] of byBlock) {
    for (const { rowid, bytes } of rows.all(block) as { rowid: number; bytes: Buffer }[]) {
      for (let at = 0; at < bytes.length; at += BLOCK) for (const offset of offsets) bytes[at + offset] = 0;
      put.run(bytes, countTagged(bytes), rowid);
    }
  }
}
