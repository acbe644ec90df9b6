import { basename } from 'node:path';
import type { FilterValue } from 'weaviate-client';
import type { Facets } from '../../api/types.js';
import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import { inBox, splitBox } from '../../geo/box.js';
import { cellOf, parentCell } from '../../geo/cells.js';
import { fromSphere, toSphere } from '../../geo/sphere.js';
import { capturedMs } from '../captured-time.js';
import type { CoverageAnswer, CoverageQuery, IndexCounts, ReferenceCatalogue } from '../catalogue.js';
import { GroupFinder } from '../group-finder.js';
import { firstThatHolds } from '../holds-bytes.js';
import type { Failure, FailureFilter, IngestJournal } from '../journal.js';
import type { KnownFile, KnownFiles, SourceKey } from '../known-files.js';
import { matchesConditions } from '../matches-conditions.js';
import type { ReferencePhotos } from '../photos.js';
import type {
  IndexModel,
  Neighbour,
  NeighbourQuery,
  ReferenceFilter,
  ReferenceList,
  ReferenceReader,
  StoredReference,
} from '../reader.js';
import { rootId } from '../root-id.js';
import type { Run } from '../run.js';
import { measureSelfSimilarity } from '../self-similarity.js';
import { fileFrom, pathFrom } from '../source-path.js';
import type { EngineState, OpenIndex } from '../store.js';
import type { CountryMean, IndexSummaries, IndexSummary } from '../summaries.js';
import type { ClusterClient, Objects } from './cluster-client.js';
import { and, clusterFilter } from './cluster-filter.js';
import type { ClusterJournal } from './cluster-journal.js';
import { ObjectsReader, property } from './cluster-objects-reader.js';
import { readIdentity, sourcesOf } from './cluster-schema.js';

const NEIGHBOURS_MAX = 10_000;
const PAGE_MAX = 10_000;
const ROOTS_MAX = 1000;
/** What is worked out from all references is worked out again after so long, or when this process wrote. */
const SUMMARY_MS = 60_000;

type Parts = ReferenceReader & ReferenceCatalogue & IngestJournal & ReferencePhotos & IndexSummaries & KnownFiles;

/** What a pass over all references leaves in memory. */
interface Walked {
  readonly atMs: number;
  readonly writes: number;
  readonly rows: readonly WalkedRow[];
}

interface WalkedRow {
  readonly id: string;
  readonly lat: number;
  readonly lon: number;
  readonly year: number | null;
  readonly iso2: string | null;
  readonly sequence: string | null;
  readonly author: string | null;
  readonly capturedAt: string | null;
  readonly roots: readonly string[];
  readonly rootIds: readonly string[];
  readonly paths: readonly string[];
  readonly vector: Float32Array;
}

/** An index in a cluster, open for reading. */
export class ClusterIndex implements OpenIndex, Parts {
  readonly reader = this;
  readonly catalogue = this;
  readonly journal = this;
  readonly photos = this;
  readonly summaries = this;
  readonly known = this;
  readonly #objects: ObjectsReader;
  readonly #name: string;
  #walked: Walked | null = null;
  #summary: { readonly of: Walked; readonly summary: IndexSummary } | null = null;
  #versions = 0;

  readonly #client: ClusterClient;
  readonly #identity: IndexModel;
  readonly #runs_: ClusterJournal;
  readonly #writes: () => number;

