import type { Database, Statement } from 'better-sqlite3';
import { CELL_RESOLUTION_MAX, cellOf, parentCell } from '../../geo/cells.js';

/** What the table holds; another value in `meta` has it filled anew. */
const FORMAT = `h3 0-${CELL_RESOLUTION_MAX}`;
/** Stands for all roots together. */
export const ANY_ROOT = 0;
export const UNKNOWN_YEAR = 0;

/** In which counts a reference is. */
interface Counted {
  readonly cell: string;
  readonly year: number;
  readonly roots: readonly number[];
}

interface CountedRow {
  readonly lat: number;
  readonly lon: number;
  readonly captured_ms: number | null;
  /** Comma-separated. */
  readonly roots: string | null;
}

const ROWS = `SELECT r.lat, r.lon, r.captured_ms,
  (SELECT group_concat(DISTINCT s.root_id) FROM sources s WHERE s.label = r.label) AS roots FROM "references" r`;

function countedOf(row: CountedRow): Counted {
  const roots = row.roots === null ? [] : row.roots.split(',').map(Number);
  return {
    cell: cellOf(row),
    year: row.captured_ms === null ? UNKNOWN_YEAR : new Date(row.captured_ms).getUTCFullYear(),
    roots: [ANY_ROOT, ...roots.sort((a, b) => a - b)],
  };
}

/**
 * Keeps the counts per cell true through the changes of one writer. They are gathered and stored by `store`, at the end
 * of a transaction: photos of one walk share most of their cells.
 */
export class CoverageCounts {
  readonly #row: Statement;
  readonly #add: Statement;
  readonly #take: Statement;
  readonly #clear: Statement;
  readonly #changes = new Map<string, number>();

  constructor(db: Database) {
    this.#row = db.prepare(`${ROWS} WHERE r.label = ?`);
    this.#add = db.prepare(
      `INSERT INTO coverage (root_id, cell, year, count) VALUES (?, ?, ?, ?)
       ON CONFLICT (root_id, cell, year) DO UPDATE SET count = count + excluded.count`,
    );
    this.#take = db.prepare('UPDATE coverage SET count = count + ? WHERE root_id = ? AND cell = ? AND year = ?');
    this.#clear = db.prepare('DELETE FROM coverage WHERE root_id = ? AND cell = ? AND year = ? AND count <= 0');
  }

  /** Stores what was gathered. */
  store(): void {
    for (const [key, change] of this.#changes) {
      const at = fromKey(key);
      if (change > 0) this.#add.run(...at, change);
      else if (change < 0) {
        this.#take.run(change, ...at);
        this.#clear.run(...at);
      }
    }
    this.#changes.clear();
  }

  /** Forgets what was gathered: its transaction did not end well. */
  forget(): void {
    this.#changes.clear();
  }

  /** Runs `change`, which may touch these references, and moves them to the counts where they then belong. */
  during<T>(labels: readonly number[], change: () => T): T {
    const before = labels.map((label) => this.#counted(label));
    const result = change();
    labels.forEach((label, i) => {
      this.#move(before[i] ?? null, this.#counted(label));
    });
    return result;
  }

  /** For one that was not there before. */
  added(label: number): void {
    this.#move(null, this.#counted(label));
  }

  #counted(label: number): Counted | null {
    const row = this.#row.get(label) as CountedRow | undefined;
    return row === undefined ? null : countedOf(row);
  }

  #move(before: Counted | null, after: Counted | null): void {
    const same = before !== null && after !== null && before.cell === after.cell && before.year === after.year;
    const kept = same ? before.roots.filter((root) => after.roots.includes(root)) : [];
    this.#count(before, kept, -1);
    this.#count(after, kept, 1);
  }

  #count(counted: Counted | null, without: readonly number[], change: number): void {
    const roots = counted?.roots.filter((root) => !without.includes(root)) ?? [];
    if (counted === null || roots.length === 0) return;
    for (let resolution = CELL_RESOLUTION_MAX; resolution >= 0; resolution--) {
      const cell = parentCell(counted.cell, resolution);
      for (const root of roots) addTo(this.#changes, toKey(root, cell, counted.year), change);
    }
  }
}

/** Whether the counts were ever made. */
export function isCoverageFilled(db: Database): boolean {
  return db.prepare("SELECT value FROM meta WHERE key = 'coverage'").pluck().get() === FORMAT;
}

/** Counts all references anew, in one transaction: a million take a minute or two. */
export function fillCoverage(db: Database): void {
  const insert = db.prepare('INSERT INTO coverage (root_id, cell, year, count) VALUES (?, ?, ?, ?)');
  db.transaction(() => {
    db.exec('DELETE FROM coverage');
    for (const level of countLevels(db)) {
      // In the order of the key: each page of the table is then written once.
      for (const key of [...level.keys()].sort()) {
        const [root, cell, year] = fromKey(key);
        insert.run(root, cell, year, level.get(key));
      }
    }
    db.prepare(
      "INSERT INTO meta (key, value) VALUES ('coverage', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
    ).run(FORMAT);
  }).immediate();
}

/** How many of the stored counts differ from what the references say, missing ones included. */
export function countWrongCoverage(db: Database): number {
  const stored = db.prepare('SELECT count FROM coverage WHERE root_id = ? AND cell = ? AND year = ?').pluck();
  let wrong = 0;
  let right = 0;
  for (const level of countLevels(db)) {
    for (const [key, count] of level) {
      const found = stored.get(...fromKey(key)) as number | undefined;
      if (found === count) right++;
      else if (found === undefined) wrong++;
    }
  }
  return wrong + (db.prepare('SELECT count(*) FROM coverage').pluck().get() as number) - right;
}

/** The counts of each resolution by key, the finest first; each is made from the one before. */
function* countLevels(db: Database): Generator<ReadonlyMap<string, number>> {
  let level = new Map<string, number>();
  for (const row of db.prepare(ROWS).iterate() as Iterable<CountedRow>) {
    const { roots, cell, year } = countedOf(row);
    for (const root of roots) addTo(level, toKey(root, cell, year), 1);
  }
  yield level;
  for (let resolution = CELL_RESOLUTION_MAX - 1; resolution >= 0; resolution--) {
    const coarser = new Map<string, number>();
    for (const [key, count] of level) {
      const [root, cell, year] = fromKey(key);
      addTo(coarser, toKey(root, parentCell(cell, resolution), year), count);
    }
    yield coarser;
    level = coarser;
  }
}

function addTo(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}

const toKey = (root: number, cell: string, year: number): string => `${root} ${cell} ${year}`;

function fromKey(key: string): [root: number, cell: string, year: number] {
  const [root, cell, year] = key.split(' ');
  return [Number(root), cell as string, Number(year)];
}
