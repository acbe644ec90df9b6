import { SPOT_KM } from '../../domain/geo-point.js';
import { present } from '../../domain/present.js';
import { NearCells } from '../near-cells.js';
import type { ReferenceTable } from './reference-table.js';

/** More than there are slots; a prefix of an id and a place together take 53 bits. */
const PLACES = 2 ** 29;

/**
 * Heads that come or go; see `GroupFounders`. No slot is reused while a `GroupFounders` lives: after a deletion `CountryMeans`
 * makes another.
 */
interface Change {
  readonly removed: ReadonlySet<number>;
  readonly added: readonly number[];
}

/**
 * Which references stand for their groups, whatever the order in which they came: those that `GroupFinder` lets found one when
 * it is given all by ascending id. Only a head can found a group: the smallest id of a sequence, or a reference without one. It
 * does where no founder of a smaller id lies within 25 m. So a head that comes or goes changes only larger ids near it, and
 * near those in turn: a greedy independent set kept up to date, of which a change alters one member on average (Censor-Hillel,
 * Haramaty and Karnin, PODC 2016).
 */
export class GroupFounders {
  readonly #heads = new NearCells<number>(SPOT_KM);
  readonly #members = new Map<number, number[]>();
  readonly #headOf = new Map<number, number>();
  /** By slot: 1 for a founder. */
  #founders = new Uint8Array(1024);

