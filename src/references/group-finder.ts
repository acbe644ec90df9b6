import { SPOT_KM } from '../domain/geo-point.js';
import { NearCells } from './near-cells.js';

/**
 * Groups references as they come: one joins the group of its sequence, else the first-founded group whose founder lies within
 * 25 m, else it founds one. Groups depend on the order of the calls; in the order of ids they depend on the references alone.
 */
export class GroupFinder {
  #groups = 0;
  readonly #bySequence = new Map<string | number, number>();
  readonly #founders = new NearCells<number>(SPOT_KM);

  get groups(): number {
    return this.#groups;
  }

  /** Adds a reference. `sequence`: any key, null for none. @returns its group's number, and whether it founded the group */
  add(lat: number, lon: number, sequence: string | number | null): { group: number; founded: boolean } {
    const known = sequence === null ? undefined : this.#bySequence.get(sequence);
    if (known !== undefined) return { group: known, founded: false };
    const near = this.#near(lat, lon);
    const group = near ?? this.#groups++;
    if (sequence !== null) this.#bySequence.set(sequence, group);
    if (near === null) this.#founders.add(lat, lon, group);
    return { group, founded: near === null };
  }

  #near(lat: number, lon: number): number | null {
    let first = Number.POSITIVE_INFINITY;
    this.#founders.visit(lat, lon, (group) => {
      first = Math.min(first, group);
      return false;
    });
    return first === Number.POSITIVE_INFINITY ? null : first;
  }
}
