import type { Database, Statement } from 'better-sqlite3';
import type { Facets } from '../../api/types.js';
import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import { checkRising } from '../../store/check-rising.js';
import { runQuery } from '../../store/run-query.js';
import type { CoverageAnswer, CoverageQuery, IndexCounts, ReferenceCatalogue } from '../catalogue.js';
import { failedFile } from '../failed-file.js';
import { firstThatHolds } from '../holds-bytes.js';
import { indexModelChanged } from '../index-model-errors.js';
import type { Failure, FailureFilter, IngestJournal } from '../journal.js';
import type { KnownFile, KnownFiles, SourceKey } from '../known-files.js';
import type { ReferencePhotos } from '../photos.js';
import type {
  IdScan,
  IndexModel,
  Neighbour,
  NeighbourQuery,
  ReferenceFilter,
  ReferenceList,
  ReferenceReader,
  ReferenceScan,
  StoredReference,
} from '../reader.js';
import type { Run } from '../run.js';
import { listRuns } from '../runs.js';
import type { EngineState, OpenIndex } from '../store.js';
import type { CountryMean, IndexSummaries, IndexSummary, SelfSimilarity } from '../summaries.js';
import { filterSql, labelsInArea, registerFilterFunctions } from './filter-sql.js';
import { GraphClient, type Searcher } from './graph-client.js';
import { BRUTE_FORCE_MAX } from './graph-index.js';
import { lastChangeOf } from './graph-keeper.js';
import { type IndexIdentity, readIdentity, storeIdIn } from './index-folder.js';
import { IndexSnapshot } from './index-snapshot.js';
import { CoverageReader } from './read-coverage.js';
import { FailureReader } from './read-failures.js';
import {
  checkedReference,
  REFERENCE_COLUMNS,
  type ReferenceRow,
  type ReferenceValues,
  rowOf,
} from './reference-rows.js';
import { sourcePath } from './source-file.js';
import { StoredFiles } from './stored-files.js';
import { vectorFromBytes } from './stored-vector.js';
import type { FollowerState, NeighbourColumns } from './worker-messages.js';

/** Most neighbours that one search gives. */
const NEIGHBOURS_MAX = 10_000;
const PAGE_MAX = 10_000;

export interface ReaderOptions {
  /** Refuses an index that was made with another model. */
  readonly modelId?: string;
  /** Breadth of a graph search, in place of the index's own. */
  readonly ef?: number;
  /** Where at most so many references count, all of them are compared instead of searching the graph. */
  readonly bruteForceMax?: number;
  /** How often the store is looked at for changes. */
  readonly pollMs?: number;
  /** For a process that asks once: a small index is searched in this thread, as it was when it was opened. */
  readonly once?: boolean;
  /** The worker opens the index when it is first asked. */
  readonly lazy?: boolean;
}

/** How a row of a page begins. */
type ReferenceKey = readonly [label: number, id: string, ...unknown[]];

interface PageQuery {
  readonly filter?: ReferenceFilter;
  readonly cursor?: string;
  readonly limit: number;
}

type Parts = ReferenceReader & ReferenceCatalogue & IngestJournal & ReferencePhotos & IndexSummaries & KnownFiles;

/** An index folder that is open for reading. Rows come from SQLite, neighbours from a worker that follows the store. */
export class EmbeddedReader implements OpenIndex, Parts {
  readonly reader = this;
  readonly catalogue = this;
  readonly journal = this;
  readonly photos = this;
  readonly summaries = this;
  readonly known = this;
  readonly dimension: number;
  readonly modelId: string;
  readonly #client: Searcher;
  readonly #stored: StoredFiles;
  readonly #idsFrom: Statement;
  readonly #vectorOf: Statement;
  readonly #storeId: () => string | undefined;
  readonly #coverage: CoverageReader;
  readonly #failures: FailureReader;
  #state: FollowerState | null = null;
  #summary: IndexSummary = { version: '0', countryMeans: [], selfSimilarity: null };
  /** Number of summaries so far, not counting those with something excluded; part of a summary's version. */
  #summaries = 0;
  #counts: { readonly version: number; readonly counts: IndexCounts } | null = null;

