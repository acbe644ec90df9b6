import type { Collection } from '../open-collection.js';
import { sampleNotFound } from './samples.js';

/** How a labelled photo was chosen: only random ones tell how many photos have a label. */
export type Chosen = 'given' | 'next' | 'random';

/** A photo's labels, as people gave them. */
export interface PhotoLabels {
  readonly id: string;
  /** One in an exclusive set; any number in an independent one, where an empty list means that none holds. */
  readonly labels: readonly string[];
  readonly chosen: Chosen;
  /** Number of the sample that the photo was drawn in. */
  readonly sample: number | null;
}

/** The labels that people gave photos of an index, by set. */
export class LabelStore {
  readonly #collection: Collection;

  constructor(collection: Collection) {
    this.#collection = collection;
  }

  /** The labelled photos of a set, in the order of ids. */
  of(set: string): readonly PhotoLabels[] {
    const rows = this.#collection.read(
      (db) => db.prepare('SELECT id, labels, chosen, sample FROM labels WHERE name = ? ORDER BY id').all(set),
      [],
    ) as (Omit<PhotoLabels, 'labels'> & { readonly labels: string })[];
    return rows.map((row) => ({ ...row, labels: JSON.parse(row.labels) as string[] }));
  }

  /** Number of photos with labels of the set. */
  count(set: string): number {
    const sql = 'SELECT count(*) FROM labels WHERE name = ?';
    return this.#collection.read((db) => db.prepare(sql).pluck().get(set) as number, 0);
  }

  /** Stores labels, replacing a photo's former ones; how it was first chosen stays. @throws `sample_not_found` */
  put(set: string, labelled: readonly PhotoLabels[]): void {
    this.#collection.write((db) => {
      const drawn = new Set(db.prepare('SELECT id FROM samples WHERE name = ?').pluck().all(set));
      const unknown = labelled.find(({ sample }) => sample !== null && !drawn.has(sample))?.sample;
      if (unknown !== undefined) throw sampleNotFound(set, unknown);
      const put = db.prepare(
        `INSERT INTO labels (name, id, labels, chosen, sample, labelled_at) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET labels = excluded.labels, labelled_at = excluded.labelled_at`,
      );
      const at = new Date().toISOString();
      for (const { id, labels, chosen, sample } of labelled)
        put.run(set, id, JSON.stringify(labels), chosen, sample, at);
    });
  }

  /** @returns the number of photos that had labels */
  remove(set: string, ids: readonly string[]): number {
    return this.#collection.write((db) => {
      const remove = db.prepare('DELETE FROM labels WHERE name = ? AND id = ?');
      return ids.reduce((count, id) => count + remove.run(set, id).changes, 0);
    });
  }
}
