import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import type {
  IdScan,
  IndexModel,
  NeighbourQuery,
  Neighbours,
  ReferenceFilter,
  ReferenceList,
  ReferenceReader,
  ReferenceScan,
  StoredReference,
} from '../reader.js';
import type { ClusterClient } from './cluster-client.js';
import { and, clusterFilter } from './cluster-filter.js';
import { referenceFrom } from './cluster-objects.js';
import { ObjectsReader } from './cluster-objects-reader.js';
import { readIdentity } from './cluster-schema.js';
import { type ObjectFields, vectorOf } from './object-fields.js';

const NEIGHBOURS_MAX = 10_000;
const PAGE_MAX = 10_000;
/** References with vectors in one answer: 2 MB with 512 dimensions. */
const VECTORS_PAGE = 1000;

interface PageQuery {
  readonly filter?: ReferenceFilter;
  readonly cursor?: string;
  readonly limit: number;
}

/** Reads a cluster's references by id, by conditions and by similarity. */
export class ClusterReader implements ReferenceReader {
  readonly objects: ObjectsReader;
  readonly #client: ClusterClient;
  readonly #identity: IndexModel;
  readonly #name: string;

  constructor(client: ClusterClient, identity: IndexModel) {
    this.#client = client;
    this.#identity = identity;
    this.#name = client.address.name;
    this.objects = new ObjectsReader(client, identity.modelId);
  }

  get dimension(): number {
    return this.#identity.dimension;
  }

  get modelId(): string {
    return this.#identity.modelId;
  }

  async current(): Promise<boolean> {
    return (await readIdentity(this.#client))?.modelId === this.modelId;
  }

  async get(id: string): Promise<StoredReference | null> {
    return (await this.getMany([id])).get(id) ?? null;
  }

  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, StoredReference>> {
    return this.objects.references(ids);
  }

  async idsFrom(start: string, limit: number): Promise<readonly string[]> {
    if (!/^[0-9a-f]*$/.test(start)) return [];
    const { objects } = await this.#client.read(this.#name, (own) =>
      own.query.fetchObjects({
        ...(start === '' ? {} : { filters: own.filter.byProperty('refId').like(`${start}*`) }),
        sort: own.sort.byProperty('refId', true),
        limit,
        returnProperties: ['refId'],
      }),
    );
    return objects.map(({ properties }) => properties.refId);
  }

  async vectors(ids: readonly string[]): Promise<ReadonlyMap<string, UnitVector>> {
    const found = new Map<string, UnitVector>();
    if (ids.length === 0) return found;
    const { objects } = await this.#client.read(this.#name, (own) =>
      own.query.fetchObjects({
        filters: own.filter.byId().containsAny(ids.map(this.objects.uuidOf)),
        limit: ids.length,
        includeVector: true,
        returnProperties: ['refId'],
      }),
    );
    for (const object of objects) {
      const vector = Float32Array.from(vectorOf(object));
      // Checked when it was stored (`check-vector.ts`).
      if (vector.length === this.dimension) found.set(object.properties.refId, vector as UnitVector);
    }
    return new Map(ids.flatMap((id) => (found.has(id) ? [[id, present(found.get(id))]] : [])));
  }

  async list(query: PageQuery): Promise<ReferenceList> {
    const { rows, cursor } = await this.#listed(query);
    return { references: [...(await this.objects.withSources(rows)).values()], cursor };
  }

  async scan(query: PageQuery): Promise<ReferenceScan> {
    const { rows, cursor } = await this.#listed(query);
    return { references: rows.map(referenceFrom), cursor };
  }

  async scanIds(query: PageQuery): Promise<IdScan> {
    const { rows, cursor } = await this.#listed(query);
    return { ids: rows.map(({ refId }) => refId), cursor };
  }

