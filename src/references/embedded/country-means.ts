import type { Catalogue } from './catalogue.js';
import { GroupFinder } from './group-finder.js';

export interface CountryMean {
  readonly iso2: string;
  readonly groups: number;
  readonly mean: Float32Array;
}

/**
 * Mean vectors of the groups' founders per country, kept as references arrive. Groups are formed in the order of
 * labels; a deletion or a correction may undo a group, so that all are formed anew when next asked for.
 */
export class CountryMeans {
  #finder = new GroupFinder();
  #sums = new Map<number, { groups: number; sum: Float64Array }>();
  #stale = false;

  constructor(readonly catalogue: Catalogue) {
    this.#formAll();
  }

  /** A reference with a label above all others was added. */
  added(slot: number): void {
    if (!this.#stale) this.#add(slot);
  }

  /** A reference was removed or corrected. */
  changed(): void {
    this.#stale = true;
  }

  means(): readonly CountryMean[] {
    if (this.#stale) this.#formAll();
    return [...this.#sums]
      .map(([code, { groups, sum }]) => ({
        iso2: this.catalogue.iso2.word(code) as string,
        groups,
        mean: Float32Array.from(sum, (value) => value / groups),
      }))
      .sort((a, b) => (a.iso2 < b.iso2 ? -1 : 1));
  }

  #formAll(): void {
    this.#finder = new GroupFinder();
    this.#sums = new Map();
    this.#stale = false;
    const slots: number[] = [];
    for (let slot = 0; slot < this.catalogue.slots; slot++) if (this.catalogue.isAlive(slot)) slots.push(slot);
    slots.sort((a, b) => this.catalogue.label(a) - this.catalogue.label(b));
    for (const slot of slots) this.#add(slot);
  }

  #add(slot: number): void {
    const { catalogue } = this;
    const sequence = catalogue.sequenceCode(slot);
    const place = this.#finder.add(catalogue.lat(slot), catalogue.lon(slot), sequence === -1 ? null : sequence);
    const country = catalogue.iso2Code(slot);
    if (!place.founded || country === -1) return;
    let entry = this.#sums.get(country);
    if (entry === undefined) {
      entry = { groups: 0, sum: new Float64Array(catalogue.dimension) };
      this.#sums.set(country, entry);
    }
    entry.groups++;
    const row = catalogue.vectors.row(slot);
    for (let i = 0; i < row.length; i++) entry.sum[i] = (entry.sum[i] as number) + (row[i] as number);
  }
}
