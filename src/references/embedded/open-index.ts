import { randomUUID } from 'node:crypto';
import type { Database } from 'better-sqlite3';
import { hasCode } from '../../domain/errors.js';
import { checkLocalDisk } from '../../store/local-disk.js';
import { makeFolder } from '../../store/make-folder.js';
import { storeError } from '../../store/store-error.js';
import { acquireWriterLock } from '../../store/writer-lock.js';
import { indexModelMismatch } from '../index-model-errors.js';
import type { IndexModel } from '../reader.js';
import { EmbeddedReader, type ReaderOptions } from './embedded-reader.js';
import { EmbeddedWriter } from './embedded-writer.js';
import {
  checkCanBecomeIndex,
  databaseFile,
  filesFolder,
  hasIndex,
  type IndexIdentity,
  openForReading,
  openForWriting,
  readIdentity,
} from './index-folder.js';
import { readManifest } from './manifest.js';

export interface WriterOptions extends IndexModel {
  /**
   * Adds to the graph while the writer is open rather than at the checkpoint: the same work spread over the run, at the price
   * of the graph's memory.
   */
  readonly buildAhead?: boolean;
}

/** An index's identity and generation, without opening its graph; null where there is no index. */
export function indexInfo(folder: string): (IndexIdentity & { readonly generation: number }) | null {
  if (!hasIndex(folder)) return null;
  const { db, identity } = openForReading(folder);
  try {
    return { ...identity, generation: readManifest(folder, identity)?.generation ?? 0 };
  } finally {
    db.close();
  }
}

/** Makes an empty index; an index of the same model that is there already is left as it is. */
export async function createIndex(folder: string, model: IndexModel): Promise<void> {
  const writer = await openWriter(folder, model);
  await writer.close();
}

/**
 * Opens an index for reading, beside any writer; resolves when searches can be answered.
 * @throws `index_not_found`, `not_an_index`, `index_model_mismatch`, `format_newer`, and what opening a database throws.
 */
export async function openReader(folder: string, options: ReaderOptions = {}): Promise<EmbeddedReader> {
  const { db, identity } = openForReading(folder);
  let reader: EmbeddedReader;
  try {
    if (options.modelId !== undefined && options.modelId !== identity.modelId)
      throw indexModelMismatch(folder, identity, { modelId: options.modelId, modelName: identity.modelName });
    readManifest(folder, identity);
    reader = new EmbeddedReader(folder, db, identity, options);
  } catch (error) {
    db.close();
    throw storeError(error, db.name);
  }
  try {
    if (options.lazy !== true) await reader.open();
    return reader;
  } catch (error) {
    await reader.close();
    throw error;
  }
}

/**
 * Takes the index's lock and opens it for writing, or makes it where the folder is missing or empty.
 * @throws `index_busy`, `not_an_index`, `index_model_mismatch`, and what opening a database throws.
 */
export async function openWriter(folder: string, options: WriterOptions): Promise<EmbeddedWriter> {
  checkCanBecomeIndex(folder);
  makeFolder(folder);
  checkLocalDisk(folder);
  const lock = acquireWriterLock(folder);
  let db: Database | undefined;
  try {
    db = openForWriting(databaseFile(folder), { create: true });
    const identity = readIdentity(db) ?? makeIdentity(db, options);
    checkModel(folder, identity, options);
    readManifest(folder, identity);
    makeFolder(filesFolder(folder));
    return new EmbeddedWriter(folder, db, identity, lock, { buildAhead: options.buildAhead ?? false });
  } catch (error) {
    db?.close();
    lock.release();
    throw storeError(error, databaseFile(folder));
  }
}

/** Opens an existing index for maintenance, whatever model it was made with. */
export async function openForMaintenance(folder: string): Promise<EmbeddedWriter> {
  try {
    return await openWriter(folder, identityOf(folder));
  } catch (error) {
    // Between reading its model and taking the lock the index may have been brought over to another.
    if (!hasCode(error, 'index_model_mismatch')) throw error;
    return openWriter(folder, identityOf(folder));
  }
}

function identityOf(folder: string): IndexIdentity {
  const { db, identity } = openForReading(folder);
  db.close();
  return identity;
}

function makeIdentity(db: Database, model: IndexModel): IndexIdentity {
  const identity = { storeId: randomUUID(), ...pick(model) };
  const put = db.prepare('INSERT INTO meta (key, value) VALUES (?, ?)');
  db.transaction(() => {
    put.run('store_id', identity.storeId);
    put.run('model_id', identity.modelId);
    put.run('model_name', identity.modelName);
    put.run('dimension', String(identity.dimension));
    put.run('created_at', new Date().toISOString());
  }).immediate();
  return identity;
}

function pick({ modelId, modelName, dimension }: IndexModel): IndexModel {
  return { modelId, modelName, dimension };
}

function checkModel(folder: string, identity: IndexIdentity, model: IndexModel): void {
  if (identity.modelId === model.modelId && identity.dimension === model.dimension) return;
  throw indexModelMismatch(folder, identity, model);
}
