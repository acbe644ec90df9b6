const ITEMS = 64;
const WAIT_MS = 1000;

/** Gathers what is stored together: 64 items, or those of a second, so that a killed run loses little. */
export class Batch<T> {
  private items: readonly T[] = [];
  private sinceMs = 0;

  /** `store`: all of them or none; what it refused is offered again with the next. */
  constructor(private readonly store: (items: readonly T[]) => void) {}

  get size(): number {
    return this.items.length;
  }

  add(item: T): void {
    this.put([item]);
    if (this.items.length >= ITEMS) this.commit();
  }

  /** Gathers without storing. */
  put(items: readonly T[]): void {
    if (this.items.length === 0) this.sinceMs = performance.now();
    this.items = [...this.items, ...items];
  }

  /** Stores what has waited for a second; to be called now and then. */
  tick(): void {
    if (performance.now() - this.sinceMs >= WAIT_MS) this.commit();
  }

  commit(): void {
    if (this.items.length === 0) return;
    this.store(this.items);
    this.items = [];
  }
}
