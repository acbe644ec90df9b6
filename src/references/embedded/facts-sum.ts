import type { Database } from 'better-sqlite3';
import { fault } from '../../domain/errors.js';
import { checkRising } from '../../store/check-rising.js';

type Value = string | number | null;

/** The columns that say when, where and by whom a photo was taken, in the order of a reference's sum. */
export const FACT_COLUMNS = [
  ...(['lat', 'lon', 'heading_deg', 'altitude_m', 'captured_at', 'captured_ms', 'author', 'sequence'] as const),
  ...(['licence', 'attribution', 'url', 'iso2'] as const),
];

/** The columns that say which bytes a reference is of, in the order of their sum. */
const PHOTO_COLUMNS = ['id', 'sha256', 'width', 'height', 'bytes'] as const;

/** The columns of a source that its sum covers. Its root is a row of its own. */
export const SOURCE_FACT_COLUMNS = [
  ...(['path', 'bytes', 'mtime_ms', 'ctime_ms', 'inode', 'lat', 'lon', 'facts_hash'] as const),
  ...(['position_from', 'manifest', 'track'] as const),
];

/** A row's sums are null where it was written before sums were kept. */
interface FactsRow extends Readonly<Record<(typeof FACT_COLUMNS)[number], Value>> {
  readonly id: string;
  readonly facts_sum: number | null;
}
type PhotoColumns = Readonly<Record<(typeof PHOTO_COLUMNS)[number], Value>>;
interface SourceFactsRow extends Readonly<Record<(typeof SOURCE_FACT_COLUMNS)[number], Value>> {
  readonly facts_sum: number | null;
}

const SUMMED = [
  {
    ...{ table: '"references"', key: 'label' },
    sums: [
      { sum: 'facts_sum', columns: ['id', ...FACT_COLUMNS] },
      { sum: 'photo_sum', columns: PHOTO_COLUMNS },
    ],
  },
  { table: 'sources', key: 'id', sums: [{ sum: 'facts_sum', columns: SOURCE_FACT_COLUMNS }] },
] as const;

const RECHECK = 'write its facts anew by `streetdex ingest … --recheck`';

const number = new Float64Array(1);
const words = new Uint32Array(number.buffer);

/**
 * FNV-1a over the values, of 32 bits: the same for values as they are written and as SQLite gives them back. Each step is one to
 * one, so that a change within one text or one half of a number always shows. Without texts made for it, since a sum is taken twice for
 * each photo.
 */
export function factsSum(values: readonly Value[]): number {
  let sum = 0x811c9dc5;
  const add = (word: number) => {
    sum = Math.imul(sum ^ word, 0x01000193);
  };
  for (const value of values) {
    if (value === null) add(1);
    else if (typeof value === 'string') {
      for (let i = 0; i < value.length; i++) add(value.charCodeAt(i));
      add(2);
    } else {
      // SQLite gives 0 for −0.
      number[0] = value === 0 ? 0 : value;
      for (const word of words) add(word);
      add(3);
    }
  }
  return sum >>> 0;
}

/** @throws `database_corrupt` where a row is not what was written */
export function checkReferenceRow(row: FactsRow & PhotoColumns & { readonly photo_sum: number | null }): void {
  if (!hasFactsAsWritten(row)) throw changedReference(row.id);
  if (!isWhole(row.photo_sum, photoValues(row))) {
    throw changed(
      `the reference ${row.id}`,
      `delete it by \`streetdex reference delete ${row.id}\` and ingest its photo again`,
    );
  }
}

export function hasFactsAsWritten(row: FactsRow): boolean {
  return isWhole(row.facts_sum, [row.id, ...FACT_COLUMNS.map((column) => row[column])]);
}

/** The sum of what a row says of a photo's bytes. */
export function photoSum(photo: PhotoColumns): number {
  return factsSum(photoValues(photo));
}

function photoValues(photo: PhotoColumns): readonly Value[] {
  return PHOTO_COLUMNS.map((column) => photo[column]);
}

/** @throws `database_corrupt` where a row is not what was written */
export function checkSourceRow(row: SourceFactsRow): void {
  const values = SOURCE_FACT_COLUMNS.map((column) => row[column]);
  if (!isWhole(row.facts_sum, values)) throw changed(`the source ${row.path}`, RECHECK);
}

/** Numbers of references and sources that are not what was written, and of those that lack a sum. */
export function countChanged(db: Database): { readonly changed: number; readonly without: number } {
  let [changed, without] = [0, 0];
  for (const { table, sums } of SUMMED) {
    const columns = sums.flatMap(({ sum, columns }) => [sum, ...columns]);
    const rows = db
      .prepare(`SELECT ${columns.join(', ')} FROM ${table}`)
      .raw()
      .iterate() as Iterable<readonly Value[]>;
    for (const row of rows) {
      let [whole, summed, at] = [true, true, 0];
      for (const { columns } of sums) {
        const [sum, ...values] = row.slice(at, at + 1 + columns.length);
        at += 1 + columns.length;
        if (sum === null) summed = false;
        else whole &&= sum === factsSum(values);
      }
      if (!whole) changed++;
      if (!summed) without++;
    }
  }
  return { changed, without };
}

/** Gives rows of before their sums. What they say is taken as it is. */
export function fillSums(db: Database): void {
  for (const { table, key, sums } of SUMMED) for (const one of sums) fillSum(db, table, key, one);
}

function fillSum(
  db: Database,
  table: string,
  key: string,
  { sum, columns }: { readonly sum: string; readonly columns: readonly string[] },
): void {
  const missing = db.prepare(
    `SELECT ${key}, ${columns.join(', ')} FROM ${table} WHERE ${sum} IS NULL AND ${key} > ? ORDER BY ${key} LIMIT 1000`,
  );
  const put = db.prepare(`UPDATE ${table} SET ${sum} = ? WHERE ${key} = ?`);
  const fill = db.transaction((after: number): number | null => {
    const rows = missing.raw().all(after) as (readonly [number, ...Value[]])[];
    checkRising(db, after, rows, ([number]) => number);
    for (const [number, ...values] of rows) put.run(factsSum(values), number);
    return rows.at(-1)?.[0] ?? null;
  });
  for (let after: number | null = 0; after !== null; ) after = fill.immediate(after);
}

function isWhole(sum: number | null, values: readonly Value[]): boolean {
  return sum === null || sum === factsSum(values);
}

/** The facts of a reference are not what was written. */
export function changedReference(id: string) {
  return changed(`the reference ${id}`, RECHECK);
}

function changed(what: string, mend: string) {
  return fault(
    'database_corrupt',
    `What index.sqlite says of ${what} is not what was written: its bytes changed on the disk. Put back a copy made by \`streetdex index backup\`, or ${mend}. \`streetdex index verify\` counts all such rows.`,
  );
}
