import { EARTH_RADIUS_KM } from '../domain/geo-point.js';
import { chordSquared, kmToChordSquared, type SpherePoint, toSphere } from '../geo/sphere.js';

interface Item<T> {
  readonly at: SpherePoint;
  readonly value: T;
}

/**
 * Finds values within a fixed reach of a point. They are kept in bands of latitude that are cut into cells, each at least the
 * reach high and wide, so that all that is in reach lies in the point's cell or a neighbouring one.
 */
export class NearCells<T> {
  readonly #bandDegrees: number;
  readonly #reach: number;
  readonly #cells = new Map<number, Item<T>[]>();

  constructor(reachKm: number) {
    this.#bandDegrees = (reachKm / EARTH_RADIUS_KM) * (180 / Math.PI) * 1.0001;
    this.#reach = kmToChordSquared(reachKm);
  }

  add(lat: number, lon: number, value: T): void {
    const band = this.#band(lat);
    const at = key(band, cellAt(lon, this.#cellsOf(band)));
    const item = { at: toSphere({ lat, lon }), value };
    const cell = this.#cells.get(at);
    if (cell) cell.push(item);
    else this.#cells.set(at, [item]);
  }

  remove(lat: number, lon: number, value: T): void {
    const band = this.#band(lat);
    const cell = this.#cells.get(key(band, cellAt(lon, this.#cellsOf(band))));
    const i = cell?.findIndex((item) => item.value === value) ?? -1;
    if (i !== -1) cell?.splice(i, 1);
  }

  /** Visits the values within reach, in no defined order, until a visit returns true. @returns whether one did */
  visit(lat: number, lon: number, visit: (value: T, chordSquared: number) => boolean): boolean {
    const at = toSphere({ lat, lon });
    const middle = this.#band(lat);
    for (let band = middle - 1; band <= middle + 1; band++) {
      const cells = this.#cellsOf(band);
      const cell = cellAt(lon, cells);
      for (const c of new Set([cell, (cell + 1) % cells, (cell - 1 + cells) % cells])) {
        for (const item of this.#cells.get(key(band, c)) ?? []) {
          const chord2 = chordSquared(at, item.at);
          if (chord2 <= this.#reach && visit(item.value, chord2)) return true;
        }
      }
    }
    return false;
  }

  #band(lat: number): number {
    return Math.floor(lat / this.#bandDegrees);
  }

  /** Cells round the globe in a band: each is at least as wide as the reach at the band's edge nearer to the pole. */
  #cellsOf(band: number): number {
    const edge = Math.min(90, Math.max(Math.abs(band), Math.abs(band + 1)) * this.#bandDegrees);
    return Math.max(1, Math.floor((360 * Math.cos((edge * Math.PI) / 180)) / this.#bandDegrees));
  }
}

function cellAt(lon: number, cells: number): number {
  return Math.floor(((lon + 180) / 360) * cells) % cells;
}

function key(band: number, cell: number): number {
  return (band + 1_000_000) * 2 ** 22 + cell;
}
