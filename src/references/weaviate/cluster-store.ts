import { join } from 'node:path';
import { fault } from '../../domain/errors.js';
import { makeFolder } from '../../store/make-folder.js';
import { indexModelMismatch } from '../index-model-errors.js';
import { LocalJournal } from '../local-journal.js';
import type { Maintenance, Repair, SummaryReport, VerifyReport } from '../maintenance.js';
import type { IndexModel } from '../reader.js';
import type { OpenIndex, Store } from '../store.js';
import type { ReferenceWriter } from '../writer.js';
import { parseClusterAddress } from './cluster-address.js';
import { ClusterClient } from './cluster-client.js';
import { ClusterIndex } from './cluster-index.js';
import { checkVersions, makeCollections, type Quantisation, readIdentity } from './cluster-schema.js';
import type { SummaryOptions } from './cluster-summaries.js';
import { ClusterWriter } from './cluster-writer.js';
import { NodeWatch } from './node-watch.js';
import { pruneCluster } from './prune-cluster.js';
import { reconcileCluster } from './reconcile-cluster.js';
import { StoredNotes } from './stored-notes.js';
import { verifyCluster } from './verify-cluster.js';
import { WriterNotes, type Written } from './writer-notes.js';

/** How long differences are given to vanish by themselves. */
export interface SettleTimes {
  /** For replicas to settle by comparing themselves. */
  readonly verifyMs: number;
  /** For an ingest to store the source of a reference: looked at again then. */
  readonly reconcileMs: number;
  readonly freshMs: number;
}

const SETTLE_TIMES: SettleTimes = { verifyMs: 90_000, reconcileMs: 5000, freshMs: 10 * 60_000 };

export interface ClusterOptions extends SummaryOptions {
  readonly key?: string | undefined;
  /** How a new collection keeps vectors for searching. */
  readonly quantisation?: Quantisation;
  /** Shorter times, for tests. */
  readonly times?: Partial<SettleTimes>;
}

/** An index in a Weaviate cluster. `folder` holds what only this machine knows: its runs and failures. */
export class ClusterStore implements Store {
  readonly keepsThumbnails = true;
  readonly maintenance: Maintenance;
  readonly #client: ClusterClient;
  readonly #notes: WriterNotes;
  readonly #watch: NodeWatch;
  #journal: LocalJournal | null = null;
  #writing = 0;
  #writes = 0;

  readonly #location: string;
  readonly #folder: string;
  readonly #times: SettleTimes;
  readonly #options: ClusterOptions;