  /** In the order of ids. */
  async #listed({ filter, cursor, limit }: PageQuery) {
    if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX) {
      throw fault('limit_out_of_range', `Expected a limit of 1 to ${PAGE_MAX}, got ${limit}.`);
    }
    let after = cursor === undefined ? '' : fromCursor(cursor);
    const rows: ObjectFields[] = [];
    for (let more = true; more && rows.length <= limit; ) {
      const size = Math.min(PAGE_MAX, limit + 1);
      const page = await this.#page(filter, after, size);
      rows.push(...page.rows);
      more = page.count === size;
      after = page.last ?? after;
    }
    const shown = rows.slice(0, limit);
    return { rows: shown, cursor: rows.length > limit ? toCursor(present(shown.at(-1)).refId) : null };
  }

  async #page(filter: ReferenceFilter | undefined, after: string, limit: number) {
    const { objects, test } = await this.#client.read(this.#name, async (own) => {
      const wanted = clusterFilter(own, filter, this.objects.uuidOf);
      if (wanted.filter === null) return { objects: [], test: null };
      const all = [
        ...(wanted.filter ? [wanted.filter] : []),
        ...(after === '' ? [] : [own.filter.byProperty('refId').greaterThan(inOrder(after))]),
      ];
      const page = await own.query.fetchObjects({
        ...(all.length === 0 ? {} : { filters: all.length === 1 ? all[0] : and(...all) }),
        sort: own.sort.byProperty('refId', true),
        limit,
      });
      return { objects: page.objects, test: wanted.test };
    });
    const rows = objects.map((object) => object.properties);
    const accepted = test === null ? rows : rows.filter((row) => test(tested(row)));
    return { rows: accepted, count: rows.length, last: rows.at(-1)?.refId };
  }

  async neighbours(query: UnitVector, { k, filter }: NeighbourQuery): Promise<Neighbours> {
    if (query.length !== this.dimension) {
      throw fault(
        'dimension_mismatch',
        `Expected a vector of ${this.dimension} dimensions, as the index has, got one of ${query.length}.`,
      );
    }
    if (!query.every(Number.isFinite)) throw fault('vector_not_finite', 'Expected a vector of finite numbers.');
    if (!Number.isInteger(k) || k < 1 || k > NEIGHBOURS_MAX) {
      throw fault('limit_out_of_range', `Expected a number of neighbours of 1 to ${NEIGHBOURS_MAX}, got ${k}.`);
    }
    let degraded = false;
    for (let asked = k; ; asked = Math.min(NEIGHBOURS_MAX, 4 * asked)) {
      const { hits, count, exact, ...how } = await this.#search(query, asked, filter);
      degraded ||= how.degraded;
      const enough = exact || hits.length >= k || count < asked;
      if (!enough && asked < NEIGHBOURS_MAX) continue;
      const incomplete = degraded ? 'degraded' : enough ? null : 'limit_reached';
      const best = hits.slice(0, k);
      return incomplete === null ? best : Object.assign(best, { incomplete } as const);
    }
  }

  async #search(query: UnitVector, k: number, filter: ReferenceFilter | undefined) {
    const { found, degraded } = await this.#client.search(this.#name, async (own) => {
      const wanted = clusterFilter(own, filter, this.objects.uuidOf);
      if (wanted.filter === null) return { objects: [], test: wanted.test };
      const near = await own.query.nearVector([...query], {
        limit: k,
        ...(wanted.filter === undefined ? {} : { filters: wanted.filter }),
        returnMetadata: ['distance'],
        returnProperties: [
          'refId',
          'lat',
          'lon',
          'sequence',
          'author',
          'iso2',
          ...(wanted.test ? (['paths'] as const) : []),
        ],
      });
      return { objects: near.objects, test: wanted.test };
    });
    const { objects, test } = found;
    const hits = objects
      .map(({ properties, metadata }) => ({
        row: properties,
        distance: metadata?.distance ?? 2,
      }))
      .filter(({ row }) => test === null || test(tested(row)))
      .map(({ row, distance }) => ({
        id: row.refId,
        score: 1 - distance,
        point: { lat: row.lat, lon: row.lon },
        sequence: row.sequence ?? null,
        author: row.author ?? null,
        iso2: row.iso2 ?? null,
      }));
    hits.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    return { hits, count: objects.length, exact: test === null, degraded };
  }

  count(): Promise<number> {
    return this.#client.read(this.#name, async (own) => (await own.aggregate.overAll()).totalCount);
  }

  /** All references with their vectors, in the order of uuids. */
  walk(): ReturnType<ObjectsReader['walk']> {
    return this.objects.walk(this.#name, true);
  }

  /** The references that a filter lets through, with their vectors. */
  async *matching(filter: ReferenceFilter): AsyncGenerator<{
    readonly id: string;
    readonly iso2: string | null;
    readonly vector: Float32Array;
  }> {
    for (let after = ''; ; ) {
      const page = await this.#page(filter, after, VECTORS_PAGE);
      const vectors = await this.vectors(page.rows.map((row) => row.refId));
      for (const row of page.rows) {
        const vector = vectors.get(row.refId);
        if (vector) yield { id: row.refId, iso2: row.iso2 ?? null, vector };
      }
      if (page.count < VECTORS_PAGE || page.last === undefined) return;
      after = page.last;
    }
  }
}

/** The client's types give text no order, which the server has. */
const inOrder = (text: string): never => text as never;

function tested(row: ObjectFields) {
  return { point: { lat: row.lat, lon: row.lon }, paths: row.paths ?? [] };
}

function toCursor(id: string): string {
  return Buffer.from(`id:${id}`).toString('base64url');
}

function fromCursor(cursor: string): string {
  const match = /^id:([0-9a-f]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) throw fault('bad_cursor', `Expected a cursor that an earlier page gave, got ${cursor}.`);
  return present(match[1]);
}
