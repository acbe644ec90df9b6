import type { BoundingBox } from '../../domain/geo-point.js';
import { present as checked } from '../../domain/present.js';
import type { Reference } from '../../domain/reference.js';
import { boxAround, boxesTouch } from '../../geo/box.js';
import { CELL_RESOLUTION_MAX, cellCentre, cellOf, cellReachKm, parentCell } from '../../geo/cells.js';
import { COVERAGE_CELLS_MAX } from '../../references/catalogue.js';
import type { TagTable } from './tag-table.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Photos beyond this quantile of an independent label's cosine count as having it, since sentences give no probability. */
const TOP = 0.9;

export interface CellShare {
  readonly cell: string;
  readonly photos: number;
  readonly share: number;
}

/**
 * Meaning of a share on a map: a probe's mean probability; the share of photos with this likeliest label (an exclusive set's
 * sentences); or the share among the top tenth of all photos (an independent set's sentences).
 */
export type ShareIs = 'mean_probability' | 'likeliest' | 'top_tenth';

/** Cells of one resolution. */
interface Level {
  readonly names: readonly string[];
  /** For each finest cell the number of the one that it lies in. */
  readonly of: Int32Array;
  /** Their middles. */
  readonly lats: Float64Array;
  readonly lons: Float64Array;
}

const KM_PER_DEGREE = 111;

/** Cells of an index's photos for maps of their tags, computed once. */
export class CellShares {
  readonly #photos: readonly Reference[];
  /** Number of each photo's finest cell. */
  readonly #cellOf: Int32Array;
  readonly #levels = new Map<number, Level>();
  /** Each photo's place in the tags, -1 for none. */
  readonly #placesOf = new WeakMap<TagTable['places'], Int32Array>();

  constructor(photos: readonly Reference[]) {
    this.#photos = photos;
    const numbers = new Map<string, number>();
    this.#cellOf = Int32Array.from(photos, ({ point }) => numberOf(numbers, cellOf(point)));
    const names = [...numbers.keys()];
    this.#levels.set(
      CELL_RESOLUTION_MAX,
      levelOf(
        names,
        Int32Array.from(names, (_, i) => i),
      ),
    );
  }

  /** Coarser than asked for where there would be more than 5,000 cells; only cells in or near the box. */
  shares(
    table: TagTable,
    label: string,
    { bbox, resolution }: { readonly bbox: BoundingBox; readonly resolution: number },
  ): { readonly resolution: number; readonly share_is: ShareIs; readonly cells: readonly CellShare[] } {
    const k = table.labelNumber(label);
    const shareIs = shareKind(table);
    const value = shareValue(table, k, shareIs);
    const finest = this.#level(CELL_RESOLUTION_MAX).names.length;
    const [photos, sums] = [new Float64Array(finest), new Float64Array(finest)];
    const places = this.#places(table);
    for (let i = 0; i < places.length; i++) {
      const place = present(places[i]);
      if (place < 0 || !table.isTagged(place)) continue;
      const cell = present(this.#cellOf[i]);
      photos[cell] = present(photos[cell]) + 1;
      sums[cell] = present(sums[cell]) + value(place);
    }
    for (let coarser = resolution; ; coarser--) {
      const cells = this.#cells(photos, sums, coarser, bbox);
      if (cells !== null) return { resolution: coarser, share_is: shareIs, cells };
    }
  }

  #places(table: TagTable): Int32Array {
    const known = this.#placesOf.get(table.places);
    if (known !== undefined) return known;
    const tagged = present(table.columns[0]).length;
    const places = Int32Array.from(this.#photos, ({ id }) => {
      const place = table.places.of(id) ?? -1;
      return place < tagged ? place : -1;
    });
    this.#placesOf.set(table.places, places);
    return places;
  }

  /** null where they are too many. */
  #cells(photos: Float64Array, sums: Float64Array, resolution: number, bbox: BoundingBox): CellShare[] | null {
    const { of, names, lats, lons } = this.#level(resolution);
    const [counted, summed] = [new Float64Array(names.length), new Float64Array(names.length)];
    for (let cell = 0; cell < of.length; cell++) {
      const parent = present(of[cell]);
      counted[parent] = present(counted[parent]) + present(photos[cell]);
      summed[parent] = present(summed[parent]) + present(sums[cell]);
    }
    const reach = cellReachKm(resolution);
    const [south, north] = [bbox.south - reach / KM_PER_DEGREE, bbox.north + reach / KM_PER_DEGREE];
    const found: CellShare[] = [];
    for (let i = 0; i < names.length; i++) {
      const [all, lat] = [present(counted[i]), present(lats[i])];
      // What is far off by its latitude needs no circle.
      if (all === 0 || lat < south || lat > north) continue;
      if (!boxesTouch(bbox, boxAround({ lat, lon: present(lons[i]) }, reach))) continue;
      if (found.length === COVERAGE_CELLS_MAX && resolution > 0) return null;
      found.push({ cell: present(names[i]), photos: all, share: present(summed[i]) / all });
    }
    return found;
  }

  /** Made from the next finer one, which has fewer cells than there are photos. */
  #level(resolution: number): Level {
    const known = this.#levels.get(resolution);
    if (known !== undefined) return known;
    const finer = this.#level(resolution + 1);
    const numbers = new Map<string, number>();
    const parents = Int32Array.from(finer.names, (cell) => numberOf(numbers, parentCell(cell, resolution)));
    const made = levelOf(
      [...numbers.keys()],
      finer.of.map((cell) => present(parents[cell])),
    );
    this.#levels.set(resolution, made);
    return made;
  }
}

function levelOf(names: readonly string[], of: Int32Array): Level {
  const centres = names.map(cellCentre);
  return {
    ...{ names, of },
    lats: Float64Array.from(centres, ({ lat }) => lat),
    lons: Float64Array.from(centres, ({ lon }) => lon),
  };
}

function shareKind({ state }: TagTable): ShareIs {
  if (state.madeBy === 'probe') return 'mean_probability';
  return state.kind === 'exclusive' ? 'likeliest' : 'top_tenth';
}

function shareValue(table: TagTable, label: number, shareIs: ShareIs): (place: number) => number {
  if (shareIs === 'mean_probability') return (place) => table.value(label, place);
  if (shareIs === 'likeliest') return (place) => (table.likeliest(place) === label ? 1 : 0);
  return (place) => (table.value(label, place) >= TOP ? 1 : 0);
}

function numberOf(numbers: Map<string, number>, name: string): number {
  const known = numbers.get(name);
  if (known !== undefined) return known;
  numbers.set(name, numbers.size);
  return numbers.size - 1;
}
