import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { CsvError, parse } from 'csv-parse';
import { callerError } from '../../domain/errors.js';
import type { Manifest } from './manifest.js';
import { type Columns, requireColumns } from './manifest-columns.js';
import { type ManifestRow, manifestRow } from './manifest-row.js';
import { isYfccRecord, YFCC_COLUMNS } from './yfcc-columns.js';

const SNIFFED_BYTES = 64 * 1024;
const RECORD_BYTES_MAX = 1024 * 1024;

/**
 * A CSV or TSV file with a header: comma, semicolon or tab, quotes, BOM (UTF-8 or UTF-16), any line ends; read as a
 * stream, so that neither its size nor the size of the chunks matters. YFCC's tables are known by their first line,
 * although they have no header.
 */
export async function openTable(file: string): Promise<Manifest> {
  const { encoding, delimiter } = await sniff(file);
  const open = () => records(file, encoding, delimiter);
  const header = await firstRecord(open());
  if (delimiter === '\t' && isYfccRecord(header)) {
    const unquoted = () => records(file, encoding, delimiter, null);
    return {
      file,
      coordinateNames: ['column 14', 'column 13'],
      rows: () => rows(unquoted(), YFCC_COLUMNS, basename(file), false),
    };
  }
  const columns = requireColumns(file, header);
  return {
    file,
    coordinateNames: [header[columns.get('lat') as number] ?? 'lat', header[columns.get('lon') as number] ?? 'lon'],
    rows: () => rows(open(), columns, basename(file), true),
  };
}

async function* rows(
  records: AsyncIterable<TableRecord>,
  columns: Columns,
  name: string,
  hasHeader: boolean,
): AsyncGenerator<ManifestRow> {
  let isHeader = hasHeader;
  for await (const { record, info } of records) {
    if (isHeader) {
      isHeader = false;
      continue;
    }
    const value = (column: Parameters<Columns['get']>[0]) => record[columns.get(column) ?? -1] ?? null;
    yield manifestRow(`${name} line ${info.lines}`, value('file'), value);
  }
}

interface TableRecord {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

async function* records(
  file: string,
  encoding: BufferEncoding,
  delimiter: string,
  quote: '"' | null = '"',
): AsyncGenerator<TableRecord> {
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
  const stream = createReadStream(file, encoding === 'utf8' ? {} : { encoding });
  stream.on('error', (error) => parser.destroy(error));
  stream.pipe(parser);
  try {
    for await (const entry of parser) yield entry as TableRecord;
  } catch (error) {
    throw tableError(file, error);
  } finally {
    stream.destroy();
    parser.destroy();
  }
}

async function firstRecord(records: AsyncGenerator<TableRecord>): Promise<readonly string[]> {
  const first = await records.next();
  await records.return(undefined);
  return first.done ? [] : first.value.record;
}

/** Encoding by BOM, delimiter by what the first line holds most of outside quotes. */
async function sniff(file: string): Promise<{ encoding: BufferEncoding; delimiter: string }> {
  const handle = await open(file).catch((error) => {
    throw tableError(file, error);
  });
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(SNIFFED_BYTES) });
    const encoding = buffer[0] === 0xff && buffer[1] === 0xfe ? 'utf16le' : 'utf8';
    const text = buffer.subarray(0, bytesRead).toString(encoding);
    const line = text.replace(/"[^"]*"/g, '').split(/\r\n|\n|\r/, 1)[0] ?? '';
    const counts = [',', '\t', ';'].map((mark) => [mark, line.split(mark).length] as const);
    counts.sort((a, b) => b[1] - a[1]);
    return { encoding, delimiter: counts[0]?.[0] ?? ',' };
  } finally {
    await handle.close();
  }
}

function tableError(file: string, error: unknown): unknown {
  if (error instanceof CsvError) {
    return callerError(
      'manifest_invalid',
      `Expected a CSV or TSV table in ${file}, but it can't be read as one: ${error.message}. Check its quotes and run again.`,
      { cause: error },
    );
  }
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code !== 'string' || !code.startsWith('E')) return error;
  return callerError(
    'manifest_unreadable',
    `Expected a table that can be read in ${file}, but reading failed with ${code}.`,
  );
}
