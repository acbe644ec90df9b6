import type { FilterValue } from 'weaviate-client';
import type { Source } from '../../domain/reference.js';
import { bySourceKey } from '../has-the-say.js';
import type { SourceKey } from '../known-files.js';
import type { StoredReference } from '../reader.js';
import type { ClusterClient, Objects } from './cluster-client.js';
import { and } from './cluster-filter.js';
import { referenceFrom, referenceUuid, sourceFrom, sourceUuid } from './cluster-objects.js';
import { sourcesOf } from './cluster-schema.js';
import { type ObjectFields, vectorOf } from './object-fields.js';
import type { NewObject } from './objects-writer.js';

/** At most so many ids in one request, and objects in one answer. */
const AT_ONCE = 500;
const PAGE = 5_000;
/** How the server calls an object's uuid where properties are named; the client's types know a collection's own alone. */
const UUID = '_id' as never;

export interface StoredSource {
  readonly of: string;
  readonly source: Source;
}

/** Reads references and sources by id. */
export class ObjectsReader {
  readonly #name: string;
  readonly #sources: string;

  constructor(
    readonly client: ClusterClient,
    readonly modelId: string,
  ) {
    this.#name = client.address.name;
    this.#sources = sourcesOf(this.#name);
  }

  uuidOf = (id: string): string => referenceUuid(this.modelId, id);

  /** The references that are there, in the order of `ids`, with their sources. */
  async references(ids: readonly string[]): Promise<ReadonlyMap<string, StoredReference>> {
    return this.withSources(await this.rows(ids));
  }

  /** Properties of the references that are there, in the order of `ids`. */
  async rows(ids: readonly string[]): Promise<readonly ObjectFields[]> {
    const found = new Map<string, ObjectFields>();
    for (const some of slices([...new Set(ids)])) {
      const objects = await this.#byIds(this.#name, some.map(this.uuidOf));
      for (const properties of objects) found.set(properties.refId, properties);
    }
    return ids.map((id) => found.get(id)).filter((one) => one !== undefined);
  }

  /** References by uuid as objects that can be inserted again; only those that are there with a vector. */
  async whole(uuids: readonly string[]): Promise<readonly NewObject[]> {
    if (uuids.length === 0) return [];
    const { objects } = await this.client.read(this.#name, (own) =>
      own.query.fetchObjects({
        filters: own.filter.byId().containsAny([...uuids]),
        limit: uuids.length,
        includeVector: true,
      }),
    );
    return objects.flatMap((object) => {
      const vector = vectorOf(object);
      return vector.length === 0 ? [] : [{ id: object.uuid, properties: object.properties, vectors: vector }];
    });
  }

  /** Whether two of three replicas have this reference: a search asks one alone. */
  async isStored(id: string): Promise<boolean> {
    const path = `/objects/${this.#name}/${this.uuidOf(id)}?consistency_level=QUORUM`;
    return (await this.client.rest('GET', path)) !== null;
  }

  /** The ids that are there. Sources are not read, since an ingest asks this for each photo. */
  async present(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const some of slices([...new Set(ids)])) {
      for (const { refId } of await this.#byIds(this.#name, some.map(this.uuidOf))) found.add(refId);
    }
    return found;
  }

  /** References from their properties, with the sources that the cluster has of them. */
  async withSources(rows: readonly ObjectFields[]): Promise<ReadonlyMap<string, StoredReference>> {
    const references = new Map(rows.map((row) => [row.refId, referenceFrom(row)]));
    const sources = new Map<string, Source[]>();
    for (const { of, source } of await this.#naming([...references.keys()]))
      sources.set(of, [...(sources.get(of) ?? []), source]);
    return new Map(
      [...references].map(([id, reference]) => [
        id,
        { ...reference, sources: (sources.get(id) ?? []).sort(bySourceKey) },
      ]),
    );
  }

  /** Sources of these ids, whether or not the references are there. */
  async sourcesNaming(ids: readonly string[]): Promise<readonly SourceKey[]> {
    return (await this.#naming(ids)).map(({ source: { root, path } }) => ({ root, path }));
  }

  async #naming(ids: readonly string[]): Promise<readonly StoredSource[]> {
    const found: StoredSource[] = [];
    for (const some of slices(ids)) {
      const rows = await this.all(this.#sources, (objects) =>
        objects.filter.byProperty('refId').containsAny([...some]),
      );
      for (const row of rows) found.push(sourceFrom(row));
    }
    return found;
  }

  /** The stored sources of these keys, in their order; null where there is none. */
  async sources(keys: readonly SourceKey[]): Promise<readonly (StoredSource | null)[]> {
    const found = new Map<string, StoredSource>();
    for (const some of slices(keys)) {
      for (const one of (await this.#byIds(this.#sources, some.map(sourceUuid))).map(sourceFrom))
        found.set(sourceUuid(one.source), one);
    }
    return keys.map((key) => found.get(sourceUuid(key)) ?? null);
  }

  async sourcesNamedBy(root: string, manifest: string): Promise<readonly SourceKey[]> {
    const found = await this.all(this.#sources, (objects) => objects.filter.byProperty('manifest').equal(manifest));
    return found.map((one) => sourceFrom(one).source).filter((source) => source.root === root);
  }

  /** Properties of all objects that a filter lets through, page by page by uuid: a server skips no more than 10,000. */
  async all(collection: string, filterOf: (objects: Objects) => FilterValue): Promise<ObjectFields[]> {
    const rows: ObjectFields[] = [];
    for (let after: string | undefined; ; ) {
      const { objects } = await this.client.read(collection, (own) => {
        const later = own.filter.byProperty(UUID).greaterThan(after as never);
        const filters = after === undefined ? filterOf(own) : and(filterOf(own), later);
        return own.query.fetchObjects({ filters, limit: PAGE, sort: own.sort.byProperty(UUID, true) });
      });
      for (const { properties } of objects) rows.push(properties);
      after = objects.at(-1)?.uuid;
      if (objects.length < PAGE) return rows;
    }
  }

  /** Page by page in the order of uuids, without a filter. */
  async *walk(
    collection: string,
    vectors: boolean,
  ): AsyncGenerator<{
    readonly properties: ObjectFields;
    readonly vector: readonly number[];
    readonly updatedMs: number;
  }> {
    for (let after: string | undefined; ; ) {
      const page = await this.client.read(
        collection,
        (objects) =>
          objects.query.fetchObjects({
            limit: 1000,
            includeVector: vectors,
            returnMetadata: ['updateTime'],
            ...(after === undefined ? {} : { after }),
          }),
        'walk',
      );
      for (const object of page.objects) {
        const updatedMs = object.metadata?.updateTime?.getTime() ?? 0;
        yield { properties: object.properties, vector: vectorOf(object), updatedMs };
      }
      after = page.objects.at(-1)?.uuid;
      if (page.objects.length < 1000) return;
    }
  }

  async #byIds(collection: string, uuids: readonly string[]): Promise<readonly ObjectFields[]> {
    if (uuids.length === 0) return [];
    const { objects } = await this.client.read(collection, (own) =>
      own.query.fetchObjects({ filters: own.filter.byId().containsAny([...uuids]), limit: uuids.length }),
    );
    return objects.map((object) => object.properties);
  }
}

function* slices<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += AT_ONCE) yield all.slice(at, at + AT_ONCE);
}