  /** @param slots all references there are */
  constructor(
    readonly table: ReferenceTable,
    slots: readonly number[],
  ) {
    // In this order each head comes after all that its being a founder depends on.
    for (const slot of this.#byId(slots)) this.#addNext(slot);
  }

  isFounder(slot: number): boolean {
    return this.#founders[slot] === 1;
  }

  /** @returns by slot, whether it founds a group now or no longer does */
  add(slot: number): ReadonlyMap<number, boolean> {
    const sequence = this.table.sequenceCode(slot);
    const removed = new Set<number>();
    if (sequence !== -1) {
      const members = this.#members.get(sequence);
      if (members) members.push(slot);
      else this.#members.set(sequence, [slot]);
      const head = this.#headOf.get(sequence);
      if (head !== undefined && this.#before(head, slot) < 0) return new Map();
      this.#headOf.set(sequence, slot);
      if (head !== undefined) {
        removed.add(head);
        this.#heads.remove(this.table.lat(head), this.table.lon(head), head);
      }
    }
    const flips = this.#flips({ removed, added: [slot] });
    this.#heads.add(this.table.lat(slot), this.table.lon(slot), slot);
    for (const [flipped, founds] of flips) this.#setFounder(flipped, founds);
    return flips;
  }

  /** The same for one whose id is larger than all there are. */
  #addNext(slot: number): void {
    const { table } = this;
    const sequence = table.sequenceCode(slot);
    if (sequence !== -1) {
      const members = this.#members.get(sequence);
      if (members) {
        members.push(slot);
        return;
      }
      this.#members.set(sequence, [slot]);
      this.#headOf.set(sequence, slot);
    }
    const [lat, lon] = [table.lat(slot), table.lon(slot)];
    this.#setFounder(slot, !this.#heads.visit(lat, lon, (other) => this.isFounder(other)));
    this.#heads.add(lat, lon, slot);
  }

  #setFounder(slot: number, founds: boolean): void {
    if (slot >= this.#founders.length) {
      const grown = new Uint8Array(2 * Math.max(slot, this.#founders.length));
      grown.set(this.#founders);
      this.#founders = grown;
    }
    this.#founders[slot] = founds ? 1 : 0;
  }

  /** The same changes if these references were not there; changes nothing. */
  without(excluded: ReadonlySet<number>): ReadonlyMap<number, boolean> {
    const removed = new Set<number>();
    const added: number[] = [];
    for (const slot of excluded) {
      const sequence = this.table.sequenceCode(slot);
      if (sequence === -1) removed.add(slot);
      else if (this.#headOf.get(sequence) === slot) {
        removed.add(slot);
        let next = -1;
        for (const member of this.#members.get(sequence) ?? []) {
          if (!excluded.has(member) && (next === -1 || this.#before(member, next) < 0)) next = member;
        }
        if (next !== -1) added.push(next);
      }
    }
    return this.#flips({ removed, added });
  }

  /** Decides again, by ascending id, about the heads that a change can affect. */
  #flips({ removed, added }: Change): ReadonlyMap<number, boolean> {
    const { table } = this;
    const flips = new Map<number, boolean>();
    const extra = new NearCells<number>(SPOT_KM);
    for (const slot of added) extra.add(table.lat(slot), table.lon(slot), slot);
    const due = new SlotQueue((a, b) => this.#before(a, b));
    const near = (slot: number, visit: (other: number) => boolean) => {
      const show = (other: number) => other !== slot && !removed.has(other) && visit(other);
      const [lat, lon] = [table.lat(slot), table.lon(slot)];
      return this.#heads.visit(lat, lon, show) || (added.length > 0 && extra.visit(lat, lon, show));
    };
    const concernLater = (slot: number) =>
      near(slot, (other) => {
        if (this.#before(slot, other) < 0) due.push(other);
        return false;
      });
    for (const slot of removed) {
      if (!this.isFounder(slot)) continue;
      flips.set(slot, false);
      concernLater(slot);
    }
    for (const slot of added) due.push(slot);
    for (let slot = due.pop(); slot !== undefined; slot = due.pop()) {
      const own = slot;
      const taken = near(own, (other) => this.#before(other, own) < 0 && (flips.get(other) ?? this.isFounder(other)));
      if (this.isFounder(own) === !taken) continue;
      flips.set(own, !taken);
      concernLater(own);
    }
    return flips;
  }

  /** By ascending id. Ids are hashes: few begin with the same 24 bits, and numbers are sorted faster than strings. */
  #byId(slots: readonly number[]): readonly number[] {
    const keys = Float64Array.from(slots, (slot, i) => Number(`0x${this.table.id(slot).slice(0, 6)}`) * PLACES + i);
    if (keys.some(Number.isNaN)) return slots.toSorted((a, b) => this.#before(a, b));
    keys.sort();
    const sorted = Array.from(keys, (key) => present(slots[key % PLACES]));
    const prefix = (i: number) => Math.floor(present(keys[i]) / PLACES);
    for (let from = 0, to = 1; from < sorted.length; from = to++) {
      while (to < sorted.length && prefix(to) === prefix(from)) to++;
      if (to - from === 1) continue;
      const alike = sorted.slice(from, to).sort((a, b) => this.#before(a, b));
      for (const [i, slot] of alike.entries()) sorted[from + i] = slot;
    }
    return sorted;
  }

  #before(a: number, b: number): number {
    const [first, second] = [this.table.id(a), this.table.id(b)];
    return first < second ? -1 : first > second ? 1 : 0;
  }
}

/** A binary heap of slots in ascending order of ids; a slot that waits already is not added again. */
class SlotQueue {
  readonly #heap: number[] = [];
  readonly #waiting = new Set<number>();

  constructor(readonly before: (a: number, b: number) => number) {}

  push(slot: number): void {
    if (this.#waiting.has(slot)) return;
    this.#waiting.add(slot);
    const heap = this.#heap;
    let at = heap.push(slot) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.before(present(heap[parent]), present(heap[at])) < 0) break;
      [heap[parent], heap[at]] = [present(heap[at]), present(heap[parent])];
      at = parent;
    }
  }

  pop(): number | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return undefined;
    this.#waiting.delete(first);
    if (heap.length === 0) return first;
    heap[0] = last;
    for (let at = 0; ; ) {
      let least = 2 * at + 1;
      if (least >= heap.length) return first;
      if (least + 1 < heap.length && this.before(present(heap[least + 1]), present(heap[least])) < 0) least++;
      if (this.before(present(heap[at]), present(heap[least])) < 0) return first;
      [heap[at], heap[least]] = [present(heap[least]), present(heap[at])];
      at = least;
    }
  }
}
