import { basename } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import type { BoundingBox } from '../../domain/geo-point.js';
import { boxAround, splitBox } from '../../geo/box.js';
import { cellCentre, cellReachKm, childRange, coarsestCells } from '../../geo/cells.js';
import type { CoverageAnswer, CoverageCell, CoverageQuery, Facets } from '../reader.js';
import { ANY_ROOT, UNKNOWN_YEAR } from './coverage-counts.js';
import { FILES_ROOT } from './index-folder.js';

/** Most cells of an answer: far more than a screen has room for. */
const CELLS_MAX = 5000;
/** Beyond any year that is stored. */
const YEAR_BOUND = 1_000_000;

/** Reads the counts per cell; see `ReferenceReader.coverage`. */
export class CoverageReader {
  readonly #named: Counting;
  readonly #ranges: Counting;

  constructor(private readonly db: Database) {
    this.#named = prepareCounting(db, 'c.cell = j.value');
    this.#ranges = prepareCounting(
      db,
      "c.cell BETWEEN json_extract(j.value, '$[0]') AND json_extract(j.value, '$[1]')",
    );
  }

  /** Goes down from the coarsest cells, only where something is counted and the box is near. */
  cells(query: CoverageQuery): CoverageAnswer {
    const boxes = splitBox(query.bbox);
    let found = this.#count(this.#named, coarsestCells(), query);
    for (let resolution = 0; ; resolution++) {
      const reach = cellReachKm(resolution);
      const cells = found.filter(({ cell }) => touches(boxes, boxAround(cellCentre(cell), reach)));
      if (resolution >= query.resolution) return { resolution, cells };
      const ranges = cells.map(({ cell }) => childRange(cell, resolution));
      found = this.#count(this.#ranges, ranges, query);
      if (found.length > CELLS_MAX) return { resolution, cells };
    }
  }

  facets(): Facets {
    const coarsest = JSON.stringify(coarsestCells());
    // CROSS JOIN: by the key of `coverage`, cell by cell; the planner would read the whole table.
    const sources = this.db
      .prepare(
        `SELECT o.id, o.path, sum(c.count) AS count FROM roots o CROSS JOIN json_each(?) j CROSS JOIN coverage c
         WHERE c.root_id = o.id AND c.cell = j.value GROUP BY o.id ORDER BY o.id`,
      )
      .all(coarsest) as { id: number; path: string; count: number }[];
    const years = this.db
      .prepare(
        `SELECT c.year, sum(c.count) AS count FROM json_each(?) j CROSS JOIN coverage c
         WHERE c.root_id = ${ANY_ROOT} AND c.cell = j.value GROUP BY c.year ORDER BY c.year`,
      )
      .all(coarsest) as { year: number; count: number }[];
    return {
      sources: sources.map(({ id, path, count }) => ({ id, name: nameOf(path), references: count })),
      years: years.map(({ year, count }) => ({ year: year === UNKNOWN_YEAR ? null : year, references: count })),
    };
  }

  #count(counting: Counting, cells: readonly unknown[], query: CoverageQuery): readonly CoverageCell[] {
    const { source = ANY_ROOT, yearFrom, yearTo, country } = query;
    const all = yearFrom === undefined && yearTo === undefined;
    // The year 0 stands for unknown: it counts only where no year is asked for.
    const from = all ? -YEAR_BOUND : Math.max(1, yearFrom ?? 1);
    const values = [...sharesOf(query), JSON.stringify(cells), source, from, yearTo ?? YEAR_BOUND];
    const found =
      country === undefined
        ? counting.anywhere.all(...values)
        : counting.inCountries.all(...values, JSON.stringify(country));
    return (found as CoverageCell[]).filter(({ count }) => count > 0);
  }
}

interface Counting {
  readonly anywhere: Statement;
  readonly inCountries: Statement;
}

/** @param cells which cells a value `j` of the list stands for */
function prepareCounting(db: Database, cells: string): Counting {
  const prepare = (more: string) =>
    db.prepare(
      `SELECT c.cell, sum(? * c.count + ? * c.in_sequence) AS count FROM json_each(?) j CROSS JOIN coverage c
       WHERE ${cells} AND c.root_id = ? AND c.year BETWEEN ? AND ?${more} GROUP BY c.cell`,
    );
  return { anywhere: prepare(''), inCountries: prepare(' AND c.country IN (SELECT value FROM json_each(?))') };
}

/** How often the references of a row count, and how often those of a walk or drive besides. */
function sharesOf({ hasSequence }: CoverageQuery): readonly [all: number, inSequence: number] {
  if (hasSequence === undefined) return [1, 0];
  return hasSequence ? [0, 1] : [1, -1];
}

/** A root is a folder of the operator's machine: only its last part is for others. */
const nameOf = (path: string): string => (path === FILES_ROOT ? FILES_ROOT : basename(path) || '/');

function touches(boxes: readonly BoundingBox[], around: BoundingBox): boolean {
  return splitBox(around).some((a) =>
    boxes.some((b) => a.south <= b.north && a.north >= b.south && a.west <= b.east && a.east >= b.west),
  );
}
