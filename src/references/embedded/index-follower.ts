import { statSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { checkRising } from '../../store/check-rising.js';
import { indexModelChanged } from '../index-model-errors.js';
import type { ReferenceFilter } from '../reader.js';
import type { CountryMean } from '../summaries.js';
import type { ChangedMeans } from './country-means.js';
import type { ExactIndex } from './exact-index.js';
import { GraphIndex } from './graph-index.js';
import { TOMBSTONES_MAX } from './graph-keeper.js';
import { type IndexIdentity, openForReading, storeIdIn } from './index-folder.js';
import { IndexMemory, type StoredRow } from './index-memory.js';
import { GRAPH_EF, loadGraph } from './load-graph.js';
import { keptSimilarity, type Manifest, manifestFile, readManifest } from './manifest.js';
import { PointGraph } from './point-graph.js';
import type { ReferenceTable } from './reference-table.js';
import type { FollowerState, NeighbourColumns, NeighbourRequest } from './worker-messages.js';

const CHANGES_PER_STEP = 1000;
/** An index in memory that follows its store: what a reader's worker holds. Only reads. */
export class IndexFollower {
  readonly #memory: IndexMemory;
  readonly #folder: string;
  readonly #db: Database;
  readonly #identity: IndexIdentity;
  readonly #index: GraphIndex;
  #manifest: Manifest | null;
  #manifestStamp: string;
  #problem: string | null;
  readonly #storeId: () => string | undefined;
  #dataVersion = -1;
  /** True once the store holds another model's vectors: what is in memory is consistent, but useless. */
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
    const loaded = loadGraph(PointGraph, folder, db, identity);
    this.#manifest = loaded.manifest;
    this.#problem = loaded.problem;
    this.#memory = new IndexMemory(db, loaded.graph, () => this.#isOurs());
    this.#index = new GraphIndex(this.table, {
      ef: options.ef ?? loaded.manifest?.graph?.ef ?? GRAPH_EF,
      ...(options.bruteForceMax === undefined ? {} : { bruteForceMax: options.bruteForceMax }),
    });
  }

  get table(): ReferenceTable {
    return this.#memory.table;
  }

  get exact(): ExactIndex {
    return this.#memory.exact;
  }

  close(): void {
    this.#index.graph.release();
    this.#db.close();
  }

  state(): FollowerState {
    return {
      references: this.table.size,
      lastChange: this.#memory.lastChange,
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
    return this.#memory.countryMeans();
  }

  /** How the country means change without what is excluded. */
  meansWithout(exclude: NonNullable<ReferenceFilter['exclude']>): ChangedMeans {
    return this.#memory.meansWithout(exclude);
  }

  /** @throws `index_model_changed` (later) once the store holds vectors of another model. */
  neighbours(request: NeighbourRequest): NeighbourColumns {
    if (this.#outdated) throw indexModelChanged();
    return this.#memory.neighbours(request, request.exact === true ? this.exact : this.#index);
  }

  /** Applies at most one step of the changes committed since. @returns whether anything changed, and whether more waits */
  follow(): { changed: boolean; more: boolean } {
    if (this.#outdated) return { changed: false, more: false };
    const applied = this.#followChanges();
    const renewed = this.#outdated ? false : this.#followManifest();
    return { changed: renewed || applied > 0, more: applied === CHANGES_PER_STEP };
  }

  /** Adds pending references to the graph for about `budgetMs`; true when none are left. */
  growGraph(budgetMs: number): boolean {
    return this.#index.addPending(budgetMs);
  }

  #isOurs(): boolean {
    return this.#storeId() === this.#identity.storeId;
  }

  /** @returns how many changes were applied, at most a step of them */
  #followChanges(): number {
    const dataVersion = this.#db.pragma('data_version', { simple: true }) as number;
    if (dataVersion === this.#dataVersion) return 0;
    const applied = this.#db.transaction(() => {
      this.#outdated = !this.#isOurs();
      return this.#outdated ? 0 : this.#applyChanges();
    })();
    if (applied < CHANGES_PER_STEP) this.#dataVersion = dataVersion;
    return applied;
  }

  /** Follows what SQLite holds now, not the kind of each change: an inserted reference may have been deleted since. */
  #applyChanges(): number {
    const changes = this.#db
      .prepare(`SELECT number, label FROM changes WHERE number > ? ORDER BY number LIMIT ${CHANGES_PER_STEP}`)
      .all(this.#memory.lastChange) as { number: number; label: number }[];
    checkRising(this.#db, this.#memory.lastChange, changes, ({ number }) => number);
    for (const label of new Set(changes.map((change) => change.label))) {
      const row = this.#memory.row(label);
      if (row === undefined) this.#remove(label);
      else if (this.table.edit(row)) this.#memory.means.changed();
      else this.#add(row);
    }
    this.#memory.lastChange = changes.at(-1)?.number ?? this.#memory.lastChange;
    return changes.length;
  }

  #add(row: StoredRow): void {
    const slot = this.table.add(row, row.vector);
    this.#memory.means.added(slot);
    this.#index.pending.add(slot);
  }

  #remove(label: number): void {
    const slot = this.table.remove(label);
    if (slot === -1) return;
    this.#index.removed(slot);
    this.#memory.means.changed();
  }

  /**
   * Takes a new manifest's self-similarity, and its rebuilt graph where ours has too many deleted points. While the table lacks
   * references that the graph has, the manifest waits: their points would count as deleted, and no label can be added again.
   */
  #followManifest(): boolean {
    const stamp = stampOf(this.#folder);
    if (stamp === this.#manifestStamp) return false;
    const manifest = readManifest(this.#folder, this.#identity) ?? this.#manifest;
    if (this.#isAhead(manifest)) return false;
    const { graph } = this.#index;
    if (graph.count > 0 && graph.deleted / graph.count > TOMBSTONES_MAX) {
      const loaded = loadGraph(PointGraph, this.#folder, this.#db, this.#identity);
      // Another may have been saved since.
      const ahead = this.#isAhead(loaded.manifest);
      if (!ahead && loaded.fromDisk && loaded.graph.deleted < graph.deleted) {
        this.table.moveTo(loaded.graph);
        this.#index.findPending();
        graph.release();
        this.#problem = null;
      } else loaded.graph.release();
      if (ahead) return false;
    }
    this.#manifestStamp = stamp;
    this.#manifest = manifest;
    return true;
  }

  #isAhead(manifest: Manifest | null): boolean {
    return (manifest?.graph?.last_change ?? 0) > this.#memory.lastChange;
  }
}

function stampOf(folder: string): string {
  const stat = statSync(manifestFile(folder), { throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino}:${stat.mtimeMs}:${stat.size}`;
}
