import { present as checked } from '../../domain/present.js';
import type { CountryMean } from '../summaries.js';
import { GroupFounders } from './group-founders.js';
import type { ReferenceTable } from './reference-table.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/**
 * How the means change without some references: the countries whose mean differs, with the new one, and those that have no
 * group left.
 */
export interface ChangedMeans {
  readonly changed: readonly CountryMean[];
  readonly gone: readonly string[];
}

interface Sum {
  groups: number;
  /** In units of 2^−36. */
  readonly vector: Float64Array;
}

/**
 * Components are rounded to whole units, of which one has so many, so that their sums are exact in float64 (up to 2^17 of the largest
 * possible component) and do not depend on the order. It is finer than float32's own rounding.
 */
const UNITS_IN_ONE = 2 ** 36;

/**
 * Mean vectors per country of the groups' founders (of each group the member of smallest id: `GroupFounders`). They are updated
 * with each added reference, and do not depend on the order. After a deletion or a correction all of them are computed anew
 * when they are next asked for.
 */
export class CountryMeans {
  #founders: GroupFounders;
  #sums = new Map<number, Sum>();
  #stale = false;

  constructor(readonly table: ReferenceTable) {
    this.#founders = this.#formAll();
  }

  added(slot: number): void {
    if (!this.#stale) this.#apply(this.#founders.add(slot), this.#sums);
  }

  changed(): void {
    this.#stale = true;
  }

  means(): readonly CountryMean[] {
    this.#refresh();
    return [...this.#sums].map(([code, sum]) => this.#mean(code, sum)).sort((a, b) => (a.iso2 < b.iso2 ? -1 : 1));
  }

  /** What the means would be if these references were not there. */
  without(excluded: ReadonlySet<number>): ChangedMeans {
    this.#refresh();
    const flips = this.#founders.without(excluded);
    const concerned = new Set([...flips.keys()].map((slot) => this.table.iso2Code(slot)));
    const sums = new Map<number, Sum>();
    for (const code of concerned) {
      const sum = this.#sums.get(code);
      if (sum !== undefined) sums.set(code, { groups: sum.groups, vector: sum.vector.slice() });
    }
    this.#apply(flips, sums);
    const left = [...sums].map(([code, sum]) => this.#mean(code, sum));
    const known = new Set(left.map(({ iso2 }) => iso2));
    const gone = [...concerned].flatMap((code) => this.table.iso2.word(code) ?? []);
    return { changed: left, gone: gone.filter((iso2) => !known.has(iso2)) };
  }

  #refresh(): void {
    if (this.#stale) this.#founders = this.#formAll();
  }

  #formAll(): GroupFounders {
    const { table } = this;
    const slots: number[] = [];
    for (let slot = 0; slot < table.slots; slot++) if (table.isAlive(slot)) slots.push(slot);
    const founders = new GroupFounders(table, slots);
    this.#sums = new Map();
    this.#stale = false;
    for (const slot of slots) if (founders.isFounder(slot)) this.#count(slot, 1, this.#sums);
    return founders;
  }

  /** Adds the vectors of slots that found a group now, and subtracts those of slots that no longer do. */
  #apply(flips: ReadonlyMap<number, boolean>, sums: Map<number, Sum>): void {
    for (const [slot, founds] of flips) this.#count(slot, founds ? 1 : -1, sums);
  }

  #count(slot: number, sign: 1 | -1, sums: Map<number, Sum>): void {
    const { table } = this;
    const code = table.iso2Code(slot);
    if (code === -1) return;
    let sum = sums.get(code);
    if (sum === undefined) {
      sum = { groups: 0, vector: new Float64Array(table.dimension) };
      sums.set(code, sum);
    }
    addInUnits(sum.vector, table.vector(slot), sign);
    sum.groups += sign;
    if (sum.groups === 0) sums.delete(code);
  }

  #mean(code: number, { groups, vector }: Sum): CountryMean {
    return {
      iso2: present(this.table.iso2.word(code) ?? undefined),
      groups,
      mean: Float32Array.from(vector, (value) => value / UNITS_IN_ONE / groups),
    };
  }
}

function addInUnits(sum: Float64Array, row: Float32Array, sign: 1 | -1): void {
  for (let i = 0; i < row.length; i++) {
    // Where it rounds a half means nothing; this is one instruction, `Math.round` several.
    sum[i] = present(sum[i]) + sign * Math.floor(present(row[i]) * UNITS_IN_ONE + 0.5);
  }
}
