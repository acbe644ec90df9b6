import { type KnownFile, type KnownFiles, type SourceKey, sourceState } from '../known-files.js';
import type { LocalJournal } from '../local-journal.js';
import type { StoredReference } from '../reader.js';
import { pathFrom } from '../source-path.js';
import type { ClusterClient } from './cluster-client.js';
import type { ClusterReader } from './cluster-reader.js';
import { sourcesOf } from './cluster-schema.js';

const ROOTS_MAX = 1000;

/** Known files, from the cluster's sources and this machine's journal. */
export class ClusterKnown implements KnownFiles {
  readonly #client: ClusterClient;
  readonly #reader: ClusterReader;
  readonly #journal: LocalJournal;

  constructor(client: ClusterClient, reader: ClusterReader, journal: LocalJournal) {
    this.#client = client;
    this.#reader = reader;
    this.#journal = journal;
  }

  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, StoredReference>> {
    return this.#reader.getMany(ids);
  }

  async present(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#reader.objects.present(ids);
  }

  async files(keys: readonly SourceKey[]): Promise<readonly KnownFile[]> {
    const sources = await this.#reader.objects.sources(keys);
    return keys.map((key, i) => {
      const stored = sources[i];
      return { source: stored ? sourceState(stored.source, stored.of) : null, failure: this.#journal.failure(key) };
    });
  }

  async sourcesNamedBy(manifest: string): Promise<readonly SourceKey[]> {
    const found: SourceKey[] = [];
    for (const root of await this.#roots()) {
      found.push(...(await this.#reader.objects.sourcesNamedBy(root, pathFrom(root, manifest))));
    }
    return found.map(({ root, path }) => ({ root, path }));
  }

  async #roots(): Promise<readonly string[]> {
    const groups = await this.#client.read(sourcesOf(this.#client.address.name), (own) =>
      own.aggregate.groupBy.overAll({ groupBy: { property: 'root', limit: ROOTS_MAX } }),
    );
    return groups.map(({ groupedBy }) => String(groupedBy.value));
  }
}
