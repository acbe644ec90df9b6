import type { SlotFilter } from './filter-slots.js';
import { BestHits, type Hit } from './nearest-slots.js';
import type { ReferenceTable } from './reference-table.js';

export interface SlotQuery {
  readonly k: number;
  readonly filter: SlotFilter | null;
  /** Breadth of a graph's search. */
  readonly ef?: number | undefined;
}

/** What `GraphIndex` and its exact twin have in common. */
export interface SlotIndex {
  /** The (about) k references of highest cosine that the filter accepts: descending, ties by id. */
  search(query: Float32Array, options: SlotQuery): readonly Hit[];
}

/** Brute force over every vector: what the graph is compared with, and what answers where few references count. */
export class ExactIndex implements SlotIndex {
  constructor(readonly table: ReferenceTable) {}

  search(query: Float32Array, { k, filter }: SlotQuery): readonly Hit[] {
    return this.searchAmong(query, this.#accepted(filter), k);
  }

  /** The same over some slots only. */
  searchAmong(query: Float32Array, slots: Iterable<number>, k: number): readonly Hit[] {
    const best = new BestHits(k, this.table);
    this.table.score(query, slots, (slot, score) => best.offer(slot, score));
    return best.hits();
  }

  *#accepted(filter: SlotFilter | null): Generator<number> {
    const { table } = this;
    for (let slot = 0; slot < table.slots; slot++) {
      if (table.isAlive(slot) && (filter === null || filter.accept(slot))) yield slot;
    }
  }
}
