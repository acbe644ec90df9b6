import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { fault, hasCode } from '../../domain/errors.js';
import { openPlainFile } from '../../images/plain-file.js';
import type { Issue } from './candidate.js';
import type { Manifest } from './manifest.js';
import { requireColumns } from './manifest-columns.js';
import { type ManifestRecord, recordManifest } from './record-manifest.js';
import { type TableShape, tableShape } from './table-delimiter.js';
import { chunksOf, decoded, detectEncoding, type TextEncoding } from './text-encoding.js';
import { isYfccRecord, YFCC_COLUMNS, YFCC_NAMES } from './yfcc-columns.js';

const SNIFFED_BYTES = 64 * 1024;
const RECORD_BYTES_MAX = 1024 * 1024;

interface Table extends TableShape {
  readonly file: string;
  readonly encoding: TextEncoding;
  readonly quote: '"' | null;
}

/**
 * A CSV or TSV file with a header: comma, semicolon, tab or bar, quotes, UTF-8, UTF-16 or Windows-1252, any line ends. It is
 * streamed, so its size does not matter. YFCC's tables, which have no header, are recognised by their first line.
 */
export async function openTable(file: string): Promise<Manifest> {
  const table = await look(file);
  const header = await headerOf(table);
  const notices = table.encoding === 'windows-1252' ? [NOT_UTF8.replace('{file}', basename(file))] : [];
  if (table.delimiter === '\t' && isYfccRecord(header)) {
    const unquoted: Table = { ...table, quote: null };
    return recordManifest({
      ...{ file, notices, names: YFCC_NAMES, columns: YFCC_COLUMNS },
      records: () => rows(unquoted, null),
    });
  }
  const columns = requireColumns(file, header);
  return recordManifest({ file, notices, names: header, columns, records: () => rows(table, header) });
}

const NOT_UTF8 =
  '{file} is not written in UTF-8; it was read as Windows-1252. Where names are not found, save it as UTF-8 and run again.';

async function* rows(table: Table, header: readonly string[] | null): AsyncGenerator<ManifestRecord> {
  const name = basename(table.file);
  let isHeader = header !== null;
  for await (const { record, info } of records(table)) {
    if (isHeader) {
      isHeader = false;
      continue;
    }
    const where = `${name} line ${info.lines}`;
    yield { where, values: record, issue: header === null ? null : tooLong(where, record, header, table.delimiter) };
  }
}

/** An unquoted value with a delimiter in it shifts all that follow: a decimal comma would make 48 of 48,2. */
function tooLong(where: string, record: readonly string[], header: readonly string[], delimiter: string): Issue | null {
  if (record.length <= header.length || record.slice(header.length).every((value) => value.trim() === '')) return null;
  const mark = delimiter === '\t' ? 'tab' : delimiter;
  return {
    code: 'manifest_row_invalid',
    reason: `${where}: expected ${header.length} values as in the header, got ${record.length}; put values that hold a ${mark} into quotes, or separate the columns by another mark. Correct the row and run again.`,
  };
}

interface TableRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

async function* records({ file, encoding, delimiter, hasSepLine, quote }: Table): AsyncGenerator<TableRecord> {
  const parser = parse({
    delimiter,
    quote,
    bom: true,
    ltrim: true,
    info: true,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: RECORD_BYTES_MAX,
  });
  const bytes = Readable.from(chunksOf(file));
  const stream = encoding === 'utf-8' ? bytes : Readable.from(decoded(bytes, encoding));
  const fail = (error: Error) => {
    parser.destroy(error);
  };
  bytes.on('error', fail);
  stream.on('error', fail);
  stream.pipe(parser);
  let isSepLine = hasSepLine;
  try {
    for await (const entry of parser) {
      if (isSepLine) isSepLine = false;
      // csv-parse gives what `options` ask for, without types.
      else yield entry as TableRecord;
    }
  } catch (error) {
    throw tableError(file, error);
  } finally {
    stream.destroy();
    bytes.destroy();
    parser.destroy();
  }
}

async function headerOf(table: Table): Promise<readonly string[]> {
  const all = records(table);
  const first = await all.next();
  await all.return(undefined);
  return first.done ? [] : first.value.record;
}

async function look(file: string): Promise<Table> {
  try {
    const encoding = await detectEncoding(file);
    return { file, encoding, quote: '"', ...tableShape(new TextDecoder(encoding).decode(await startOf(file))) };
  } catch (error) {
    throw tableError(file, error);
  }
}

async function startOf(file: string): Promise<Uint8Array> {
  const { handle } = await openPlainFile(file);
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(SNIFFED_BYTES) });
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function tableError(file: string, error: unknown): unknown {
  if (error instanceof CsvError) {
    return fault(
      'manifest_invalid',
      `Expected a CSV or TSV table in ${file}, but it can't be read as one: ${error.message}. Check its quotes and run again.`,
      { cause: error },
    );
  }
  if (hasCode(error, 'not_a_file')) return fault('manifest_unreadable', `${file}: ${error.message}`);
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || !code.startsWith('E')) return error;
  return fault('manifest_unreadable', `Expected a table that can be read in ${file}, but reading failed with ${code}.`);
}
