const ITEMS = 64;
const WAIT_MS = 1000;

/** Gathers what is stored together: 64 items, or those of a second, so that a killed run loses little. */
export class Batch<T> {
  #items: T[] = [];
  #sinceMs = 0;
  #storing: Promise<void> | null = null;

  readonly #store: (items: readonly T[]) => void | Promise<void>;

  /** `store`: all of them or none; what it refused is offered again with the next. */
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

  /** Gathers without storing. */
  put(items: readonly T[]): void {
    if (this.#items.length === 0) this.#sinceMs = performance.now();
    this.#items.push(...items);
  }

  /** Stores what has waited for a second; to be called now and then. */
  async tick(): Promise<void> {
    if (this.#items.length > 0 && performance.now() - this.#sinceMs >= WAIT_MS) await this.commit();
  }

  /** Stores what was gathered, after what is being stored. */
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
