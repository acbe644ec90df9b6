import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { indexModelChanged } from '../index-model.js';
import type { CountryMean, ReferenceFilter } from '../reader.js';
import { Catalogue, type CatalogueRow } from './catalogue.js';
import { type ChangedMeans, CountryMeans } from './country-means.js';
import type { ExactIndex, SlotIndex } from './exact-index.js';
import { filterSlots, type LabelLookup } from './filter-slots.js';
import { GraphIndex } from './graph-index.js';
import { lastChangeOf, TOMBSTONES_MAX } from './graph-keeper.js';
import { type IndexIdentity, openForReading, storeIdIn } from './index-folder.js';
import { GRAPH_EF, loadGraph } from './load-graph.js';
import { keptSimilarity, type Manifest, manifestFile, readManifest } from './manifest.js';
import type { FollowerState, NeighbourColumns, NeighbourRequest } from './worker-messages.js';

const CHANGES_PER_STEP = 1000;
const ROW = `SELECT r.label, r.id, r.lat, r.lon, r.sequence, r.author, r.iso2, r.captured_ms, v.vector
  FROM "references" r JOIN vectors v USING (label)`;

type StoredRow = CatalogueRow & { readonly vector: Buffer };

/** An index in memory that follows its store: what a reader's worker holds. Only reads. */
export class IndexFollower {
  readonly catalogue: Catalogue;
  readonly exact: ExactIndex;
  readonly #folder: string;
  readonly #db: Database;
  readonly #identity: IndexIdentity;
  readonly #index: GraphIndex;
  readonly #means: CountryMeans;
  readonly #lookup: LabelLookup;
  #manifest: Manifest | null;
  #manifestStamp: string;
  #problem: string | null;
  readonly #storeId: () => string | undefined;
  #dataVersion = -1;
  #lastChange = 0;
  /** The store holds vectors of another model now: what is in memory still fits together, but is of no use. */
  #outdated = false;