  /** @param writes how often this process has written to the index so far */
  constructor(client: ClusterClient, identity: IndexModel, runs_: ClusterJournal, writes: () => number) {
    this.#client = client;
    this.#identity = identity;
    this.#runs_ = runs_;
    this.#writes = writes;

    this.#objects = new ObjectsReader(client, identity.modelId);
    this.#name = client.address.name;
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

  async model(): Promise<IndexModel> {
    return this.#identity;
  }

  async engine(): Promise<EngineState> {
    return { kind: 'weaviate', nodes: this.#client.address.nodes.length };
  }

  /** The cluster is asked anew by each call, and by whoever asks whether it is ready. */
  problem(): null {
    return null;
  }

  async close(): Promise<void> {}

  async get(id: string): Promise<StoredReference | null> {
    return (await this.getMany([id])).get(id) ?? null;
  }

  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, StoredReference>> {
    return this.#objects.references(ids);
  }

  async present(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#objects.present(ids);
  }

  async files(keys: readonly SourceKey[]): Promise<readonly KnownFile[]> {
    const sources = await this.#objects.sources(keys);
    return keys.map((key, i) => {
      const stored = sources[i];
      const {
        root: _,
        path: __,
        point: ___,
        ...state
      } = stored?.source ?? ({} as NonNullable<typeof stored>['source']);
      return { source: stored ? { id: stored.of, ...state } : null, failure: this.#runs_.failure(key) };
    });
  }

  async sourcesNamedBy(manifest: string): Promise<readonly SourceKey[]> {
    const found: SourceKey[] = [];
    for (const root of await this.#roots()) {
      found.push(...(await this.#objects.sourcesNamedBy(root, pathFrom(root, manifest))));
    }
    return found.map(({ root, path }) => ({ root, path }));
  }

  async idsFrom(start: string, limit: number): Promise<readonly string[]> {
    if (!/^[0-9a-f]*$/.test(start)) return [];
    const { objects } = await this.#client.read(this.#name, (own) =>
      own.query.fetchObjects({
        ...(start === '' ? {} : { filters: property(own, 'refId').like(`${start}*`) }),
        sort: own.sort.byProperty('refId' as never, true),
        limit,
        returnProperties: ['refId'] as never,
      }),
    );
    return objects.map(({ properties }) => (properties as { refId: string }).refId);
  }

  async vectors(ids: readonly string[]): Promise<ReadonlyMap<string, UnitVector>> {
    const found = new Map<string, UnitVector>();
    if (ids.length === 0) return found;
    const { objects } = await this.#client.read(this.#name, (own) =>
      own.query.fetchObjects({
        filters: own.filter.byId().containsAny(ids.map(this.#objects.uuidOf)),
        limit: ids.length,
        includeVector: true,
        returnProperties: ['refId'] as never,
      }),
    );
    for (const { properties, vectors } of objects) {
      const vector = Float32Array.from((vectors.default ?? []) as number[]);
      if (vector.length === this.dimension) found.set((properties as { refId: string }).refId, vector as UnitVector);
    }
    return new Map(ids.flatMap((id) => (found.has(id) ? [[id, present(found.get(id))]] : [])));
  }

  /** In the order of ids. */
  async list({
    filter,
    cursor,
    limit,
  }: {
    filter?: ReferenceFilter;
    cursor?: string;
    limit: number;
  }): Promise<ReferenceList> {
    if (!Number.isInteger(limit) || limit < 1 || limit > PAGE_MAX) {
      throw fault('limit_out_of_range', `Expected a limit of 1 to ${PAGE_MAX}, got ${limit}.`);
    }
    let after = cursor === undefined ? '' : fromCursor(cursor);
    const rows: Record<string, unknown>[] = [];
    for (let more = true; more && rows.length <= limit; ) {
      const size = Math.min(PAGE_MAX, limit + 1);
      const page = await this.#page(filter, after, size);
      rows.push(...page.rows);
      more = page.count === size;
      after = page.last ?? after;
    }
    const shown = rows.slice(0, limit);
    return {
      references: [...(await this.#objects.withSources(shown)).values()],
      cursor: rows.length > limit ? toCursor(shown.at(-1)?.refId as string) : null,
    };
  }

  async #page(filter: ReferenceFilter | undefined, after: string, limit: number) {
    let test: ReturnType<typeof clusterFilter>['test'] = null;
    let nothing = false;
    const { objects } = await this.#client.read(this.#name, async (own) => {
      const wanted = clusterFilter(own, filter, this.#objects.uuidOf);
      test = wanted.test;
      nothing = wanted.filter === null;
      if (wanted.filter === null) return { objects: [] };
      const all = [
        ...(wanted.filter ? [wanted.filter] : []),
        ...(after === '' ? [] : [property(own, 'refId').greaterThan(after)]),
      ];
      return own.query.fetchObjects({
        ...(all.length === 0 ? {} : { filters: all.length === 1 ? (all[0] as never) : and(...all) }),
        sort: own.sort.byProperty('refId' as never, true),
        limit,
      });
    });
    const rows = objects.map((object) => object.properties as Record<string, unknown>);
    const accepted = test === null ? rows : rows.filter((row) => (test as (one: object) => boolean)(tested(row)));
    return { rows: nothing ? [] : accepted, count: rows.length, last: rows.at(-1)?.refId as string | undefined };
  }

  async neighbours(query: UnitVector, { k, filter }: NeighbourQuery): Promise<readonly Neighbour[]> {
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
    for (let asked = k; ; asked = Math.min(NEIGHBOURS_MAX, 4 * asked)) {
      const { hits, count, exact } = await this.#search(query, asked, filter);
      if (exact || hits.length >= k || count < asked || asked === NEIGHBOURS_MAX) return hits.slice(0, k);
    }
  }

  async #search(query: UnitVector, k: number, filter: ReferenceFilter | undefined) {
    let test: ReturnType<typeof clusterFilter>['test'] = null;
    const { objects } = await this.#client.read(this.#name, async (own) => {
      const wanted = clusterFilter(own, filter, this.#objects.uuidOf);
      test = wanted.test;
      if (wanted.filter === null) return { objects: [] };
      return own.query.nearVector([...query], {
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
          ...(wanted.test ? ['paths'] : []),
        ] as never,
      });
    });
    const hits = objects
      .map(({ properties, metadata }) => ({
        row: properties as Record<string, unknown>,
        distance: metadata?.distance ?? 2,
      }))
      .filter(({ row }) => test === null || (test as (one: object) => boolean)(tested(row)))
      .map(({ row, distance }) => ({
        id: row.refId as string,
        score: 1 - distance,
        point: { lat: row.lat as number, lon: row.lon as number },
        sequence: (row.sequence ?? null) as string | null,
        author: (row.author ?? null) as string | null,
        iso2: (row.iso2 ?? null) as string | null,
      }));
    hits.sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1));
    return { hits, count: objects.length, exact: test === null };
  }

