import { present as checked } from '../../domain/present.js';
import type { ReferenceTable } from './reference-table.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** A reference and its cosine with the query. */
export interface Hit {
  readonly slot: number;
  readonly score: number;
}

/** Keeps the k best hits: descending score, ties by id. A heap whose root is the worst of them. */
export class BestHits {
  readonly #slots: number[] = [];
  readonly #scores: number[] = [];

  constructor(
    readonly k: number,
    readonly table: ReferenceTable,
  ) {}

  offer(slot: number, score: number): void {
    const size = this.#slots.length;
    if (size < this.k) {
      this.#slots.push(slot);
      this.#scores.push(score);
      this.#up(size);
    } else if (score >= present(this.#scores[0]) && this.#isBefore(slot, score, 0)) {
      this.#slots[0] = slot;
      this.#scores[0] = score;
      this.#down(0);
    }
  }

  /** The hits, best first. */
  hits(): Hit[] {
    const ids = this.table;
    return this.#slots
      .map((slot, i) => ({ slot, score: present(this.#scores[i]) }))
      .sort((a, b) => b.score - a.score || (ids.id(a.slot) < ids.id(b.slot) ? -1 : 1));
  }

  /** True when (slot, score) is better than the hit at `i` of the heap. */
  #isBefore(slot: number, score: number, i: number): boolean {
    const other = present(this.#scores[i]);
    return score > other || (score === other && this.table.id(slot) < this.table.id(present(this.#slots[i])));
  }

  #isWorse(i: number, j: number): boolean {
    return this.#isBefore(present(this.#slots[j]), present(this.#scores[j]), i);
  }

  #up(from: number): void {
    for (let i = from; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!this.#isWorse(i, parent)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #down(from: number): void {
    for (let i = from; ; ) {
      const left = 2 * i + 1;
      let worst = i;
      if (left < this.#slots.length && this.#isWorse(left, worst)) worst = left;
      if (left + 1 < this.#slots.length && this.#isWorse(left + 1, worst)) worst = left + 1;
      if (worst === i) return;
      this.#swap(i, worst);
      i = worst;
    }
  }

  #swap(i: number, j: number): void {
    const [slots, scores] = [this.#slots, this.#scores];
    [slots[i], slots[j]] = [present(slots[j]), present(slots[i])];
    [scores[i], scores[j]] = [present(scores[j]), present(scores[i])];
  }
}
