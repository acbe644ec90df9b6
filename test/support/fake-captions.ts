import type { Caption } from '../../src/domain/caption.js';
import { cosine, type UnitVector } from '../../src/domain/unit-vector.js';
import type { CaptionSet } from '../../src/references/caption-set.js';

/** A caption set in memory with the answers of a real one, by brute force. */
export class FakeCaptions implements CaptionSet {
  readonly #rows: ReadonlyMap<string, { readonly caption: Caption; readonly vector: UnitVector }>;
  /** How many cosines were asked for: scoring all cities is what must not happen. */
  cosinesAsked = 0;

  constructor(
    readonly dimension: number,
    rows: readonly { readonly caption: Caption; readonly vector: UnitVector }[],
  ) {
    this.#rows = new Map(rows.map((row) => [row.caption.id, row]));
  }

  get size(): number {
    return this.#rows.size;
  }

  has(id: string): boolean {
    return this.#rows.has(id);
  }

  caption(id: string): Caption | null {
    return this.#rows.get(id)?.caption ?? null;
  }

  vector(id: string): UnitVector | null {
    return this.#rows.get(id)?.vector ?? null;
  }

  cosines(query: UnitVector, ids: readonly string[]): Float64Array {
    this.cosinesAsked += ids.length;
    return Float64Array.from(ids, (id) => {
      const vector = this.vector(id);
      return vector === null ? Number.NaN : cosine(query, vector);
    });
  }

  rows(ids: readonly string[]) {
    return {
      dots: (vector: Float32Array, positions?: Int32Array) => {
        const asked = positions === undefined ? ids : Array.from(positions, (at) => ids[at] ?? '');
        this.cosinesAsked += asked.length;
        return Float64Array.from(asked, (id) => {
          const row = this.vector(id);
          return row === null ? Number.NaN : vector.reduce((sum, v, i) => sum + v * (row[i] as number), 0);
        });
      },
    };
  }

  async nearest(query: UnitVector, k: number) {
    return [...this.#rows.values()]
      .map(({ caption, vector }) => ({ caption, score: cosine(query, vector) }))
      .sort((a, b) => b.score - a.score || (a.caption.id < b.caption.id ? -1 : 1))
      .slice(0, k);
  }

  async close() {}
}
