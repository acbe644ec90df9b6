import { parse } from 'csv-parse/sync';
import { findColumns, hasRequired } from './manifest-columns.js';

const MARKS = [',', '\t', ';', '|'] as const;
/** So many records at the start of a file decide its delimiter. */
const RECORDS_MAX = 50;
const SEP_LINE = /^\uFEFF?"?sep=(.)"?[;,\t|]*$/i;

export interface TableShape {
  readonly delimiter: string;
  /** The first line is a spreadsheet's hint `sep=;`, not the header. */
  readonly hasSepLine: boolean;
}

/**
 * A table's delimiter: what a `sep=` line says, else the one that gives a header with the most known columns and rows of the
 * same length. A count of characters would take `48,2082;16,3738` for three columns.
 * @param sample the start of the table
 */
export function tableShape(sample: string): TableShape {
  const [first = '', ...rest] = sample.split(/\r\n|\n|\r/);
  const said = SEP_LINE.exec(first)?.[1];
  if (said !== undefined) return { delimiter: said, hasSepLine: true };
  // The last line may be incomplete.
  const whole = rest.length > RECORDS_MAX ? [first, ...rest.slice(0, RECORDS_MAX)].join('\n') : sample;
  const scores = MARKS.map((delimiter) => ({ delimiter, score: scoreOf(whole, delimiter) }));
  scores.sort((a, b) => compare(b.score, a.score));
  return { delimiter: scores[0]?.delimiter ?? ',', hasSepLine: false };
}

function scoreOf(sample: string, delimiter: string): readonly number[] {
  const [header = [], ...rows] = recordsOf(sample, delimiter);
  const columns = findColumns(header);
  const fitting = rows.filter((row) => row.length === header.length).length;
  return [hasRequired(columns) ? 1 : 0, columns.at.size, rows.length === 0 ? 0 : fitting / rows.length, header.length];
}

function recordsOf(sample: string, delimiter: string): readonly (readonly string[])[] {
  const options = { bom: true, ltrim: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true };
  for (const to of [RECORDS_MAX, 1]) {
    try {
      return parse(sample, { ...options, delimiter, to });
    } catch {
      // A quote is not closed within the sample: the header alone is used.
    }
  }
  return [];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [at, value] of a.entries()) if (value !== b[at]) return value - (b[at] ?? 0);
  return 0;
}