  /** @throws `index_model_changed` (later) where the index is not the one of `storeId`, or changes meanwhile. */
  constructor(
    folder: string,
    options: { storeId?: string; ef?: number | undefined; bruteForceMax?: number | undefined } = {},
  ) {
    const { db, identity } = openForReading(folder);
    this.#folder = folder;
    this.#db = db;
    this.#identity = options.storeId === undefined ? identity : { ...identity, storeId: options.storeId };
    this.#storeId = storeIdIn(db);
    this.#manifestStamp = stampOf(folder);
    const loaded = loadGraph(folder, db, identity);
    this.#manifest = loaded.manifest;
    this.#problem = loaded.problem;
    this.catalogue = new Catalogue(identity.dimension);
    this.#loadAll();
    this.#index = new GraphIndex(this.catalogue, loaded.graph, {
      ef: options.ef ?? loaded.manifest?.graph?.ef ?? GRAPH_EF,
      ...(options.bruteForceMax === undefined ? {} : { bruteForceMax: options.bruteForceMax }),
    });
    this.exact = this.#index.exact;
    this.#means = new CountryMeans(this.catalogue);
    this.#lookup = lookupIn(db);
  }

  close(): void {
    this.#index.graph.release();
    this.#db.close();
  }

  state(): FollowerState {
    return {
      references: this.catalogue.size,
      lastChange: this.#lastChange,
      generation: this.#manifest?.generation ?? 0,
      pending: this.#index.pending.size,
      tombstones: this.#index.graph.deleted,
      graphProblem: this.#problem,
      selfSimilarity: keptSimilarity(this.#manifest)?.measured ?? null,
    };
  }

  /** Points of the graph, deleted ones too. */
  get graphPoints(): number {
    return this.#index.graph.count;
  }

  countryMeans(): readonly CountryMean[] {
    return this.#means.means();
  }

  /** How the country means change where what is excluded does not count. */
  meansWithout(exclude: NonNullable<ReferenceFilter['exclude']>): ChangedMeans {
    return this.#means.without(this.#excludedSlots(exclude));
  }

  #excludedSlots(exclude: NonNullable<ReferenceFilter['exclude']>): ReadonlySet<number> {
    const { ids, ...others } = exclude;
    const { catalogue } = this;
    const excluded = new Set<number>();
    for (const label of ids === undefined ? [] : this.#lookup.labelsOfIds(ids)) {
      const slot = catalogue.slotOf(label);
      if (slot !== -1) excluded.add(slot);
    }
    const filter = filterSlots({ exclude: others }, catalogue, this.#lookup);
    for (let slot = 0; filter !== null && slot < catalogue.slots; slot++) {
      if (catalogue.isAlive(slot) && !filter.accept(slot)) excluded.add(slot);
    }
    return excluded;
  }

  /** @throws `index_model_changed` (later) once the store holds vectors of another model. */
  neighbours({ query, k, filter, exact, ef }: NeighbourRequest): NeighbourColumns {
    if (this.#outdated) throw indexModelChanged();
    const { catalogue } = this;
    const index: SlotIndex = exact === true ? this.exact : this.#index;
    const hits = index.search(query, { k, filter: filterSlots(filter, catalogue, this.#lookup), ef });
    return {
      ids: hits.map(({ slot }) => catalogue.id(slot)),
      scores: Float64Array.from(hits, ({ score }) => score),
      lats: Float64Array.from(hits, ({ slot }) => catalogue.lat(slot)),
      lons: Float64Array.from(hits, ({ slot }) => catalogue.lon(slot)),
      sequences: hits.map(({ slot }) => catalogue.sequences.word(catalogue.sequenceCode(slot))),
      authors: hits.map(({ slot }) => catalogue.authors.word(catalogue.authorCode(slot))),
      iso2s: hits.map(({ slot }) => catalogue.iso2.word(catalogue.iso2Code(slot))),
    };
  }

  /** Applies at most a step's worth of what was committed since; returns whether anything changed and whether more waits. */
  follow(): { changed: boolean; more: boolean } {
    if (this.#outdated) return { changed: false, more: false };
    const renewed = this.#followManifest();
    const dataVersion = this.#db.pragma('data_version', { simple: true }) as number;
    if (dataVersion === this.#dataVersion) return { changed: renewed, more: false };
    const applied = this.#db.transaction(() => {
      this.#outdated = this.#storeId() !== this.#identity.storeId;
      return this.#outdated ? 0 : this.#applyChanges();
    })();
    if (applied < CHANGES_PER_STEP) this.#dataVersion = dataVersion;
    return { changed: renewed || applied > 0, more: applied === CHANGES_PER_STEP };
  }

  /** Adds what is not in the graph yet for about `budgetMs`; true when nothing is left. */
  growGraph(budgetMs: number): boolean {
    return this.#index.addPending(budgetMs);
  }

  #loadAll(): void {
    this.#db.transaction(() => {
      if (this.#storeId() !== this.#identity.storeId) throw indexModelChanged();
      this.#lastChange = lastChangeOf(this.#db);
      for (const row of this.#db.prepare(`${ROW} ORDER BY label`).iterate() as Iterable<StoredRow>) {
        this.catalogue.add(row, row.vector);
      }
    })();
  }

  /** By what SQLite holds now, not by what a change was: an insert may have been deleted since. */
  #applyChanges(): number {
    const changes = this.#db
      .prepare(`SELECT number, label FROM changes WHERE number > ? ORDER BY number LIMIT ${CHANGES_PER_STEP}`)
      .all(this.#lastChange) as { number: number; label: number }[];
    const rowOf = this.#db.prepare(`${ROW} WHERE r.label = ?`);
    for (const label of new Set(changes.map((change) => change.label))) {
      const row = rowOf.get(label) as StoredRow | undefined;
      if (row === undefined) this.#remove(label);
      else if (this.catalogue.edit(row)) this.#means.changed();
      else this.#add(row);
    }
    this.#lastChange = changes.at(-1)?.number ?? this.#lastChange;
    return changes.length;
  }

  #add(row: StoredRow): void {
    const slot = this.catalogue.add(row, row.vector);
    this.#means.added(slot);
    this.#index.pending.add(slot);
  }

  #remove(label: number): void {
    const slot = this.catalogue.remove(label);
    if (slot === -1) return;
    this.#index.removed(label, slot);
    this.#means.changed();
  }

  /** A new manifest brings a new self-similarity, and a rebuilt graph where ours has too many deleted points. */
  #followManifest(): boolean {
    const stamp = stampOf(this.#folder);
    if (stamp === this.#manifestStamp) return false;
    this.#manifestStamp = stamp;
    this.#manifest = readManifest(this.#folder, this.#identity) ?? this.#manifest;
    const { graph } = this.#index;
    if (graph.count > 0 && graph.deleted / graph.count > TOMBSTONES_MAX) {
      const loaded = loadGraph(this.#folder, this.#db, this.#identity);
      if (loaded.fromDisk && loaded.graph.deleted < graph.deleted) {
        this.#index.graph = loaded.graph;
        this.#index.findPending();
        graph.release();
        this.#problem = null;
      } else loaded.graph.release();
    }
    return true;
  }
}

function stampOf(folder: string): string {
  const stat = statSync(manifestFile(folder), { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino}:${stat.mtimeMs}:${stat.size}`;
}

function lookupIn(db: Database): LabelLookup {
  const byId = db.prepare('SELECT label FROM "references" WHERE id IN (SELECT value FROM json_each(?))').pluck();
  const bySource = db
    .prepare(
      `SELECT DISTINCT s.label FROM json_each(?) p CROSS JOIN sources s
       ON s.path >= p.value AND substr(s.path, 1, length(p.value)) = p.value AND s.path < p.value || char(1114111)`,
    )
    .pluck();
  const byRoot = db
    .prepare('SELECT DISTINCT label FROM sources WHERE root_id IN (SELECT value FROM json_each(?))')
    .pluck();
  return {
    labelsOfIds: (ids) => byId.all(JSON.stringify(ids)) as number[],
    labelsOfSources: (prefixes) => bySource.all(JSON.stringify(prefixes)) as number[],
    labelsOfRoots: (roots) => byRoot.all(JSON.stringify(roots)) as number[],
  };
}
