import { present } from '../../domain/present.js';
import { hemisphereOf } from '../../geo/parse-angle.js';
import { NoteTally } from '../note-tally.js';
import type { Cells, FactName } from './cells.js';
import { type Conventions, NO_CONVENTIONS } from './conventions.js';
import { DateColumn } from './date-column.js';
import type { ColumnName, ColumnPlace, Columns } from './manifest-columns.js';
import { something, timeText } from './manifest-row.js';
import { readAltitude, readHeading } from './read-measure.js';
import { readPosition } from './read-position.js';
import { SwappedColumns } from './swapped-columns.js';
import { readDate } from './table-date.js';

/** Names of facts in messages. */
const WORDS: Readonly<Record<ColumnName, string>> = {
  file: 'file',
  lat: 'latitude',
  lon: 'longitude',
  lat_ref: 'hemisphere of the latitude',
  lon_ref: 'hemisphere of the longitude',
  position: 'position',
  altitude: 'altitude',
  altitude_ref: 'reference of the altitude',
  heading: 'heading',
  captured_at: 'capture time',
  date: 'date',
  clock: 'time of day',
  offset: 'time zone',
  fraction: 'fraction of the second',
  author: 'author',
  sequence: 'sequence',
  licence: 'licence',
  attribution: 'attribution',
  url: 'address of the page',
};

/** A record's texts by column, and whether it was parsed. */
export interface SurveyedRecord {
  readonly where: string;
  readonly name: string | null;
  readonly values: readonly (string | null)[];
  readonly cells: Cells;
}

/**
 * A first pass over all rows of a table. It decides what no single cell can: the order of day and month, whether numbers have
 * decimal commas, what the letter O means; and it counts what the table has beyond what is read.
 */
export class TableSurvey {
  rows = 0;
  readonly swapped = new SwappedColumns();
  readonly #dates: DateColumn;
  readonly #marks = new Set<'.' | ','>();
  readonly #letters = new Set<'E' | 'W'>();
  readonly #tally = new NoteTally();
  #positions = 0;
  #firstOdd: string | null = null;
  /** Used for positions while nothing is decided yet. */
  readonly #undecided: Conventions;

  readonly #file: string;
  readonly #names: readonly string[];
  readonly #columns: Columns;
  readonly #lookalikes: readonly ColumnPlace[];

  /**
   * @param names of the columns, as the file has them
   * @param lookalikes columns that are not read although they look as if they should be
   */
  constructor(file: string, names: readonly string[], columns: Columns, lookalikes: readonly ColumnPlace[]) {
    this.#file = file;
    this.#names = names;
    this.#columns = columns;
    this.#lookalikes = lookalikes;

    this.#dates = new DateColumn(columns.dateOrder);
    const { order, isUnsigned } = columns;
    this.#undecided = { ...NO_CONVENTIONS, order, isUnsigned };
  }

  /** Counts a row that can't be parsed; it decides nothing. */
  addBroken(): void {
    this.rows++;
  }