  async counts(): Promise<IndexCounts> {
    const [references, sources, conflicts] = await Promise.all([
      this.#count(this.#name),
      this.#count(sourcesOf(this.#name)),
      this.#client.read(
        this.#name,
        async (own) => (await own.aggregate.overAll({ filters: inConflict(own) })).totalCount,
      ),
    ]);
    return { references, sources, conflicts };
  }

  async conflicts(): Promise<readonly StoredReference[]> {
    const rows = await this.#objects.all(this.#name, inConflict);
    return [...(await this.#objects.withSources(rows)).values()];
  }

  async coverage({
    bbox,
    resolution,
    source,
    yearFrom,
    yearTo,
    country,
    hasSequence,
  }: CoverageQuery): Promise<CoverageAnswer> {
    const boxes = splitBox(bbox);
    const dated = yearFrom !== undefined || yearTo !== undefined;
    const cells = new Map<string, WalkedRow[]>();
    for (const row of (await this.#walk()).rows) {
      if (!boxes.some((box) => inBox(box, row))) continue;
      if (source !== undefined && !row.rootIds.includes(source)) continue;
      if (country !== undefined && !(row.iso2 !== null && country.includes(row.iso2))) continue;
      if (hasSequence !== undefined && (row.sequence !== null) !== hasSequence) continue;
      if (dated && !(row.year !== null && row.year >= (yearFrom ?? 1) && row.year <= (yearTo ?? 1_000_000))) continue;
      const cell = parentCell(cellOf(row), resolution);
      cells.set(cell, [...(cells.get(cell) ?? []), row]);
    }
    return {
      resolution,
      cells: [...cells].map(([cell, rows]) => ({
        cell,
        count: rows.length,
        point: meanOf(rows),
        id: rows.length === 1 ? (rows[0]?.id ?? null) : null,
      })),
    };
  }

  async facets(): Promise<Facets> {
    const [roots, years] = [new Map<string, number>(), new Map<number | null, number>()];
    for (const row of (await this.#walk()).rows) {
      for (const root of row.roots) roots.set(root, (roots.get(root) ?? 0) + 1);
      years.set(row.year, (years.get(row.year) ?? 0) + 1);
    }
    return {
      sources: [...roots]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([root, references]) => ({ id: rootId(root), name: basename(root) || '/', references })),
      years: [...years].sort(([a], [b]) => (a ?? 0) - (b ?? 0)).map(([year, references]) => ({ year, references })),
    };
  }

  async runs({ limit = 20 }: { limit?: number } = {}): Promise<readonly Run[]> {
    return this.#runs_.runs(limit);
  }

  async failures({
    limit = PAGE_MAX,
    ...filter
  }: FailureFilter & { limit?: number } = {}): Promise<readonly Failure[]> {
    return (await this.#standing(filter)).slice(0, limit);
  }

  async failureCodes(
    filter: FailureFilter = {},
  ): Promise<readonly { readonly code: string; readonly count: number }[]> {
    const counts = new Map<string, number>();
    for (const { code } of await this.#standing(filter)) counts.set(code, (counts.get(code) ?? 0) + 1);
    return [...counts]
      .map(([code, count]) => ({ code, count }))
      .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
  }

  async failureFile(id: number): Promise<{ readonly path: string; readonly photoId: string } | null> {
    return this.#runs_.failureFile(id);
  }

  /** A photo whose bytes are a reference by another path is no failure. */
  async #standing(filter: FailureFilter): Promise<readonly Failure[]> {
    const failures = this.#runs_.failures(filter);
    const stored = await this.present(failures.flatMap(({ photoId }) => photoId ?? []));
    return failures.filter(({ photoId }) => photoId === null || !stored.has(photoId));
  }

  async file(id: string): Promise<string | null> {
    const reference = await this.get(id);
    if (reference === null) return null;
    return firstThatHolds(reference.sources, reference.sha256, ({ root, path }) => fileFrom(root, path));
  }

  async summary(): Promise<IndexSummary> {
    const walked = await this.#walk();
    if (this.#summary?.of !== walked) {
      this.#summary = { of: walked, summary: this.#summarise(walked.rows) };
    }
    return this.#summary.summary;
  }

  async summaryWithout(exclude: NonNullable<ReferenceFilter['exclude']>): Promise<IndexSummary> {
    const [whole, { rows }] = [await this.summary(), await this.#walk()];
    const left = rows.filter((row) => !matchesConditions(row, exclude));
    if (left.length === rows.length) return whole;
    return { ...whole, version: String(++this.#versions), countryMeans: this.#meansOf(left) };
  }

  #summarise(rows: readonly WalkedRow[]): IndexSummary {
    const selfSimilarity = measureSelfSimilarity(rows, {
      ofCell:
        () =>
        ({ vector }) =>
          vector,
      search: null,
    });
    return { version: String(++this.#versions), countryMeans: this.#meansOf(rows), selfSimilarity };
  }

  #meansOf(rows: readonly WalkedRow[]): readonly CountryMean[] {
    const groups = new GroupFinder();
    const founders = new Map<string, Float32Array[]>();
    for (const { lat, lon, sequence, iso2, vector } of rows) {
      if (!groups.add(lat, lon, sequence).founded || iso2 === null) continue;
      founders.set(iso2, [...(founders.get(iso2) ?? []), vector]);
    }
    return [...founders]
      .map(([iso2, vectors]) => ({ iso2, groups: vectors.length, mean: meanVector(vectors, this.dimension) }))
      .sort((a, b) => (a.iso2 < b.iso2 ? -1 : 1));
  }

  /** All references in the order of their ids. */
  async #walk(): Promise<Walked> {
    const writes = this.#writes();
    const kept = this.#walked;
    if (kept !== null && kept.writes === writes && Date.now() - kept.atMs < SUMMARY_MS) return kept;
    const rows: WalkedRow[] = [];
    for await (const { properties, vector } of this.#objects.walk(this.#name, true))
      rows.push(walkedRow(properties, vector));
    rows.sort((a, b) => (a.id < b.id ? -1 : 1));
    this.#walked = { atMs: Date.now(), writes, rows };
    return this.#walked;
  }

  async #roots(): Promise<readonly string[]> {
    const groups = await this.#client.read(sourcesOf(this.#name), (own) =>
      own.aggregate.groupBy.overAll({ groupBy: { property: 'root' as never, limit: ROOTS_MAX } }),
    );
    return groups.map(({ groupedBy }) => String(groupedBy.value));
  }

  async #count(collection: string): Promise<number> {
    return this.#client.read(collection, async (own) => (await own.aggregate.overAll()).totalCount);
  }
}

const inConflict = (own: Objects): FilterValue => own.filter.byProperty('conflict' as never).equal(true as never);

function walkedRow(row: Record<string, unknown>, vector: readonly number[]): WalkedRow {
  const text = (name: string) => (row[name] ?? null) as string | null;
  const taken = text('capturedAt') === null ? null : capturedMs(text('capturedAt') as string);
  return {
    id: row.refId as string,
    lat: row.lat as number,
    lon: row.lon as number,
    year: taken === null ? null : new Date(taken).getUTCFullYear(),
    iso2: text('iso2'),
    sequence: text('sequence'),
    author: text('author'),
    capturedAt: text('capturedAt'),
    roots: (row.roots ?? []) as readonly string[],
    rootIds: (row.rootIds ?? []) as readonly string[],
    paths: (row.paths ?? []) as readonly string[],
    vector: Float32Array.from(vector),
  };
}

function tested(row: Record<string, unknown>) {
  return { point: { lat: row.lat as number, lon: row.lon as number }, paths: (row.paths ?? []) as readonly string[] };
}

function meanOf(rows: readonly WalkedRow[]) {
  const [first] = rows;
  if (rows.length === 1 && first !== undefined) return { lat: first.lat, lon: first.lon };
  const sum: [number, number, number] = [0, 0, 0];
  for (const row of rows) for (const [axis, value] of toSphere(row).entries()) sum[axis] = (sum[axis] ?? 0) + value;
  return fromSphere(sum);
}

function meanVector(vectors: readonly Float32Array[], dimension: number): Float32Array {
  const sum = new Float64Array(dimension);
  for (const vector of vectors) for (const [i, value] of vector.entries()) sum[i] = (sum[i] ?? 0) + value;
  return Float32Array.from(sum, (value) => value / vectors.length);
}

function toCursor(id: string): string {
  return Buffer.from(`id:${id}`).toString('base64url');
}

function fromCursor(cursor: string): string {
  const match = /^id:([0-9a-f]{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) throw fault('bad_cursor', `Expected a cursor that an earlier page gave, got ${cursor}.`);
  return present(match[1]);
}
