import type { FilterValue } from 'weaviate-client';
import type { Facets } from '../../api/types.js';
import type { CoverageAnswer, CoverageQuery, IndexCounts, ReferenceCatalogue } from '../catalogue.js';
import type { StoredReference } from '../reader.js';
import type { ClusterClient, Objects } from './cluster-client.js';
import type { ClusterReader } from './cluster-reader.js';
import { sourcesOf } from './cluster-schema.js';
import type { ClusterSummaries } from './cluster-summaries.js';

/** Counts of a collection: references, sources and conflicts are asked of the cluster, all else of its summaries. */
export class ClusterCatalogue implements ReferenceCatalogue {
  readonly #client: ClusterClient;
  readonly #reader: ClusterReader;
  readonly #summaries: ClusterSummaries;
  readonly #name: string;

  constructor(client: ClusterClient, reader: ClusterReader, summaries: ClusterSummaries) {
    this.#client = client;
    this.#reader = reader;
    this.#summaries = summaries;
    this.#name = client.address.name;
  }

  async counts(): Promise<IndexCounts> {
    const [references, sources, conflicts] = await Promise.all([
      this.#reader.count(),
      this.#count(sourcesOf(this.#name)),
      this.#count(this.#name, inConflict),
    ]);
    return { references, sources, conflicts };
  }

  async conflicts(): Promise<readonly StoredReference[]> {
    const rows = await this.#reader.objects.all(this.#name, inConflict);
    return [...(await this.#reader.objects.withSources(rows)).values()];
  }

  coverage(query: CoverageQuery): Promise<CoverageAnswer> {
    return this.#summaries.coverage(query);
  }

  facets(): Promise<Facets> {
    return this.#summaries.facets();
  }

  #count(collection: string, filterOf?: (own: Objects) => FilterValue): Promise<number> {
    return this.#client.read(
      collection,
      async (own) => (await own.aggregate.overAll(filterOf ? { filters: filterOf(own) } : {})).totalCount,
    );
  }
}

const inConflict = (own: Objects): FilterValue => own.filter.byProperty('conflict').equal(true);
