const ITEMS = 64;
const WAIT_MS = 1000;

/** Gathers items that are stored together: 64, or those of one second, so that a killed run loses little. */
export class Batch<T> {
  #items: T[] = [];
  #sinceMs = 0;
  #storing: Promise<void> | null = null;

  readonly #store: (items: readonly T[]) => void | Promise<void>;

  /** @param store stores all of them or none; after an error the items are offered again with the next ones */
  constructor(store: (items: readonly T[]) => void | Promise<void>) {
    this.#store = store;
  }

  get size(): number {
    return this.#items.length;
  }

  async add(item: T): Promise<void> {
    this.put([item]);
    if (this.#items.length >= ITEMS) await this.commit();
  }

  /** Adds items without storing yet. */
  put(items: readonly T[]): void {
    if (this.#items.length === 0) this.#sinceMs = performance.now();
    this.#items.push(...items);
  }

  /** Stores what has waited for a second; to be called regularly. */
  async tick(): Promise<void> {
    if (this.#items.length > 0 && performance.now() - this.#sinceMs >= WAIT_MS) await this.commit();
  }

  /** Stores what was gathered, once earlier items are stored. */
  async commit(): Promise<void> {
    while (this.#storing !== null) await this.#storing;
    if (this.#items.length === 0) return;
    const items = [...this.#items];
    this.#storing = Promise.resolve(this.#store(items)).then(() => {
      this.#items.splice(0, items.length);
    });
    try {
      await this.#storing;
    } finally {
      this.#storing = null;
    }
  }
}