  readonly #db: Database;
  readonly #identity: IndexIdentity;

  constructor(
    readonly folder: string,
    db: Database,
    identity: IndexIdentity,
    options: ReaderOptions,
  ) {
    this.#db = db;
    this.#identity = identity;

    this.dimension = identity.dimension;
    this.modelId = identity.modelId;
    registerFilterFunctions(db);
    this.#stored = new StoredFiles(db, 'checked');
    this.#idsFrom = db.prepare('SELECT id FROM "references" WHERE id >= ? AND id < ? ORDER BY id LIMIT ?').pluck();
    this.#vectorOf = db
      .prepare('SELECT v.vector FROM "references" r JOIN vectors v USING (label) WHERE r.id = ?')
      .pluck();
    this.#storeId = storeIdIn(db);
    this.#coverage = new CoverageReader(db);
    this.#failures = new FailureReader(db);
    const { once = false, pollMs = 250, ef, bruteForceMax } = options;
    const onState = (state: FollowerState, means: readonly CountryMean[] | undefined) => {
      this.#state = state;
      this.#summarise(means ?? this.#summary.countryMeans, state.selfSimilarity);
    };
    this.#client =
      once && this.#isSmall(bruteForceMax ?? BRUTE_FORCE_MAX)
        ? new IndexSnapshot(db, folder, identity, onState)
        : new GraphClient(
            {
              ...{ role: 'follow', folder, storeId: identity.storeId, pollMs },
              ...(ef === undefined ? {} : { ef }),
              ...(bruteForceMax === undefined ? {} : { bruteForceMax }),
            },
            onState,
          );
  }

  /** Resolves when the worker has loaded the index and searches can be answered. */
  async open(): Promise<void> {
    this.#state = await this.#client.call('open', undefined);
  }

  /** Where the worker stands, as it last reported; null before it did. */
  followerState(): FollowerState | null {
    return this.#state;
  }

  /** Waits until searches and country means take into account all that was committed before the call. */
  async sync(): Promise<FollowerState> {
    this.#state = await this.#client.call('sync', undefined);
    return this.#state;
  }

  problem(): string | null {
    return this.#client.problem();
  }

  async current(): Promise<boolean> {
    return this.#storeId() === this.#identity.storeId;
  }

