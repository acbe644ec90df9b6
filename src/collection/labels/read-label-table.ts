import { readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import { fault } from '../../domain/errors.js';
import type { ReferenceReader } from '../../references/reader.js';
import { type LabelSet, unknownLabel } from '../label-set.js';
import type { PhotoLabels } from './label-store.js';

const BYTES_MAX = 64 * 1024 * 1024;
/** The column's text for a photo with none of the labels of an independent set. */
const NONE = 'none';
/** Paths in one query. */
const PATHS = 500;

/** The usable contents of a table of labels. */
export interface LabelTable {
  readonly labelled: readonly PhotoLabels[];
  /** Number of rows without a label: photos that are still to be looked at. */
  readonly empty: number;
  /** Names in rows that the index does not have. */
  readonly unknown: readonly string[];
}

/**
 * A CSV with a header: `id` (of a reference) or `file` (the path of a source below its root), `label`, and `sample` where it
 * was drawn by `share label`. Several labels of an independent set are separated by semicolons; `none` where none holds.
 * @throws `label_table_invalid`, `label_unknown`, `labels_differ` for a photo with two labels of an exclusive set, `unreadable`
 */
export async function readLabelTable(file: string, set: LabelSet, reader: ReferenceReader): Promise<LabelTable> {
  const rows = parsed(file);
  const said = rows.filter(({ label }) => label !== '');
  const read = said.map((row) => ({ ...row, labels: labelsOf(row, set, file) }));
  const ids = await idsOf(read, reader);
  const labelled = new Map<string, PhotoLabels & { readonly line: number }>();
  const unknown: string[] = [];
  for (const [i, { id, path, labels, sample, line }] of read.entries()) {
    const found = ids[i];
    if (found === undefined) {
      unknown.push(id !== '' ? id : path);
      continue;
    }
    const before = labelled.get(found);
    if (before !== undefined && before.labels.join(';') !== labels.join(';')) {
      throw fault(
        'labels_differ',
        `Expected one label for each photo, but ${file} calls ${id !== '' ? id : path} ${inWords(before.labels)} in line ${before.line} and ${inWords(labels)} in line ${line}. Keep one of them.`,
      );
    }
    labelled.set(found, {
      id: found,
      labels,
      line,
      ...(sample === null ? { chosen: 'given', sample } : { chosen: 'random', sample }),
    });
  }
  return {
    labelled: [...labelled.values()].map(({ line: _, ...one }) => one),
    empty: rows.length - said.length,
    unknown,
  };
}

const inWords = (labels: readonly string[]) => `'${labels.length === 0 ? NONE : labels.join('; ')}'`;

interface Row {
  readonly id: string;
  readonly path: string;
  readonly label: string;
  readonly sample: number | null;
  readonly line: number;
}

function parsed(file: string): readonly Row[] {
  const records = recordsOf(file);
  const [header = [], ...rest] = records;
  const at = (name: string) => header.findIndex((column) => column.trim().toLowerCase() === name);
  const [id, path, label, sample] = [at('id'), at('file'), at('label'), at('sample')];
  if (label < 0 || (id < 0 && path < 0)) {
    throw fault(
      'label_table_invalid',
      `Expected a table with the columns label and id, or label and file, got ${header.length === 0 ? 'an empty one' : header.join(', ')} in ${file}.`,
    );
  }
  return rest.map((row, i) => {
    const cell = (column: number) => (row[column] ?? '').trim();
    const drawn = cell(sample);
    if (drawn !== '' && !/^\d{1,9}$/.test(drawn)) {
      throw fault(
        'label_table_invalid',
        `Expected the number of a sample, got '${drawn}' in line ${i + 2} of ${file}.`,
      );
    }
    return {
      id: cell(id),
      path: cell(path),
      label: cell(label),
      sample: drawn === '' ? null : Number(drawn),
      line: i + 2,
    };
  });
}

function recordsOf(file: string): readonly (readonly string[])[] {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw fault('unreadable', `Expected to read the labels in ${file}: ${(error as Error).message}`, { cause: error });
  }
  if (bytes.length > BYTES_MAX) {
    throw fault(
      'label_table_invalid',
      `Expected a table of at most ${BYTES_MAX} bytes, got ${bytes.length} in ${file}.`,
    );
  }
  try {
    return parse(bytes, {
      bom: true,
      delimiter: ',',
      relaxColumnCount: true,
      skipEmptyLines: true,
    }) as string[][];
  } catch (cause) {
    throw fault('label_table_invalid', `${file} is not a CSV: ${(cause as Error).message}.`, { cause });
  }
}

function labelsOf({ label, line }: Row, set: LabelSet, file: string): readonly string[] {
  const names = set.labels.map(({ name }) => name);
  const parts = set.kind === 'exclusive' ? [label] : label.split(';').map((part) => part.trim());
  if (set.kind === 'independent' && parts.length === 1 && parts[0] === NONE && !names.includes(NONE)) return [];
  for (const part of parts) {
    if (!names.includes(part)) throw unknownLabel(set.id, part, names, ` in line ${line} of ${file}`);
  }
  return [...new Set(parts)].sort();
}

/** The reference of each row; undefined where the index has none. */
async function idsOf(rows: readonly Row[], reader: ReferenceReader): Promise<readonly (string | undefined)[]> {
  const known = await reader.getMany(rows.flatMap(({ id }) => (id === '' ? [] : [id])));
  const paths = [...new Set(rows.flatMap(({ id, path }) => (id === '' ? [path] : [])))];
  const byPath = new Map<string, string>();
  for (let from = 0; from < paths.length; from += PATHS) {
    const source = paths.slice(from, from + PATHS);
    const wanted = new Set(source);
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await reader.list({ filter: { source }, limit: 1000, ...(cursor === undefined ? {} : { cursor }) });
      for (const { id, sources } of page.references) {
        for (const { path } of sources) if (wanted.has(path)) byPath.set(path, id);
      }
      cursor = page.cursor;
    }
  }
  return rows.map(({ id, path }) => (id === '' ? byPath.get(path) : known.has(id) ? id : undefined));
}