  add({ where, name, values, cells }: SurveyedRecord): void {
    this.rows++;
    const value: Cells = (fact) => something(cells(fact));
    const { lat, lon } = readPosition(where, value, this.#undecided);
    this.swapped.add(lat, lon);
    if (!Number.isNaN(lat) && !Number.isNaN(lon)) this.#positions++;
    else this.#firstOdd ??= value('position');
    for (const fact of ['lat', 'lon', 'altitude'] as const) this.#addMark(fact, value(fact));
    for (const fact of ['lon', 'lon_ref', 'position'] as const) this.#addLetters(value(fact));
    if (this.#columns.at.has('captured_at')) {
      const time = timeText(value);
      if (time !== null) this.#dates.add(readDate(time));
    }
    for (const place of [...this.#lookalikes, ...this.#columns.rivals])
      this.#addUnread(place, name ?? where, values, value);
  }

  get conventions(): Conventions {
    return {
      decimalMark: this.#marks.size === 1 ? present([...this.#marks][0]) : null,
      letterO: this.#letters.size === 1 ? present([...this.#letters][0]) : null,
      order: this.#columns.order,
      dates: this.#dates,
      isUtc: this.#columns.isUtc,
      isUnsigned: this.#columns.isUnsigned,
      nameOf: (fact) => this.#nameOf(fact),
    };
  }

  /** A cell of the position column that holds no position at all; null where there is a position, or no such column. */
  get noPosition(): string | null {
    return this.#columns.at.has('position') && this.#positions === 0 ? this.#firstOdd : null;
  }

  /** Notices about the table as a whole. */
  notices(): readonly string[] {
    const { dotted, serials } = this.#dates.byCustom;
    const time = this.#nameOf('captured_at');
    const customs = [
      dotted > 0
        ? `${dotted} times of ${time} do not show by themselves which number is the day; with points between them it was taken to be the first.`
        : null,
      serials > 0
        ? `${serials} times of ${time} are numbers, which were read as a spreadsheet's days since 1899-12-30.`
        : null,
    ];
    return [...customs.filter((notice) => notice !== null), ...this.#tally.sentences('row', 'rows')];
  }

  #nameOf(fact: FactName): string {
    const name = this.#names[this.#columns.at.get(fact) ?? -1];
    return `${name === undefined ? 'the table' : `the column ${JSON.stringify(name.slice(0, 40))}`} of ${this.#file}`;
  }

  #addMark(fact: 'lat' | 'lon' | 'altitude', text: string | null): void {
    const mark = /\d([.,])\d/.exec(text ?? '')?.[1];
    if (text === null || (mark !== '.' && mark !== ',') || /[.,].*[.,]/.test(text)) return;
    if (fact !== 'altitude' || !/\d[.,]\d{3}(?!\d)/.test(text)) this.#marks.add(mark);
  }

  /** The letters of the other side tell what O means: W is west in German, E east in French. */
  #addLetters(text: string | null): void {
    if (text === null || !/\p{L}/u.test(text)) return;
    for (const word of text.match(/\p{L}+/gu) ?? []) {
      const side = hemisphereOf(word);
      const startsWithO = /^[oö]\p{L}/iu.test(word);
      if (side === 'E') this.#letters.add(startsWithO ? 'E' : 'W');
      else if (side === 'W') this.#letters.add(startsWithO ? 'W' : 'E');
    }
  }

  #addUnread({ column, at }: ColumnPlace, path: string, values: readonly (string | null)[], value: Cells): void {
    const text = something(values[at] ?? null);
    if (text === null) return;
    const name = `the column ${JSON.stringify((this.#names[at] ?? '').slice(0, 40))} of ${this.#file}`;
    const readAt = this.#columns.at.get(column);
    if (readAt === undefined) {
      const what = `${name} looks like the ${WORDS[column]} but is not read; rename it to ${column} where it is that`;
      this.#tally.add(path, [{ what: `T${what.slice(1)}`, got: text.trim().slice(0, 60) }]);
    } else if (column !== 'file' && !isSame(column, text, value(column))) {
      const used = JSON.stringify((this.#names[readAt] ?? '').slice(0, 40));
      const what = `T${name.slice(1)} says another ${WORDS[column]} than ${used}, which counts`;
      this.#tally.add(path, [
        { what, got: `${text.trim().slice(0, 60)}, and ${value(column)?.trim().slice(0, 60) ?? 'nothing'}` },
      ]);
    }
  }
}

function isSame(column: ColumnName, text: string, other: string | null): boolean {
  if (other === null) return false;
  if (text.trim() === other.trim()) return true;
  const numbers = [text, other].map((one) => Number(one.replace(',', '.')));
  if (column === 'altitude') return readAltitude(text, '', '.') === readAltitude(other, '', '.');
  if (column === 'heading') return readHeading(text) === readHeading(other);
  if (column === 'captured_at') {
    const [first, second] = [readDate(text), readDate(other)];
    return first.kind === 'read' && second.kind === 'read' && first.time.slice(0, 16) === second.time.slice(0, 16);
  }
  return Math.abs((numbers[0] ?? Number.NaN) - (numbers[1] ?? Number.NaN)) < 1e-9;
}
