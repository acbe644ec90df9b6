import { basename } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import type { Facets } from '../../api/types.js';
import { boxAround, boxesTouch } from '../../geo/box.js';
import { cellCentre, cellReachKm, childRange, coarsestCells } from '../../geo/cells.js';
import { fromSphere } from '../../geo/sphere.js';
import { COVERAGE_CELLS_MAX, type CoverageAnswer, type CoverageCell, type CoverageQuery } from '../catalogue.js';
import { FILES_ROOT } from '../files-root.js';
import { ANY_ROOT, UNKNOWN_YEAR } from './coverage-counts.js';

/** Beyond any year that is stored. */
const YEAR_BOUND = 1_000_000;

/** Reads the counts per cell; see `ReferenceCatalogue.coverage`. */
export class CoverageReader {
  readonly #named: Counting;
  readonly #ranges: Counting;
  readonly #summed: Counting;
  readonly #alone: Statement;

  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;

    this.#named = prepareCounting(db, 'c.cell = j.value');
    this.#ranges = prepareCounting(
      db,
      "c.cell BETWEEN json_extract(j.value, '$[0]') AND json_extract(j.value, '$[1]')",
    );
    this.#summed = prepareCounting(
      db,
      'c.cell = j.value',
      ', sum(count) AS whole, sum(x) AS x, sum(y) AS y, sum(z) AS z, sum(labels) AS labels',
    );
    this.#alone = db.prepare('SELECT id, lat, lon FROM "references" WHERE label = ?');
  }

  /** Descends from the coarsest cells, only where something is counted and near the box. */
  cells(query: CoverageQuery): CoverageAnswer {
    let found: readonly CountedCell[] = this.#count(this.#named, coarsestCells(), query);
    for (let resolution = 0; ; resolution++) {
      const reach = cellReachKm(resolution);
      const near = found.filter(({ cell }) => boxesTouch(query.bbox, boxAround(cellCentre(cell), reach)));
      if (resolution >= query.resolution) return { resolution, cells: this.#placed(near, query) };
      const ranges = near.map(({ cell }) => childRange(cell, resolution));
      found = this.#count(this.#ranges, ranges, query);
      if (found.length > COVERAGE_CELLS_MAX) return { resolution, cells: this.#placed(near, query) };
    }
  }

  facets(): Facets {
    const coarsest = JSON.stringify(coarsestCells());
    // CROSS JOIN keeps the key's order, root by root and cell by cell; left alone, the planner reads the whole table.
    const sources = this.#db
      .prepare(
        `SELECT o.id, o.path, sum(c.count) AS count FROM roots o CROSS JOIN json_each(?) j CROSS JOIN coverage c
         INDEXED BY sqlite_autoindex_coverage_1
         WHERE c.root_id = o.id AND c.cell = j.value GROUP BY o.id ORDER BY o.id`,
      )
      .all(coarsest) as { id: number; path: string; count: number }[];
    const years = this.#db
      .prepare(
        `SELECT c.year, sum(c.count) AS count FROM json_each(?) j CROSS JOIN coverage c
         WHERE c.root_id = ${ANY_ROOT} AND c.cell = j.value GROUP BY c.year ORDER BY c.year`,
      )
      .all(coarsest) as { year: number; count: number }[];
    return {
      sources: sources.map(({ id, path, count }) => ({ id: String(id), name: nameOf(path), references: count })),
      years: years.map(({ year, count }) => ({ year: year === UNKNOWN_YEAR ? null : year, references: count })),
    };
  }

  /** The cells with their points: sums are read only for what is shown. */
  #placed(cells: readonly CountedCell[], query: CoverageQuery): readonly CoverageCell[] {
    const names = cells.map(({ cell }) => cell);
    return this.#count<SummedCell>(this.#summed, names, query).map(({ cell, count, whole, x, y, z, labels }) => {
      if (count !== whole) return { cell, count, point: null, id: null };
      const alone = count === 1 ? (this.#alone.get(labels) as AloneRow | undefined) : undefined;
      if (alone === undefined) return { cell, count, point: fromSphere([x, y, z]), id: null };
      return { cell, count, point: { lat: alone.lat, lon: alone.lon }, id: alone.id };
    });
  }

  #count<Cell = CountedCell>(counting: Counting, cells: readonly unknown[], query: CoverageQuery): readonly Cell[] {
    const { yearFrom, yearTo, country } = query;
    const all = yearFrom === undefined && yearTo === undefined;
    // The year 0 stands for unknown: it counts only where no year is asked for.
    const from = all ? -YEAR_BOUND : Math.max(1, yearFrom ?? 1);
    const values = [...sharesOf(query), JSON.stringify(cells), rootOf(query), from, yearTo ?? YEAR_BOUND];
    const found =
      country === undefined
        ? counting.anywhere.all(...values)
        : counting.inCountries.all(...values, JSON.stringify(country));
    return found as Cell[];
  }
}

const NO_ROOT = -1;

/** The number behind an id that `facets` gave; any other id gives one that no root has. */
function rootOf({ source }: CoverageQuery): number {
  if (source === undefined) return ANY_ROOT;
  return /^[1-9]\d{0,14}$/.test(source) ? Number(source) : NO_ROOT;
}

interface CountedCell {
  readonly cell: string;
  readonly count: number;
}

interface SummedCell extends CountedCell {
  /** How many references the sums cover: more than are counted where a row counts in part, by its walks. */
  readonly whole: number;
  readonly x: number;
  readonly y: number;
  readonly z: number;
  readonly labels: number;
}

interface AloneRow {
  readonly id: string;
  readonly lat: number;
  readonly lon: number;
}

interface Counting {
  readonly anywhere: Statement;
  readonly inCountries: Statement;
}

/**
 * @param cells SQL for the cells that a value `j` of the list stands for
 * @param sums SQL for what is summed besides the counts
 */
function prepareCounting(db: Database, cells: string, sums = ''): Counting {
  const prepare = (more: string) =>
    db.prepare(
      `SELECT cell, sum(counted) AS count${sums}
       FROM (SELECT c.*, ? * c.count + ? * c.in_sequence AS counted FROM json_each(?) j CROSS JOIN coverage c
         WHERE ${cells} AND c.root_id = ? AND c.year BETWEEN ? AND ?${more})
       WHERE counted > 0 GROUP BY cell`,
    );
  return { anywhere: prepare(''), inCountries: prepare(' AND c.country IN (SELECT value FROM json_each(?))') };
}

/** Factors for a row's count: of all its references, and of those that belong to a walk or drive. */
function sharesOf({ hasSequence }: CoverageQuery): readonly [all: number, inSequence: number] {
  if (hasSequence === undefined) return [1, 0];
  return hasSequence ? [0, 1] : [1, -1];
}

/** A root is a folder of the operator's machine: only its last part is for others. */
const nameOf = (path: string): string => (path === FILES_ROOT ? FILES_ROOT : basename(path) || '/');
