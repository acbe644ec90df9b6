import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Entry, open, type ZipFile } from 'yauzl';
import { fault } from '../domain/errors.js';

/** cities500 has 35 MB in 230,000 rows; a larger file, packed or unpacked, is not one of those expected. */
const BYTES_MAX = 96 * 2 ** 20;
const ROWS_MAX = 600_000;

/** The rows of one of GeoNames' tab-separated files. */
export interface GeonamesFile {
  /** Its path, for messages. */
  readonly path: string;
  /** Fields with their line number; comments (#) and empty lines are left out. */
  readonly rows: Iterable<{ readonly line: number; readonly fields: readonly string[] }>;
}

/**
 * Finds `NAME.txt` or `NAME.zip` in a folder, in any letter case; .txt first.
 * @throws `folder_unreadable`
 */
export function findGeonamesFile(folder: string, name: string): string | null {
  let entries: readonly string[];
  try {
    entries = readdirSync(folder);
  } catch (error) {
    const message = `Expected a folder with GeoNames' files at ${folder}: ${(error as Error).message}.`;
    throw fault('folder_unreadable', message, { cause: error });
  }
  for (const wanted of [`${name}.txt`, `${name}.zip`]) {
    const found = entries.find((entry) => entry.toLowerCase() === wanted.toLowerCase());
    if (found !== undefined) return join(folder, found);
  }
  return null;
}

/**
 * Reads a file found by `findGeonamesFile`; of a zip the entry of the same name with .txt.
 * @throws `gazetteer_file_invalid` when it can't be read, is no zip, holds no such entry, is too large or not UTF-8.
 */
export async function readGeonamesFile(path: string): Promise<GeonamesFile> {
  let bytes: Buffer;
  try {
    bytes = path.toLowerCase().endsWith('.zip') ? await readZipped(path) : readUpTo(path);
  } catch (error) {
    throw invalid(path, (error as Error).message, error);
  }
  try {
    return { path, rows: rowsOf(path, new TextDecoder('utf-8', { fatal: true }).decode(bytes)) };
  } catch (error) {
    throw invalid(path, 'expected UTF-8 text, found other bytes', error);
  }
}

function readUpTo(path: string): Buffer {
  const { size } = statSync(path);
  if (size > BYTES_MAX) throw new Error(`expected at most ${BYTES_MAX} bytes, found ${size}`);
  return readFileSync(path);
}

function* rowsOf(path: string, text: string): Generator<{ line: number; fields: readonly string[] }> {
  let line = 0;
  let rows = 0;
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline;
    const row = text.slice(start, text[end - 1] === '\r' ? end - 1 : end);
    start = end + 1;
    line++;
    if (row === '' || row.startsWith('#')) continue;
    if (++rows > ROWS_MAX) throw invalid(path, `expected at most ${ROWS_MAX} rows, found more`);
    yield { line, fields: row.split('\t') };
  }
}

function readZipped(path: string): Promise<Buffer> {
  const wanted = basename(path)
    .toLowerCase()
    .replace(/\.zip$/, '.txt');
  return new Promise((resolve, reject) => {
    open(path, { lazyEntries: true, autoClose: true }, (error, zip) => {
      if (error !== null) return reject(error);
      zip.on('error', reject);
      zip.on('end', () => reject(new Error(`expected an entry ${wanted} in the zip, found none`)));
      zip.on('entry', (entry: Entry) => {
        if (basename(entry.fileName).toLowerCase() !== wanted) return zip.readEntry();
        unpack(zip, entry).then(resolve, reject);
      });
      zip.readEntry();
    });
  });
}

async function unpack(zip: ZipFile, entry: Entry): Promise<Buffer> {
  try {
    // Checked before a byte is unpacked: yauzl stops an entry that unpacks to more than its header says.
    if (entry.uncompressedSize > BYTES_MAX) {
      throw new Error(`expected at most ${BYTES_MAX} bytes, found ${entry.uncompressedSize}`);
    }
    return await buffer(
      await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
        zip.openReadStream(entry, (error, stream) => (error !== null ? reject(error) : resolve(stream)));
      }),
    );
  } finally {
    zip.close();
  }
}

function invalid(path: string, found: string, cause?: unknown): Error {
  const message = `${path} can't be read as a file of GeoNames: ${found}. Download it again from GeoNames.`;
  return fault('gazetteer_file_invalid', message, cause === undefined ? {} : { cause });
}
