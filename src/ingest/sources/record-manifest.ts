import { basename } from 'node:path';
import { fault } from '../../domain/errors.js';
import { NO_FACTS } from '../../images/known-facts.js';
import type { Issue, SourceNotes } from './candidate.js';
import { newSourceNotes } from './candidate.js';
import type { Manifest } from './manifest.js';
import { type ColumnName, type Columns, findLookalikes } from './manifest-columns.js';
import { type ManifestRow, manifestRow } from './manifest-row.js';
import { TableSurvey } from './table-survey.js';

/** One row of a table or entry of a list, as texts by column. */
export interface ManifestRecord {
  /** `list.csv line 12`. */
  readonly where: string;
  readonly values: readonly (string | null)[];
  /** Set where the record can't be parsed. */
  readonly issue?: Issue | null;
}

export interface RecordSource {
  readonly file: string;
  /** Names of the columns, as the file has them. */
  readonly names: readonly string[];
  readonly columns: Columns;
  /** Notices about the whole file, which come first. */
  readonly notices?: readonly string[];
  /** Starts at the first record each time. */
  records(notes: SourceNotes): AsyncIterable<ManifestRecord> | Iterable<ManifestRecord>;
}

/** A manifest of records. The first pass decides how values are written, the second reads them. */
export function recordManifest(source: RecordSource): Manifest {
  const { file, names, columns } = source;
  let survey: Promise<TableSurvey> | undefined;
  const surveyed = () => {
    survey ??= lookThrough(source);
    return survey;
  };
  return {
    file,
    async count() {
      const { rows, swapped, noPosition } = await surveyed();
      swapped.check(file, nameOf('lat'), nameOf('lon'));
      if (noPosition !== null) throw noPositions(file, nameOf('position'), noPosition);
      return rows;
    },
    async *rows(notes) {
      const { conventions, notices } = await settled(surveyed());
      notes.notices.push(...(source.notices ?? []), ...notices);
      for await (const record of source.records(notes)) {
        const { where, issue } = record;
        const cells = cellsOf(record, columns);
        const row = manifestRow(where, cells('file'), cells, conventions);
        yield issue ? withIssue(row, issue) : row;
      }
    },
  };

  function nameOf(column: ColumnName): string {
    return names[columns.at.get(column) ?? columns.at.get('position') ?? -1] ?? column;
  }
}

async function settled(survey: Promise<TableSurvey>) {
  const done = await survey;
  return { conventions: done.conventions, notices: done.notices() };
}

async function lookThrough({ file, names, columns, records }: RecordSource): Promise<TableSurvey> {
  const survey = new TableSurvey(basename(file), names, columns, findLookalikes(names, columns));
  for await (const record of records(newSourceNotes())) {
    const cells = cellsOf(record, columns);
    if (record.issue) survey.addBroken();
    else survey.add({ where: record.where, name: cells('file'), values: record.values, cells });
  }
  return survey;
}

function cellsOf({ values }: ManifestRecord, { at }: Columns): (column: ColumnName) => string | null {
  return (column) => values[at.get(column) ?? -1] ?? null;
}

function withIssue(row: ManifestRow, issue: Issue): ManifestRow {
  return { ...row, facts: NO_FACTS, notes: [], issue };
}

function noPositions(file: string, column: string, got: string) {
  return fault(
    'manifest_column_missing',
    `Expected a column named lat|latitude and one named lon|longitude in ${file}, or one with both, but ${JSON.stringify(column)} holds no positions (${JSON.stringify(got.slice(0, 60))}). Rename the columns and run again.`,
  );
}
