import { firstThatHolds } from '../holds-bytes.js';
import type { IngestJournal } from '../journal.js';
import type { LocalJournal } from '../local-journal.js';
import type { ReferencePhotos } from '../photos.js';
import type { IndexModel } from '../reader.js';
import { fileFrom } from '../source-path.js';
import { StandingFailures } from '../standing-failures.js';
import type { EngineState, EngineWatcher, OpenIndex } from '../store.js';
import { ClusterCatalogue } from './cluster-catalogue.js';
import type { ClusterClient } from './cluster-client.js';
import { ClusterKnown } from './cluster-known.js';
import { ClusterReader } from './cluster-reader.js';
import { ClusterSummaries, type SummaryPlace } from './cluster-summaries.js';
import { Thumbnails } from './thumbnails.js';

/** An index in a cluster, open for reading. */
export class ClusterIndex implements OpenIndex {
  readonly reader: ClusterReader;
  readonly catalogue: ClusterCatalogue;
  readonly journal: IngestJournal;
  readonly photos: ReferencePhotos;
  readonly summaries: ClusterSummaries;
  readonly known: ClusterKnown;
  readonly #client: ClusterClient;
  readonly #identity: IndexModel;

  /** @param writes number of this process's writes to the index so far */
  constructor(
    client: ClusterClient,
    identity: IndexModel,
    journal: LocalJournal,
    writes: () => number,
    place: SummaryPlace,
  ) {
    this.#client = client;
    this.#identity = identity;
    this.reader = new ClusterReader(client, identity);
    this.summaries = new ClusterSummaries(client, this.reader, writes, place);
    this.catalogue = new ClusterCatalogue(client, this.reader, this.summaries);
    this.known = new ClusterKnown(client, this.reader, journal);
    this.journal = new StandingFailures(journal, this.known);
    const thumbnails = new Thumbnails(client, this.reader.objects);
    this.photos = { file: (id) => this.#file(id), thumbnails: (ids) => thumbnails.of(ids) };
  }

  async model(): Promise<IndexModel> {
    return this.#identity;
  }

  async engine(): Promise<EngineState> {
    const { states } = this.#client;
    const age = this.summaries.age();
    return {
      ...{ kind: 'weaviate', nodes: states.nodes.length },
      ...{ nodes_away: states.count('away'), nodes_behind: states.count('behind') },
      ...(age === null ? {} : { summaries: age.words, summaries_made_at: age.madeAt }),
    };
  }

  watch(watcher: EngineWatcher): void {
    this.#client.onCall = (call) => watcher.call(call);
    this.#client.onDegraded = () => watcher.degraded();
  }

  /** null: each call asks the cluster anew, and so does the check for readiness. */
  problem(): null {
    return null;
  }

  async close(): Promise<void> {}

  async #file(id: string): Promise<string | null> {
    const reference = await this.reader.get(id);
    if (reference === null) return null;
    return firstThatHolds(reference.sources, reference.sha256, ({ root, path }) => fileFrom(root, path));
  }
}
