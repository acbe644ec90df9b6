import { EARTH_RADIUS_KM } from '../domain/geo-point.js';
import { present as checked } from '../domain/present.js';
import { kmToChordSquared, RADIANS, toSphere } from '../geo/sphere.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** More than there are of a reach of 25 m. */
const BANDS_MAX = 1_000_000;
const CELLS_MAX = 2 ** 22;
/** The key of no cell. */
const NONE = -1;

/**
 * Finds values within a fixed reach of a point. They are kept in bands of latitude that are cut into cells, each at least the
 * reach high and wide, so that all that is in reach lies in the point's cell or a neighbouring one. A million take 60 MB.
 */
export class NearCells<T> {
  readonly #bandDegrees: number;
  readonly #reach: number;
  /** A hash table of cells with open addressing: the cell's key, and 1 + the item that was last added to it. */
  #keys = new Float64Array(64).fill(NONE);
  #lasts = new Int32Array(64);
  #cells = 0;
  /** By item: directions (three numbers), 1 + the one added before it to its cell, and what it stands for. */
  #at = new Float64Array(3 * 64);
  #before = new Int32Array(64);
  readonly #values: (T | undefined)[] = [];
  readonly #free: number[] = [];

  constructor(reachKm: number) {
    this.#bandDegrees = (reachKm / EARTH_RADIUS_KM) * (180 / Math.PI) * 1.0001;
    this.#reach = kmToChordSquared(reachKm);
  }

  add(lat: number, lon: number, value: T): void {
    const band = this.#band(lat);
    const place = this.#placeToWrite(band, cellAt(lon, this.#cellsOf(band)));
    const item = this.#itemFor(value);
    this.#at.set(toSphere({ lat, lon }), 3 * item);
    this.#before[item] = present(this.#lasts[place]);
    this.#lasts[place] = item + 1;
  }

  remove(lat: number, lon: number, value: T): void {
    const band = this.#band(lat);
    const place = this.#place(band, cellAt(lon, this.#cellsOf(band)));
    let later = -1;
    for (let link = present(this.#lasts[place]); link !== 0; link = present(this.#before[link - 1])) {
      const item = link - 1;
      if (this.#values[item] === value) {
        if (later === -1) this.#lasts[place] = present(this.#before[item]);
        else this.#before[later] = present(this.#before[item]);
        this.#values[item] = undefined;
        this.#free.push(item);
        return;
      }
      later = item;
    }
  }

  /** Visits the values within reach, in no defined order, until a visit returns true. @returns whether one did */
  visit(lat: number, lon: number, visit: (value: T, chordSquared: number) => boolean): boolean {
    const [x, y, z] = toSphere({ lat, lon });
    const middle = this.#band(lat);
    for (let band = middle - 1; band <= middle + 1; band++) {
      const cells = this.#cellsOf(band);
      const cell = cellAt(lon, cells);
      // Of a band of one or two cells none is shown twice.
      for (let c = cells > 2 ? -1 : 0; c <= (cells > 1 ? 1 : 0); c++) {
        const place = this.#place(band, (cell + c + cells) % cells);
        for (let link = present(this.#lasts[place]); link !== 0; link = present(this.#before[link - 1])) {
          const at = 3 * (link - 1);
          const chord2 =
            (present(this.#at[at]) - x) ** 2 +
            (present(this.#at[at + 1]) - y) ** 2 +
            (present(this.#at[at + 2]) - z) ** 2;
          if (chord2 <= this.#reach && visit(present(this.#values[link - 1]), chord2)) return true;
        }
      }
    }
    return false;
  }

  #itemFor(value: T): number {
    const item = this.#free.pop() ?? this.#values.length;
    this.#values[item] = value;
    if (item >= this.#before.length) {
      this.#before = grown(this.#before);
      this.#at = grown(this.#at);
    }
    return item;
  }

  /** Where a cell is in the hash table, or would be. */
  #place(band: number, cell: number): number {
    const [keys, sought] = [this.#keys, keyOf(band, cell)];
    const mask = keys.length - 1;
    const hash = Math.imul(Math.imul(band, 0x9e3779b1) ^ cell, 0x85ebca6b);
    let place = (hash ^ (hash >>> 15)) & mask;
    while (keys[place] !== sought && keys[place] !== NONE) place = (place + 1) & mask;
    return place;
  }

  #placeToWrite(band: number, cell: number): number {
    if (2 * this.#cells >= this.#keys.length) this.#growTable();
    const place = this.#place(band, cell);
    if (this.#keys[place] === NONE) {
      this.#keys[place] = keyOf(band, cell);
      this.#cells++;
    }
    return place;
  }

  #growTable(): void {
    const [keys, lasts] = [this.#keys, this.#lasts];
    this.#keys = new Float64Array(2 * keys.length).fill(NONE);
    this.#lasts = new Int32Array(2 * keys.length);
    for (let i = 0; i < keys.length; i++) {
      const key = present(keys[i]);
      if (key === NONE) continue;
      const band = Math.floor(key / CELLS_MAX) - BANDS_MAX;
      const place = this.#place(band, key - keyOf(band, 0));
      this.#keys[place] = key;
      this.#lasts[place] = present(lasts[i]);
    }
  }

  #band(lat: number): number {
    return Math.floor(lat / this.#bandDegrees);
  }

  /**
   * Cells round the globe in a band: each is as wide as the widest difference of longitudes of two points in reach, one of them at the
   * band's edge nearer to the pole, asin(sin reach / cos latitude). One cell where the pole itself is in reach.
   */
  #cellsOf(band: number): number {
    const edge = Math.min(90, Math.max(Math.abs(band), Math.abs(band + 1)) * this.#bandDegrees);
    const sine = Math.sin(this.#bandDegrees * RADIANS) / Math.cos(edge * RADIANS);
    return sine < 1 ? Math.floor((2 * Math.PI) / Math.asin(sine)) : 1;
  }
}

function cellAt(lon: number, cells: number): number {
  return Math.floor(((lon + 180) / 360) * cells) % cells;
}

function keyOf(band: number, cell: number): number {
  return (band + BANDS_MAX) * CELLS_MAX + cell;
}

function grown<T extends Int32Array | Float64Array>(numbers: T): T {
  const larger = new (numbers.constructor as new (length: number) => T)(2 * numbers.length);
  larger.set(numbers as never);
  return larger;
}
