import { fault } from '../../domain/errors.js';
import { storeError } from '../../store/store-error.js';
import { writerOf } from '../../store/writer-lock.js';
import type { Maintenance } from '../maintenance.js';
import type { IndexModel } from '../reader.js';
import type { OpenIndex, ReadOptions, Store, WriteOptions } from '../store.js';
import type { ReferenceWriter } from '../writer.js';
import { backupIndex } from './backup-index.js';
import { deleteReferences } from './delete-references.js';
import { openNextVectors } from './embedded-next-vectors.js';
import { databaseFile } from './index-folder.js';
import { indexInfo, openReader, openWriter } from './open-index.js';
import { pruneSources } from './prune-sources.js';
import { rebuildGraph } from './rebuild-graph.js';
import { remapRoot } from './remap-root.js';
import { verifyIndex } from './verify-index.js';

const notOffered = (why: string) => fault('not_offered', `${why}: this is for indexes in a cluster.`);

/** An index in a folder of this machine: SQLite and HNSW. */
export class EmbeddedStore implements Store {
  readonly maintenance: Maintenance;

  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;

    this.maintenance = {
      verify: async (options) => {
        if (options?.repair !== undefined) throw notOffered('There are no replicas to repair from; put back a backup');
        return verifyIndex(folder);
      },
      reconcile: async () => {
        throw notOffered('There is nothing to settle, since one writes at a time');
      },
      rebuild: () => this.#told(() => rebuildGraph(folder)),
      prune: (options) => this.#told(() => pruneSources(folder, options)),
      remap: (from, to) => this.#told(async () => remapRoot(folder, from, to)),
      backup: (target) => this.#told(() => backupIndex(folder, target)),
      summarise: async () => {
        throw notOffered('Counts and means are kept with every write, so there is nothing to make');
      },
      remove: (ids) => this.#told(() => deleteReferences(folder, ids)),
      reembed: (model, options) => this.#told(async () => openNextVectors(folder, model, options)),
    };
  }

  async identity(): Promise<IndexModel | null> {
    return this.#told(async () => indexInfo(this.#folder));
  }

  open(options: ReadOptions = {}): Promise<OpenIndex> {
    return openReader(this.#folder, options);
  }

  async write<T>(
    model: IndexModel,
    work: (writer: ReferenceWriter) => Promise<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    const writer = await openWriter(this.#folder, { ...model, ...options });
    try {
      return await work(writer);
    } finally {
      await writer.close();
    }
  }

  async close(): Promise<void> {}

  /** Turns SQLite's errors about a file (damaged, busy, full disk) into ours. */
  async #told<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw storeError(error, databaseFile(this.#folder));
    }
  }

  async isBeingWritten(): Promise<boolean> {
    return writerOf(this.#folder) !== null;
  }
}
