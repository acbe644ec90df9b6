import type { DateOrder, DateReading } from './table-date.js';

/**
 * Decides dates that can be read in two ways by the other cells of their column: a day of 13 or more decides the order for its
 * separator (dots, slashes, hyphens), unless another cell contradicts it.
 */
export class DateColumn {
  readonly #seen = new Map<string, Set<DateOrder>>();
  #serials = 0;
  #others = 0;
  /** Number of cells with dots that only the custom below decides. */
  #dotted = 0;

  readonly #declared: DateOrder | null;

  /** @param declared the header's order, for cells that no other cell decides */
  constructor(declared: DateOrder | null = null) {
    this.#declared = declared;
  }

  add(reading: DateReading): void {
    if (reading.kind === 'serial') this.#serials++;
    else this.#others++;
    if (reading.kind === 'either' && reading.separator === '.') this.#dotted++;
    if (reading.kind !== 'read' || reading.order === undefined) return;
    const separator = reading.separator ?? '';
    this.#seen.set(separator, (this.#seen.get(separator) ?? new Set()).add(reading.order));
  }

  /** A cell's time, or why it has none. */
  decide(reading: DateReading): { readonly time: string } | { readonly why: string } {
    if (reading.kind === 'read') return reading;
    if (reading.kind === 'unread') return reading;
    if (reading.kind === 'serial')
      return this.#others === 0 ? reading : { why: 'as the column has other forms, such numbers may be anything' };
    const order = this.#order(reading.separator);
    return order === null ? { why: 'day and month can be read in both orders' } : { time: reading[order] };
  }

  /** Numbers of cells that were decided by custom, for a notice. */
  get byCustom(): { readonly dotted: number; readonly serials: number } {
    return {
      dotted: this.#seen.has('.') || this.#declared !== null ? 0 : this.#dotted,
      serials: this.#others === 0 ? this.#serials : 0,
    };
  }

  #order(separator: string): DateOrder | null {
    const seen = this.#seen.get(separator);
    // All locales of the CLDR that write dots with the year last put the day first.
    if (seen === undefined) return this.#declared ?? (separator === '.' ? 'dmy' : null);
    return seen.size === 1 ? ([...seen][0] ?? null) : null;
  }
}
