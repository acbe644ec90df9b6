import { ExactIndex, type SlotIndex, type SlotQuery } from './exact-index.js';
import type { SlotFilter } from './filter-slots.js';
import type { Hit } from './nearest-slots.js';
import type { PointGraph } from './point-graph.js';
import type { ReferenceTable } from './reference-table.js';

/** Where fewer references count than this, brute force is as fast as the graph (2,000 of 512 dimensions: 0.6 ms). */
export const BRUTE_FORCE_MAX = 4000;
/** At most so many hits are fetched where a filter leaves few of them; after that brute force takes over. */
const FETCH_MAX = 8192;

export interface GraphIndexOptions {
  /** Default breadth of a search. */
  readonly ef: number;
  readonly bruteForceMax?: number;
}

/**
 * The graph over a table. References that are not in the graph yet are looked at one by one, so that an answer is never older
 * than the table. A filter runs after the graph, on its hits. Where too few hits pass, more are fetched, then all are looked at: a search never returns
 * fewer than there are.
 */
export class GraphIndex implements SlotIndex {
  readonly exact: ExactIndex;
  /** Slots that are not in the graph. */
  readonly pending = new Set<number>();
  readonly #bruteForceMax: number;
  readonly #ef: number;

  constructor(
    readonly table: ReferenceTable,
    options: GraphIndexOptions,
  ) {
    this.exact = new ExactIndex(table);
    this.#ef = options.ef;
    this.#bruteForceMax = options.bruteForceMax ?? BRUTE_FORCE_MAX;
    this.findPending();
  }

  get graph(): PointGraph {
    return this.table.graph;
  }

  /** To be called when the graph was replaced. */
  findPending(): void {
    this.pending.clear();
    const { table, graph } = this;
    for (let slot = 0; slot < table.slots; slot++) {
      if (table.isAlive(slot) && !graph.has(table.label(slot))) this.pending.add(slot);
    }
    const gone: number[] = [];
    graph.forEachLabel((label) => {
      if (table.slotOf(label) === -1) gone.push(label);
    });
    for (const label of gone) graph.remove(label);
  }

  /** Adds pending references to the graph for about `budgetMs`; true when none are left. */
  addPending(budgetMs: number): boolean {
    const until = performance.now() + budgetMs;
    for (const slot of this.pending) {
      this.graph.link(this.table.label(slot));
      this.pending.delete(slot);
      if (performance.now() >= until) break;
    }
    return this.pending.size === 0;
  }

  /** A reference was deleted from the table, which had this slot. */
  removed(slot: number): void {
    this.pending.delete(slot);
  }

  search(query: Float32Array, { k, filter, ef }: SlotQuery): readonly Hit[] {
    const { table, graph } = this;
    if (table.size <= this.#bruteForceMax) return this.exact.search(query, { k, filter });
    let fetch = k;
    if (filter !== null) {
      if (filter.selects) {
        const slots = this.#accepted(filter);
        if (slots.length <= this.#bruteForceMax) return this.exact.searchAmong(query, slots, k);
        fetch = Math.ceil((k * table.size) / slots.length);
      }
      // A few more than wanted, since what is excluded (the query itself, its drive) lies near the query.
      fetch = Math.ceil(fetch * 1.1) + 32;
    }
    for (; fetch <= FETCH_MAX; fetch *= 4) {
      const hits = this.#searchGraph(query, k, fetch, filter, ef ?? this.#ef);
      if (hits.length >= k || fetch >= graph.count) return hits;
    }
    return this.exact.search(query, { k, filter });
  }

  #searchGraph(query: Float32Array, k: number, fetch: number, filter: SlotFilter | null, ef: number): readonly Hit[] {
    const { table } = this;
    const slots = this.graph.search(query, fetch, ef).map((label) => table.slotOf(label));
    const passing = [...slots.filter((slot) => slot !== -1), ...this.pending].filter(
      (slot) => filter === null || filter.accept(slot),
    );
    return this.exact.searchAmong(query, passing, k);
  }

  #accepted(filter: SlotFilter): readonly number[] {
    const slots: number[] = [];
    for (let slot = 0; slot < this.table.slots; slot++) {
      if (this.table.isAlive(slot) && filter.accept(slot)) slots.push(slot);
    }
    return slots;
  }
}
