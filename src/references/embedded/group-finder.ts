import { NearCells } from './near-cells.js';

/** References of one drive, or this near to a group's first member, are one witness (docs/blend.md, sections 2 and 3). */
export const GROUP_KM = 0.025;

/**
 * Groups references as they come: one joins the group of its sequence, else the first-founded group whose founder lies
 * within 25 m, else it founds one. Whoever wants groups that do not depend on how references arrived gives them in the
 * order of their ids.
 */
export class GroupFinder {
  #groups = 0;
  readonly #bySequence = new Map<string | number, number>();
  readonly #founders = new NearCells<number>(GROUP_KM);

  get groups(): number {
    return this.#groups;
  }

  /** Number of the group, and whether this reference founded it. `sequence`: any key, null for none. */
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
