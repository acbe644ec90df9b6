import { basename } from 'node:path';
import type { Facets } from '../../api/types.js';
import { present } from '../../domain/present.js';
import { boxAround, boxesTouch } from '../../geo/box.js';
import { CELL_RESOLUTION_MAX, cellCentre, cellReachKm, coarsestCells, parentCell } from '../../geo/cells.js';
import { fromSphere, type SpherePoint } from '../../geo/sphere.js';
import { COVERAGE_CELLS_MAX, type CoverageAnswer, type CoverageCell, type CoverageQuery } from '../catalogue.js';
import { rootId } from '../root-id.js';

/** The root of counts over all roots together. */
export const ANY_ROOT = -1;
export const UNKNOWN_YEAR = 0;
/** The country of what lies at sea. */
export const NO_COUNTRY = '';

/** How many references of the same facts lie in a cell. */
export interface CountedCell {
  readonly cell: string;
  /** Index of the root among all, or `ANY_ROOT`. */
  readonly root: number;
  readonly year: number;
  readonly country: string;
  readonly inSequence: boolean;
  readonly count: number;
  /** Sum of their positions as unit vectors. */
  readonly sum: SpherePoint;
  /** The reference that is counted alone, with its stored position, since a sum is rounded; else null. */
  readonly alone: { readonly id: string; readonly lat: number; readonly lon: number } | null;
}

type Level = ReadonlyMap<string, readonly CountedCell[]>;

/** Counts by cell, source, year, country and sequence, in memory: answers what a map asks. */
export class CoverageTree {
  /** Counts by resolution. */
  readonly #levels: readonly Level[];
  /** The cells of the next resolution in each cell. */
  readonly #children = new Map<string, string[]>();
  readonly #roots: readonly string[];

  /** @param cells of the finest resolution */
  constructor(cells: Iterable<CountedCell>, roots: readonly string[]) {
    this.#roots = roots;
    const finest = new Map<string, CountedCell[]>();
    for (const one of cells) {
      const known = finest.get(one.cell);
      if (known) known.push(one);
      else finest.set(one.cell, [one]);
    }
    const levels: Level[] = [finest];
    for (let resolution = CELL_RESOLUTION_MAX - 1; resolution >= 0; resolution--) {
      levels.unshift(this.#coarser(present(levels[0]), resolution));
    }
    this.#levels = levels;
  }

  #coarser(level: Level, resolution: number): Level {
    const coarser = new Map<string, Map<string, CountedCell>>();
    for (const [cell, rows] of level) {
      const parent = parentCell(cell, resolution);
      const children = this.#children.get(parent);
      if (children) children.push(cell);
      else this.#children.set(parent, [cell]);
      const merged = coarser.get(parent) ?? new Map<string, CountedCell>();
      coarser.set(parent, merged);
      for (const row of rows) {
        const key = `${row.root} ${row.year} ${row.country} ${row.inSequence}`;
        merged.set(key, addedTo(merged.get(key), { ...row, cell: parent }));
      }
    }
    return new Map([...coarser].map(([cell, merged]) => [cell, [...merged.values()]]));
  }

  /** Descends from the coarsest cells, only where something is counted and near the box. */
  cells(query: CoverageQuery): CoverageAnswer {
    const counts = this.#countingOf(query);
    const counted = (cells: readonly string[], resolution: number) => {
      const level = present(this.#levels[resolution]);
      return cells.flatMap((cell) => {
        const rows = (level.get(cell) ?? []).filter(counts);
        return rows.length === 0 ? [] : [{ cell, rows }];
      });
    };
    let found = counted(coarsestCells(), 0);
    for (let resolution = 0; ; resolution++) {
      const reach = cellReachKm(resolution);
      const near = found.filter(({ cell }) => boxesTouch(query.bbox, boxAround(cellCentre(cell), reach)));
      const answer = () => ({ resolution, cells: near.map(({ cell, rows }) => placed(cell, rows)) });
      if (resolution >= query.resolution) return answer();
      found = counted(
        near.flatMap(({ cell }) => this.#children.get(cell) ?? []),
        resolution + 1,
      );
      if (found.length > COVERAGE_CELLS_MAX) return answer();
    }
  }

  facets(): Facets {
    const roots = new Map<number, number>();
    const years = new Map<number, number>();
    for (const rows of present(this.#levels[0]).values()) {
      for (const { root, year, count } of rows) {
        if (root === ANY_ROOT) years.set(year, (years.get(year) ?? 0) + count);
        else roots.set(root, (roots.get(root) ?? 0) + count);
      }
    }
    return {
      sources: [...roots]
        .map(([root, references]) => ({ path: present(this.#roots[root]), references }))
        .sort((a, b) => (a.path < b.path ? -1 : 1))
        .map(({ path, references }) => ({ id: rootId(path), name: basename(path) || '/', references })),
      years: [...years]
        .sort(([a], [b]) => a - b)
        .map(([year, references]) => ({ year: year === UNKNOWN_YEAR ? null : year, references })),
    };
  }

  #countingOf({ source, yearFrom, yearTo, country, hasSequence }: CoverageQuery): (row: CountedCell) => boolean {
    const root = source === undefined ? ANY_ROOT : this.#roots.findIndex((path) => rootId(path) === source);
    const nowhere = source !== undefined && root === -1;
    const dated = yearFrom !== undefined || yearTo !== undefined;
    const [from, to] = [Math.max(1, yearFrom ?? 1), yearTo ?? Number.POSITIVE_INFINITY];
    return (row) =>
      !nowhere &&
      row.root === root &&
      (!dated || (row.year >= from && row.year <= to)) &&
      (country === undefined || country.includes(row.country)) &&
      (hasSequence === undefined || row.inSequence === hasSequence);
  }
}

function addedTo(before: CountedCell | undefined, row: CountedCell): CountedCell {
  if (before === undefined) return row;
  const [a, b] = [before.sum, row.sum];
  return { ...before, count: before.count + row.count, sum: [a[0] + b[0], a[1] + b[1], a[2] + b[2]], alone: null };
}

function placed(cell: string, rows: readonly CountedCell[]): CoverageCell {
  const [first, ...rest] = rows;
  const { count, sum, alone } = rest.reduce(addedTo, present(first));
  if (alone !== null) return { cell, count, point: { lat: alone.lat, lon: alone.lon }, id: alone.id };
  return { cell, count, point: fromSphere(sum), id: null };
}
