import type { Database, Statement } from 'better-sqlite3';
import { type GeoPoint, isGeoPoint } from '../../domain/geo-point.js';
import { present } from '../../domain/present.js';
import { CELL_RESOLUTION_MAX, cellOf, parentCell } from '../../geo/cells.js';
import { toSphere } from '../../geo/sphere.js';

/** Describes what the table holds. Where `meta` says something else, the table is filled anew. */
const FORMAT = `h3 0-${CELL_RESOLUTION_MAX} by source, year, country and sequence, with means`;
/** The root_id of the rows that count all roots together. */
export const ANY_ROOT = 0;
export const UNKNOWN_YEAR = 0;
/** The country of what lies at sea. */
const NO_COUNTRY = '';

/** A reference as its counts see it: which rows it is in, and what it adds to each. */
interface Counted {
  readonly cell: string;
  readonly year: number;
  readonly country: string;
  readonly sums: Sums;
  readonly roots: readonly number[];
}

interface CountedRow {
  readonly label: number;
  readonly lat: number;
  readonly lon: number;
  readonly captured_ms: number | null;
  readonly iso2: string | null;
  readonly sequence: string | null;
  /** Ids of its roots, comma-separated. */
  readonly roots: string | null;
}

/** Primary key of a row. */
type Key = readonly [root: number, cell: string, year: number, country: string];

/** Summed columns, in the order of `Sums`; all are whole numbers. */
const SUMMED = ['count', 'in_sequence', 'x', 'y', 'z', 'labels'] as const;
type Sums = readonly number[];

/**
 * Length of a unit vector in the table's units: the largest signed value of 24 bits, which SQLite stores in three bytes. One
 * unit is 0.76 m.
 */
const UNITS_IN_RADIUS = 2 ** 23 - 1;

const AT = 'root_id = ? AND cell = ? AND year = ? AND country = ?';
const INSERT = `INSERT INTO coverage (root_id, cell, year, country, ${SUMMED.join(', ')})
  VALUES (?, ?, ?, ?, ${SUMMED.map(() => '?').join(', ')})`;

const ROWS = `SELECT r.label, r.lat, r.lon, r.captured_ms, r.iso2, r.sequence,
  (SELECT group_concat(DISTINCT s.root_id) FROM sources s WHERE s.label = r.label) AS roots FROM "references" r`;

/** null for a position or a time that is none, which only a change on the disk makes. Such a row counts nowhere, and no answer shows it. */
function countedOf(row: CountedRow): Counted | null {
  const roots = row.roots === null ? [] : row.roots.split(',').map(Number);
  const year = row.captured_ms === null ? UNKNOWN_YEAR : new Date(row.captured_ms).getUTCFullYear();
  if (!isGeoPoint(row) || Number.isNaN(year)) return null;
  return {
    cell: cellOf(row),
    year,
    country: row.iso2 ?? NO_COUNTRY,
    sums: [1, row.sequence === null ? 0 : 1, ...wholeVector(row), row.label],
    roots: [ANY_ROOT, ...roots.sort((a, b) => a - b)],
  };
}

/** Whole numbers, since sums of fractions would depend on their order. */
const wholeVector = (point: GeoPoint): readonly number[] =>
  toSphere(point).map((component) => Math.round(component * UNITS_IN_RADIUS));

/**
 * Keeps the counts per cell up to date with the changes of one writer. Changes are gathered and stored by `store` at the end of
 * a transaction, since photos of one walk share most of their cells.
 */
export class CoverageCounts {
  readonly #row: Statement;
  readonly #add: Statement;
  readonly #take: Statement;
  readonly #clear: Statement;
  readonly #changes = new Map<string, number[]>();

