import type { DateOrder, DateReading } from './table-date.js';

/**
 * What the cells of a column say together of those that can be read in two ways: a cell with the day 13 or later decides
 * the order of its kind (dots, slashes, hyphens), unless another one says the opposite.
 */
export class DateColumn {
  readonly #seen = new Map<string, Set<DateOrder>>();
  #serials = 0;
  #others = 0;
  /** Cells with dots that only the custom below decides. */
  #dotted = 0;

  readonly #declared: DateOrder | null;

  /** @param declared what the header says, for cells that no other cell decides */
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

  /** The time of a cell, or why it is left out. */
  decide(reading: DateReading): { readonly time: string } | { readonly why: string } {
    if (reading.kind === 'read') return reading;
    if (reading.kind === 'unread') return reading;
    if (reading.kind === 'serial')
      return this.#others === 0 ? reading : { why: 'as the column has other forms, such numbers may be anything' };
    const order = this.#order(reading.separator);
    return order === null ? { why: 'day and month can be read in both orders' } : { time: reading[order] };
  }

  /** What was decided by custom, to be said: the numbers of cells. */
  get byCustom(): { readonly dotted: number; readonly serials: number } {
    return {
      dotted: this.#seen.has('.') || this.#declared !== null ? 0 : this.#dotted,
      serials: this.#others === 0 ? this.#serials : 0,
    };
  }

  #order(separator: string): DateOrder | null {
    const seen = this.#seen.get(separator);
    // Of the locales of the CLDR all that write dots with the year last put the day first.
    if (seen === undefined) return this.#declared ?? (separator === '.' ? 'dmy' : null);
    return seen.size === 1 ? ([...seen][0] ?? null) : null;
  }
}
