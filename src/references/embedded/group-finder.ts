import { EARTH_RADIUS_KM } from '../../domain/geo-point.js';
import { distanceKm } from '../../geo/distance.js';

/** References of one drive or within this distance of a group's first member are one witness (prediction.md). */
export const GROUP_KM = 0.025;

const BAND_DEGREES = (GROUP_KM / EARTH_RADIUS_KM) * (180 / Math.PI) * 1.0001;

interface Founder {
  readonly lat: number;
  readonly lon: number;
  readonly group: number;
}

/**
 * Groups references as they come: one joins the group of its sequence, else the first-founded group whose founder lies
 * within 25 m, else it founds one. Founders are kept in cells of at least 25 m, whose longitudes narrow with latitude.
 */
export class GroupFinder {
  #groups = 0;
  readonly #bySequence = new Map<string | number, number>();
  readonly #cells = new Map<number, Founder[]>();

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
    if (near === null) this.#found({ lat, lon, group });
    return { group, founded: near === null };
  }

  #near(lat: number, lon: number): number | null {
    let first: number | null = null;
    const middle = band(lat);
    for (let b = middle - 1; b <= middle + 1; b++) {
      const cells = cellsOf(b);
      const cell = cellAt(lon, cells);
      for (const c of new Set([cell, (cell + 1) % cells, (cell - 1 + cells) % cells])) {
        for (const founder of this.#cells.get(key(b, c)) ?? []) {
          if ((first === null || founder.group < first) && distanceKm(founder, { lat, lon }) <= GROUP_KM)
            first = founder.group;
        }
      }
    }
    return first;
  }

  #found(founder: Founder): void {
    const b = band(founder.lat);
    const at = key(b, cellAt(founder.lon, cellsOf(b)));
    const cell = this.#cells.get(at);
    if (cell) cell.push(founder);
    else this.#cells.set(at, [founder]);
  }
}

function band(lat: number): number {
  return Math.floor(lat / BAND_DEGREES);
}

/** Cells round the globe in a band: each is at least 25 m wide at the band's edge nearer to the pole. */
function cellsOf(b: number): number {
  const edge = Math.min(90, Math.max(Math.abs(b), Math.abs(b + 1)) * BAND_DEGREES);
  return Math.max(1, Math.floor((360 * Math.cos((edge * Math.PI) / 180)) / BAND_DEGREES));
}

function cellAt(lon: number, cells: number): number {
  return Math.floor(((lon + 180) / 360) * cells) % cells;
}

function key(b: number, cell: number): number {
  return (b + 1_000_000) * 2 ** 22 + cell;
}