  constructor(location: string, folder: string, options: ClusterOptions = {}) {
    this.#location = location;
    this.#folder = folder;
    this.#options = options;
    this.#times = { ...SETTLE_TIMES, ...options.times };

    this.#client = new ClusterClient(parseClusterAddress(location), options.key);
    const notes = new StoredNotes(this.#client);
    this.#notes = new WriterNotes(this.#client.states, notes);
    this.#watch = new NodeWatch(this.#client, notes);
    const copy = (to: string) => `streetdex index copy --from ${location} --to ${to}`;
    const refused = (what: string, instead: string) => async (): Promise<never> => {
      throw fault('not_offered', `${what} is not offered by a cluster: ${instead}`);
    };
    this.maintenance = {
      verify: ({ repair } = {}) => this.#verify(repair),
      reconcile: async (countryAt) =>
        reconcileCluster(this.#client, await this.#present(), countryAt, this.#times.reconcileMs).finally(() => {
          this.#writes++;
        }),
      rebuild: refused('Rebuilding the graph', 'each node keeps its own.'),
      prune: async (options) => {
        const { modelId } = await this.#present();
        const { freshMs } = this.#times;
        const parts = { client: this.#client, modelId, journal: this.#openJournal(), freshMs, wrote: this.#wrote };
        return this.#noting(() => pruneCluster(parts, options)).finally(() => {
          this.#writes++;
        });
      },
      remap: refused(
        'Remapping a root',
        `ingest the photos at their new place, or take the index into a folder by \`${copy('DIR')}\`, remap it there, and copy it back.`,
      ),
      backup: refused('Backing up', `\`${copy('DIR')}\` writes all of it into a folder.`),
      remove: (ids) => this.#existing((writer) => writer.remove(ids)),
      summarise: (onProgress) => this.#summarise(onProgress),
      reembed: refused(
        'Another model',
        `\`${copy(`${location}2`)} --model NAME\` looks at its photos anew and puts them into a collection of another name; then start the servers on that.`,
      ),
    };
  }

  async #verify(repair: Repair | undefined): Promise<VerifyReport> {
    const identity = await this.#present();
    const failures = async () =>
      (await this.#indexOf(identity).journal.failureCodes()).reduce((sum, { count }) => sum + count, 0);
    const parts = { client: this.#client, identity, failures, settleMs: this.#times.verifyMs };
    return verifyCluster(parts, repair);
  }

  async #present(): Promise<IndexModel> {
    const identity = await this.identity();
    if (identity === null) throw fault('index_not_found', `Expected an index at ${this.#location}, but there is none.`);
    return identity;
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
    await this.#watch.begin();
    return this.#indexOf(identity);
  }

  async write<T>(model: IndexModel, work: (writer: ReferenceWriter) => Promise<T>): Promise<T> {
    const own = await this.identity();
    if (own !== null && (own.modelId !== model.modelId || own.dimension !== model.dimension)) {
      throw indexModelMismatch(this.#location, own, model);
    }
    if (own === null) await checkVersions(this.#client);
    // Also for an existing index: an old one has no collection for summaries.
    await makeCollections(this.#client, own ?? model, this.#options.quantisation);
    return this.#withWriter(own ?? model, work);
  }

  /** Of this process alone, since machines may write side by side. */
  async isBeingWritten(): Promise<boolean> {
    return this.#writing > 0;
  }

  async close(): Promise<void> {
    await this.#watch.end();
    await this.#notes.end();
    await this.#client.close();
    this.#journal?.close();
    this.#journal = null;
  }

  async #existing<T>(work: (writer: ClusterWriter) => Promise<T>): Promise<T> {
    return this.#withWriter(await this.#present(), work);
  }

  async #withWriter<T>(identity: IndexModel, work: (writer: ClusterWriter) => Promise<T>): Promise<T> {
    const writer = new ClusterWriter(this.#client, identity, this.#indexOf(identity), this.#openJournal(), this.#wrote);
    // A failure is met again by the watch's next look.
    this.#watch.onLost = (uuids) => void writer.mend(uuids).catch(() => undefined);
    return this.#noting(async () => {
      const result = await work(writer);
      await writer.flush();
      return result;
    });
  }

  #wrote = async (written: Written): Promise<void> => {
    this.#writes++;
    await this.#notes.note(written);
  };

  /** Writes with an eye on the nodes, and resolves when all that was noted is stored. */
  async #noting<T>(write: () => Promise<T>): Promise<T> {
    this.#writing++;
    try {
      await this.#watch.begin();
      return await write();
    } finally {
      await this.#notes.end();
      this.#writing--;
    }
  }

  /** @throws `index_not_found`, `disk_full` (later) */
  async #summarise(onProgress?: (done: number, total: number) => void): Promise<SummaryReport> {
    const identity = await this.#present();
    await makeCollections(this.#client, identity);
    const started = performance.now();
    const { summaries } = this.#indexOf(identity);
    const { references } = await summaries.make(onProgress);
    this.#writes++;
    return { references, tookMs: Math.round(performance.now() - started) };
  }

  #indexOf(identity: IndexModel): ClusterIndex {
    return new ClusterIndex(this.#client, identity, this.#openJournal(), () => this.#writes, {
      ...this.#options,
      folder: this.#folder,
    });
  }

  #openJournal(): LocalJournal {
    makeFolder(this.#folder);
    this.#journal ??= new LocalJournal(join(this.#folder, 'journal.sqlite'));
    return this.#journal;
  }
}