  /** Read from the store each time, since the index may have been brought over to another model. */
  async model(): Promise<IndexModel> {
    const { modelId, modelName, dimension } = runQuery(this.#db, () => readIdentity(this.#db)) ?? this.#identity;
    return { modelId, modelName, dimension };
  }

  async engine(): Promise<EngineState> {
    return {
      kind: 'embedded',
      generation: this.#state?.generation ?? 0,
      tombstones: this.#state?.tombstones ?? 0,
      last_change: runQuery(this.#db, () => lastChangeOf(this.#db)),
    };
  }

  async counts(): Promise<IndexCounts> {
    const version = this.#db.pragma('data_version', { simple: true }) as number;
    if (this.#counts?.version !== version) this.#counts = { version, counts: this.#countAll() };
    return this.#counts.counts;
  }

  async get(id: string): Promise<StoredReference | null> {
    return runQuery(this.#db, () => this.#stored.reference(id));
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, StoredReference>> {
    return runQuery(this.#db, () => this.#stored.references(ids));
  }

  async files(keys: readonly SourceKey[]): Promise<readonly KnownFile[]> {
    return runQuery(this.#db, () => this.#stored.files(keys));
  }

  async present(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return runQuery(this.#db, () => this.#stored.present(ids));
  }

  async sourcesNamedBy(manifest: string): Promise<readonly SourceKey[]> {
    return runQuery(this.#db, () => this.#stored.namedBy(manifest));
  }

  async idsFrom(start: string, limit: number): Promise<readonly string[]> {
    return runQuery(this.#db, () => this.#idsFrom.all(start, `${start}\u{10FFFF}`, limit)) as string[];
  }

  async vectors(ids: readonly string[]): Promise<ReadonlyMap<string, UnitVector>> {
    return runQuery(this.#db, () =>
      this.#db.transaction(() => {
        if (this.#storeId() !== this.#identity.storeId) throw indexModelChanged();
        const found = new Map<string, UnitVector>();
        for (const id of ids) {
          const bytes = this.#vectorOf.get(id) as Buffer | undefined;
          // Checked when it was stored (`check-vector.ts`).
          if (bytes !== undefined) found.set(id, vectorFromBytes(bytes, this.dimension) as UnitVector);
        }
        return found;
      })(),
    );
  }

  async list(query: PageQuery): Promise<ReferenceList> {
    return this.#listed(query, REFERENCE_COLUMNS, (row: ReferenceValues) => this.#stored.of(rowOf(row)));
  }

  async scan(query: PageQuery): Promise<ReferenceScan> {
    return this.#listed(query, REFERENCE_COLUMNS, (row: ReferenceValues) => checkedReference(rowOf(row)));
  }

  async scanIds(query: PageQuery): Promise<IdScan> {
    const { references: ids, cursor } = this.#listed(query, 'r.label, r.id', (row: ReferenceKey) => row[1]);
    return { ids, cursor };
  }

  /** @param columns those of a row, as `shape` takes it */
  #listed<T, Row extends ReferenceKey>(
    query: PageQuery,
    columns: string,
    shape: (row: Row) => T,
  ): { references: readonly T[]; cursor: string | null } {
    if (!Number.isInteger(query.limit) || query.limit < 1 || query.limit > PAGE_MAX) {
      throw fault('limit_out_of_range', `Expected a limit of 1 to ${PAGE_MAX}, got ${query.limit}.`);
    }
    return runQuery(this.#db, () => {
      const after = fromCursor(query.cursor);
      const rows = this.#page<Row>(query.filter, after, query.limit + 1, columns);
      checkRising(this.#db, after, rows, ([label]) => label);
      const page = rows.slice(0, query.limit);
      return {
        references: page.map(shape),
        cursor: rows.length > query.limit ? toCursor(present(page.at(-1))[0]) : null,
      };
    });
  }

  async failures({
    limit = PAGE_MAX,
    ...filter
  }: FailureFilter & { limit?: number } = {}): Promise<readonly Failure[]> {
    return runQuery(this.#db, () => this.#failures.list(filter, limit));
  }

  async failureCodes(filter: FailureFilter = {}): ReturnType<IngestJournal['failureCodes']> {
    return runQuery(this.#db, () => this.#failures.codes(filter));
  }

  async failureFile(id: number): ReturnType<IngestJournal['failureFile']> {
    const failure = runQuery(this.#db, () => this.#failures.file(id));
    return failure && failedFile(failure);
  }

  async conflicts(): Promise<readonly StoredReference[]> {
    return runQuery(this.#db, () => {
      const rows = this.#db.prepare(`SELECT * FROM "references" WHERE conflict = 1 ORDER BY label LIMIT ${PAGE_MAX}`);
      return (rows.all() as ReferenceRow[]).map((row) => this.#stored.of(row));
    });
  }

  async coverage(query: CoverageQuery): Promise<CoverageAnswer> {
    return runQuery(this.#db, () => this.#coverage.cells(query));
  }

  async facets(): Promise<Facets> {
    return runQuery(this.#db, () => this.#coverage.facets());
  }

  async runs(query: { limit?: number } = {}): Promise<readonly Run[]> {
    return runQuery(this.#db, () => listRuns(this.#db, query.limit ?? 20));
  }

  async neighbours(query: UnitVector, options: NeighbourQuery): Promise<readonly Neighbour[]> {
    const { k, filter, exact } = options;
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
    const columns = await this.#client.call('neighbours', {
      // A copy: a view would send the whole buffer below it.
      query: query.slice(),
      k,
      ...(filter === undefined ? {} : { filter }),
      ...(exact === undefined ? {} : { exact }),
    });
    return toNeighbours(columns);
  }

  async file(id: string): Promise<string | null> {
    const reference = await this.get(id);
    if (reference === null) return null;
    return firstThatHolds(reference.sources, reference.sha256, (source) => sourcePath(this.folder, source));
  }

  async summary(): Promise<IndexSummary> {
    return this.#summary;
  }

  async summaryWithout(exclude: NonNullable<ReferenceFilter['exclude']>): Promise<IndexSummary> {
    const { changed, gone } = await this.#client.call('meansWithout', exclude);
    if (changed.length + gone.length === 0) return this.#summary;
    const { countryMeans, selfSimilarity } = this.#summary;
    const others = countryMeans.filter(
      ({ iso2 }) => !gone.includes(iso2) && !changed.some((country) => country.iso2 === iso2),
    );
    const without = [...others, ...changed].sort((a, b) => (a.iso2 < b.iso2 ? -1 : 1));
    return { version: String(++this.#summaries), countryMeans: without, selfSimilarity };
  }

  async close(): Promise<void> {
    await this.#client.close();
    this.#db.close();
  }

  #summarise(countryMeans: readonly CountryMean[], selfSimilarity: SelfSimilarity | null): void {
    const before = this.#summary;
    // A follower sends it with every state, whether or not it changed.
    const same = JSON.stringify(before.selfSimilarity) === JSON.stringify(selfSimilarity);
    if (before.countryMeans === countryMeans && same) return;
    this.#summary = { version: String(++this.#summaries), countryMeans, selfSimilarity };
  }

  /** Whether there are so few references that every search would compare all of them. */
  #isSmall(most: number): boolean {
    const count = runQuery(this.#db, () => this.#db.prepare('SELECT count(*) FROM "references"').pluck().get());
    return (count as number) <= most;
  }

  #page<Row extends ReferenceKey>(
    filter: ReferenceFilter | undefined,
    after: number,
    limit: number,
    columns: string,
  ): readonly Row[] {
    const condition = filterSql(filter);
    const labels = labelsInArea(this.#db, filter);
    // A unary plus keeps SQLite from scanning all labels in order where an index finds the few that match.
    const narrow = labels !== null || filter?.ids || filter?.sequence || filter?.author ? '+' : '';
    const area = labels === null ? '' : 'r.label IN (SELECT value FROM json_each(?)) AND';
    return this.#db
      .prepare(
        `SELECT ${columns} FROM "references" r WHERE ${area} ${narrow}r.label > ? AND ${condition.sql} ORDER BY ${narrow}r.label LIMIT ?`,
      )
      .raw()
      .all(...(labels === null ? [] : [JSON.stringify(labels)]), after, ...condition.values, limit) as Row[];
  }

  #countAll(): IndexCounts {
    const count = (sql: string) => this.#db.prepare(`SELECT count(*) FROM ${sql}`).pluck().get() as number;
    return runQuery(this.#db, () =>
      this.#db.transaction(() => ({
        references: count('"references"'),
        sources: count('sources'),
        conflicts: count('"references" WHERE conflict = 1'),
      }))(),
    );
  }
}

function toNeighbours(columns: NeighbourColumns): readonly Neighbour[] {
  return columns.ids.map((id, i) => ({
    id,
    score: present(columns.scores[i]),
    point: { lat: present(columns.lats[i]), lon: present(columns.lons[i]) },
    sequence: present(columns.sequences[i]),
    author: present(columns.authors[i]),
    iso2: present(columns.iso2s[i]),
  }));
}

function toCursor(label: number): string {
  return Buffer.from(`label:${label}`).toString('base64url');
}

function fromCursor(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const match = /^label:(\d{1,10})$/.exec(Buffer.from(cursor, 'base64url').toString());
  if (match === null) throw fault('bad_cursor', `Expected a cursor that an earlier page gave, got ${cursor}.`);
  return Number(match[1]);
}
