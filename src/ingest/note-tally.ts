import type { FactNote } from '../images/known-facts.js';

interface Counted {
  readonly what: string;
  readonly firstPath: string;
  readonly firstGot: string | null;
  count: number;
}

/** Counts what could not be used of the photos that were taken, so that ten thousand of a kind make one sentence. */
export class NoteTally {
  readonly #counted = new Map<string, Counted>();

  add(path: string, notes: readonly FactNote[]): void {
    for (const { what, got } of notes) {
      const known = this.#counted.get(what);
      if (known !== undefined) known.count++;
      else this.#counted.set(what, { what, firstPath: path, firstGot: got, count: 1 });
    }
  }

  /** A sentence for each kind, with its count and its first example. */
  sentences(one = 'photo', many = 'photos'): readonly string[] {
    return [...this.#counted.values()].map(({ what, firstPath, firstGot, count }) => {
      const photos = count === 1 ? `1 ${one}` : `${count} ${many}, the first one`;
      return `${what}: ${photos} ${firstPath}${firstGot === null ? '' : ` (${firstGot})`}.`;
    });
  }
}
