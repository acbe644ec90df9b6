import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fault } from '../../domain/errors.js';
import { indexModelMismatch } from '../index-model-errors.js';
import type { Maintenance } from '../maintenance.js';
import type { IndexModel } from '../reader.js';
import type { OpenIndex, Store } from '../store.js';
import type { ReferenceWriter } from '../writer.js';
import { parseClusterAddress } from './cluster-address.js';
import { ClusterClient } from './cluster-client.js';
import { ClusterIndex } from './cluster-index.js';
import { ClusterJournal } from './cluster-journal.js';
import { checkVersions, makeCollections, readIdentity } from './cluster-schema.js';
import { ClusterWriter } from './cluster-writer.js';

/** An index in a Weaviate cluster. What only this machine knows, its runs and failures, lies in `folder`. */
export class ClusterStore implements Store {
  readonly maintenance: Maintenance;
  readonly #client: ClusterClient;
  #journal: ClusterJournal | null = null;
  #writing = 0;
  #writes = 0;

  readonly #location: string;
  readonly #folder: string;

  constructor(location: string, folder: string, key?: string) {
    this.#location = location;
    this.#folder = folder;

    this.#client = new ClusterClient(parseClusterAddress(location), key);
    const refused = (what: string, instead: string) => async (): Promise<never> => {
      throw fault('not_offered', `${what} is not offered by a cluster: ${instead}`);
    };
    this.maintenance = {
      verify: refused('Verifying', 'its replicas compare themselves.'),
      rebuild: refused('Rebuilding the graph', 'each node keeps its own.'),
      prune: refused('Pruning', 'delete references by their ids.'),
      remap: refused('Remapping a root', 'ingest the photos at their new place.'),
      backup: refused('Copying into a folder', 'use the backups of the cluster.'),
      remove: (ids) => this.#existing((writer) => writer.remove(ids)),
      reembed: refused('Another model', 'ingest into a collection of another name with --model.'),
    };
  }

  identity(): Promise<IndexModel | null> {
    return readIdentity(this.#client);
  }

  async open(): Promise<OpenIndex> {
    const identity = await this.identity();
    if (identity === null) {
      throw fault(
        'index_not_found',
        `Expected an index at ${this.#location}, but there is none. Make one with \`streetdex ingest SOURCE --index ${this.#location}\`.`,
      );
    }
    await checkVersions(this.#client);
    return this.#indexOf(identity);
  }

  async write<T>(model: IndexModel, work: (writer: ReferenceWriter) => Promise<T>): Promise<T> {
    const own = await this.identity();
    if (own === null) {
      await checkVersions(this.#client);
      await makeCollections(this.#client, model);
    } else if (own.modelId !== model.modelId || own.dimension !== model.dimension) {
      throw indexModelMismatch(this.#location, own, model);
    }
    return this.#withWriter(own ?? model, work);
  }

  /** Any machine may write beside any other. */
  async isBeingWritten(): Promise<boolean> {
    return this.#writing > 0;
  }

  async close(): Promise<void> {
    await this.#client.close();
    this.#journal?.close();
    this.#journal = null;
  }

  async #existing<T>(work: (writer: ClusterWriter) => Promise<T>): Promise<T> {
    const identity = await this.identity();
    if (identity === null) throw fault('index_not_found', `Expected an index at ${this.#location}, but there is none.`);
    return this.#withWriter(identity, work);
  }

  async #withWriter<T>(identity: IndexModel, work: (writer: ClusterWriter) => Promise<T>): Promise<T> {
    const wrote = () => {
      this.#writes++;
    };
    this.#writing++;
    try {
      return await work(new ClusterWriter(this.#client, identity, this.#indexOf(identity), this.#openJournal(), wrote));
    } finally {
      this.#writing--;
    }
  }

  #indexOf(identity: IndexModel): ClusterIndex {
    return new ClusterIndex(this.#client, identity, this.#openJournal(), () => this.#writes);
  }

  #openJournal(): ClusterJournal {
    mkdirSync(this.#folder, { recursive: true });
    this.#journal ??= new ClusterJournal(join(this.#folder, 'journal.sqlite'));
    return this.#journal;
  }
}
