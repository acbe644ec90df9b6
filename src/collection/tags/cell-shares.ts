import type { BoundingBox } from '../../domain/geo-point.js';
import { present as checked } from '../../domain/present.js';
import type { Reference } from '../../domain/reference.js';
import { boxAround, boxesTouch } from '../../geo/box.js';
import { cellCentre, cellOf, cellReachKm, parentCell } from '../../geo/cells.js';
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

/** Cells of an index's photos for maps of their tags, computed once. */
export class CellShares {
  readonly #photos: readonly Reference[];
  /** Number of each photo's finest cell. */
  readonly #cellOf: Int32Array;
  readonly #finest: readonly string[];
  /** For each finest cell the number of its parent, by resolution. */
  readonly #above = new Map<number, { readonly of: Int32Array; readonly names: readonly string[] }>();

  constructor(photos: readonly Reference[]) {
    this.#photos = photos;
    const numbers = new Map<string, number>();
    this.#cellOf = Int32Array.from(photos, ({ point }) => numberOf(numbers, cellOf(point)));
    this.#finest = [...numbers.keys()];
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
    const [photos, sums] = [new Float64Array(this.#finest.length), new Float64Array(this.#finest.length)];
    this.#photos.forEach(({ id }, i) => {
      const place = table.places.of(id);
      if (place === undefined || !table.isTagged(place)) return;
      const cell = present(this.#cellOf[i]);
      photos[cell] = present(photos[cell]) + 1;
      sums[cell] = present(sums[cell]) + value(place);
    });
    for (let coarser = resolution; ; coarser--) {
      const cells = this.#cells(photos, sums, coarser, bbox);
      if (cells.length <= COVERAGE_CELLS_MAX || coarser === 0) return { resolution: coarser, share_is: shareIs, cells };
    }
  }

  #cells(photos: Float64Array, sums: Float64Array, resolution: number, bbox: BoundingBox): CellShare[] {
    const { of, names } = this.#parents(resolution);
    const [counted, summed] = [new Float64Array(names.length), new Float64Array(names.length)];
    of.forEach((parent, cell) => {
      counted[parent] = present(counted[parent]) + present(photos[cell]);
      summed[parent] = present(summed[parent]) + present(sums[cell]);
    });
    const reach = cellReachKm(resolution);
    return names.flatMap((cell, i) => {
      const all = present(counted[i]);
      if (all === 0 || !boxesTouch(bbox, boxAround(cellCentre(cell), reach))) return [];
      return [{ cell, photos: all, share: present(summed[i]) / all }];
    });
  }

  #parents(resolution: number) {
    const known = this.#above.get(resolution);
    if (known !== undefined) return known;
    const numbers = new Map<string, number>();
    const of = Int32Array.from(this.#finest, (cell) => numberOf(numbers, parentCell(cell, resolution)));
    const made = { of, names: [...numbers.keys()] };
    this.#above.set(resolution, made);
    return made;
  }
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
