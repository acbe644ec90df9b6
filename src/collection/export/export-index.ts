import { open, rm } from 'node:fs/promises';
import { fault } from '../../domain/errors.js';
import type { Reference } from '../../domain/reference.js';
import type { ReferenceFilter } from '../../references/reader.js';
import type { OpenIndex } from '../../references/store.js';
import { diskError, removeOldDrafts, renameInto } from '../../store/atomic-write.js';
import { everyReference } from '../every-reference.js';
import { FACT_COLUMNS, type JoinedColumn, joined } from './columns.js';
import type { ExportPage, ExportShape, FormatWriter } from './export-format.js';
import { npyFormat } from './npy-format.js';
import { parquetFormat } from './parquet-format.js';
import { csvFormat, geojsonFormat } from './text-formats.js';

export const EXPORT_FORMATS = ['csv', 'geojson', 'parquet', 'npy'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const PIECE = 1_000;

export interface Export {
  readonly index: Pick<OpenIndex, 'reader' | 'catalogue'>;
  readonly format: ExportFormat;
  readonly file: string;
  readonly filter: ReferenceFilter;
  readonly withVectors: boolean;
  /** Columns after those of the facts. */
  readonly join: readonly JoinedColumn[];
  readonly onProgress?: (done: number) => void;
  readonly signal?: AbortSignal;
}

export interface ExportReport {
  readonly file: string;
  readonly references: number;
  readonly bytes: number;
}

/**
 * Writes references to a file, page by page, in the index's own order. The file has its name only when it is whole; one that was
 * there is replaced then.
 * @throws `disk_full`, `interrupted`, `usage` where two columns have one name
 */
export async function exportIndex(work: Export): Promise<ExportReport> {
  const { index, format, file, filter, withVectors, signal } = work;
  const columns = [...FACT_COLUMNS, ...work.join.map(joined)];
  const twice = columns.find(({ name }, i) => columns.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined)
    throw fault('usage', `Expected columns of different names, but two are called ${twice.name}.`);
  const shape = { columns, withVectors: withVectors || format === 'npy', dimension: index.reader.dimension };
  const writer = formatOf(format)(shape);
  const draft = `${file}.tmp-${process.pid}`;
  let references = 0;
  try {
    removeOldDrafts(file);
    const handle = await open(draft, 'w');
    try {
      await handle.writeFile(writer.begin());
      for await (const page of piecesOf(everyReference(index.reader, filter))) {
        if (signal?.aborted)
          throw fault('interrupted', `The export was stopped after ${references} references; nothing is left of it.`);
        const ready = shape.withVectors ? await withTheirVectors(index, page) : { references: page, vectors: null };
        await handle.writeFile(writer.page(ready));
        references += ready.references.length;
        work.onProgress?.(references);
      }
      await handle.writeFile(writer.end());
      const beginning = writer.beginningAtEnd?.();
      if (beginning !== undefined) await handle.write(beginning, 0, beginning.length, 0);
    } finally {
      await handle.close();
    }
    renameInto(draft, file);
    const done = await open(file, 'r');
    const { size } = await done.stat().finally(() => done.close());
    return { file, references, bytes: size };
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    throw diskError(error, file);
  }
}

/** With their vectors as text, large pages would take a hundred megabytes each. */
async function* piecesOf(pages: AsyncIterable<readonly Reference[]>): AsyncGenerator<readonly Reference[]> {
  for await (const page of pages) for (let at = 0; at < page.length; at += PIECE) yield page.slice(at, at + PIECE);
}

/** A reference that was deleted meanwhile has no vector, and is left out. */
async function withTheirVectors({ reader }: Export['index'], page: readonly Reference[]): Promise<ExportPage> {
  const vectors = await reader.vectors(page.map(({ id }) => id));
  const both = page.flatMap((reference) => {
    const vector = vectors.get(reference.id);
    return vector === undefined ? [] : [{ reference, vector }];
  });
  return { references: both.map(({ reference }) => reference), vectors: both.map(({ vector }) => vector) };
}

function formatOf(format: ExportFormat): (shape: ExportShape) => FormatWriter {
  switch (format) {
    case 'csv':
      return csvFormat;
    case 'geojson':
      return geojsonFormat;
    case 'parquet':
      return parquetFormat;
    case 'npy':
      return npyFormat;
  }
}