  constructor(db: Database) {
    this.#row = db.prepare(`${ROWS} WHERE r.label = ?`);
    this.#add = db.prepare(
      `${INSERT} ON CONFLICT (root_id, cell, year, country)
       DO UPDATE SET ${SUMMED.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`,
    );
    this.#take = db.prepare(
      `UPDATE coverage SET ${SUMMED.map((name) => `${name} = ${name} + ?`).join(', ')} WHERE ${AT}`,
    );
    this.#clear = db.prepare(`DELETE FROM coverage WHERE ${AT} AND count <= 0`);
  }

  store(): void {
    for (const [key, sums] of this.#changes) {
      const at = fromKey(key);
      const [count = 0] = sums;
      if (count > 0) this.#add.run(...at, ...sums);
      else if (sums.some((sum) => sum !== 0)) {
        this.#take.run(...sums, ...at);
        this.#clear.run(...at);
      }
    }
    this.#changes.clear();
  }

  /** Drops what was gathered, after its transaction was rolled back. */
  forget(): void {
    this.#changes.clear();
  }

  /** Runs `change`, which may change these references, and moves each of them to the counts that it belongs to afterwards. */
  during<T>(labels: readonly number[], change: () => T): T {
    const before = labels.map((label) => this.#counted(label));
    const result = change();
    labels.forEach((label, i) => {
      this.#move(before[i] ?? null, this.#counted(label));
    });
    return result;
  }

  /** Counts a new reference. */
  added(label: number): void {
    this.#move(null, this.#counted(label));
  }

  #counted(label: number): Counted | null {
    const row = this.#row.get(label) as CountedRow | undefined;
    return row === undefined ? null : countedOf(row);
  }

  #move(before: Counted | null, after: Counted | null): void {
    const same = before !== null && after !== null && isAlike(before, after);
    const kept = same ? before.roots.filter((root) => after.roots.includes(root)) : [];
    this.#count(before, kept, -1);
    this.#count(after, kept, 1);
  }

  #count(counted: Counted | null, without: readonly number[], change: 1 | -1): void {
    const roots = counted?.roots.filter((root) => !without.includes(root)) ?? [];
    if (counted === null || roots.length === 0) return;
    const { year, country } = counted;
    const sums = counted.sums.map((sum) => change * sum);
    for (let resolution = CELL_RESOLUTION_MAX; resolution >= 0; resolution--) {
      const cell = parentCell(counted.cell, resolution);
      for (const root of roots) addTo(this.#changes, toKey([root, cell, year, country]), sums);
    }
  }
}

/** Whether the counts are there, in the present format. */
export function isCoverageFilled(db: Database): boolean {
  return db.prepare("SELECT value FROM meta WHERE key = 'coverage'").pluck().get() === FORMAT;
}

/** Counts all references anew, in one transaction: a million take a minute or two. */
export function fillCoverage(db: Database): void {
  const insert = db.prepare(INSERT);
  db.transaction(() => {
    db.exec('DELETE FROM coverage');
    for (const level of countLevels(db)) {
      // In the order of the primary key, so that each page of the table is written once.
      for (const key of [...level.keys()].sort()) {
        insert.run(...fromKey(key), ...present(level.get(key)));
      }
    }
    db.prepare(
      "INSERT INTO meta (key, value) VALUES ('coverage', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    ).run(FORMAT);
  }).immediate();
}

/** How many rows of the table have a wrong count or sum by what the references say, missing rows included. */
export function countWrongCoverage(db: Database): number {
  const stored = db.prepare(`SELECT ${SUMMED.join(', ')} FROM coverage WHERE ${AT}`).raw();
  let wrong = 0;
  let right = 0;
  for (const level of countLevels(db)) {
    for (const [key, sums] of level) {
      const found = stored.get(...fromKey(key)) as Sums | undefined;
      if (found === undefined) wrong++;
      else if (sums.every((sum, i) => sum === found[i])) right++;
    }
  }
  return wrong + (db.prepare('SELECT count(*) FROM coverage').pluck().get() as number) - right;
}

/** The counts of each resolution by key, the finest first; each is made from the one before. */
function* countLevels(db: Database): Generator<ReadonlyMap<string, Sums>> {
  let level = new Map<string, number[]>();
  for (const row of db.prepare(ROWS).iterate() as Iterable<CountedRow>) {
    const counted = countedOf(row);
    if (counted === null) continue;
    const { roots, cell, year, country, sums } = counted;
    for (const root of roots) addTo(level, toKey([root, cell, year, country]), sums);
  }
  yield level;
  for (let resolution = CELL_RESOLUTION_MAX - 1; resolution >= 0; resolution--) {
    const coarser = new Map<string, number[]>();
    for (const [key, sums] of level) {
      const [root, cell, year, country] = fromKey(key);
      addTo(coarser, toKey([root, parentCell(cell, resolution), year, country]), sums);
    }
    yield coarser;
    level = coarser;
  }
}

function addTo(all: Map<string, number[]>, key: string, sums: Sums): void {
  const before = all.get(key);
  if (before === undefined) all.set(key, [...sums]);
  else for (let i = 0; i < before.length; i++) before[i] = present(before[i]) + present(sums[i]);
}

function isAlike(a: Counted, b: Counted): boolean {
  return (
    a.cell === b.cell && a.year === b.year && a.country === b.country && a.sums.every((sum, i) => sum === b.sums[i])
  );
}

const toKey = (key: Key): string => key.join(' ');

function fromKey(key: string): Key {
  const [root, cell, year, country] = key.split(' ');
  return [Number(root), present(cell), Number(year), present(country)];
}
