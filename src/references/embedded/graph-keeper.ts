import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { present } from '../../domain/present.js';
import { SELF_SIMILARITY_RULE } from '../self-similarity.js';
import { HnswGraph } from './hnsw-graph.js';
import { graphFileName, type IndexIdentity, openForReading } from './index-folder.js';
import { GRAPH_EF, GRAPH_EF_CONSTRUCTION, GRAPH_M, loadGraph } from './load-graph.js';
import {
  type KeptSimilarity,
  keptSimilarity,
  type Manifest,
  nextGeneration,
  removeOldGraphs,
  writeManifest,
} from './manifest.js';
import { measureSimilarity } from './measure-similarity.js';
import { vectorFromBytes } from './stored-vector.js';

/** A graph with at least this share of deleted points is built anew. */
export const TOMBSTONES_MAX = 0.2;

export interface CheckpointResult {
  readonly generation: number;
  readonly points: number;
  readonly rebuilt: boolean;
  /** False when the graph on disk was up to date. */
  readonly saved: boolean;
}

/** The writer's side of the graph: brings it up to date with SQLite and saves it. Reads SQLite, never writes it. */
export class GraphKeeper {
  readonly #folder: string;
  readonly #db: Database;
  readonly #identity: IndexIdentity;
  #graph: HnswGraph;
  #manifest: Manifest | null;
  #onDisk: boolean;
  #lastChange = 0;
  readonly #missing: number[] = [];

  constructor(folder: string) {
    const { db, identity } = openForReading(folder);
    this.#folder = folder;
    this.#db = db;
    this.#identity = identity;
    const loaded = loadGraph(HnswGraph, folder, db, identity);
    this.#graph = loaded.graph;
    this.#manifest = loaded.manifest;
    this.#onDisk = loaded.fromDisk;
    this.#compareAll();
  }

  close(): void {
    this.#graph.release();
    this.#db.close();
  }

  /** Follows the changes and adds points for about `budgetMs`; true when nothing is left to add. */
  catchUp(budgetMs = Number.POSITIVE_INFINITY): boolean {
    this.#followChanges();
    const until = performance.now() + budgetMs;
    const vectorOf = this.#db.prepare('SELECT vector FROM vectors WHERE label = ?').pluck();
    for (let i = 0; i < this.#missing.length; i++) {
      if (performance.now() >= until) {
        this.#missing.splice(0, i);
        return false;
      }
      const label = present(this.#missing[i]);
      const vector = vectorOf.get(label) as Buffer | undefined;
      if (vector === undefined || this.#graph.has(label)) continue;
      this.#graph.add(label, vectorFromBytes(vector, this.#identity.dimension));
      this.#onDisk = false;
    }
    this.#missing.length = 0;
    return true;
  }

  /** Catches up, rebuilds where asked to or where a fifth of the points is deleted, saves, and writes the manifest. */
  checkpoint(options: { rebuild?: boolean } = {}): CheckpointResult {
    this.catchUp();
    const tombstones = this.#graph.count === 0 ? 0 : this.#graph.deleted / this.#graph.count;
    const rebuilt = options.rebuild === true || tombstones > TOMBSTONES_MAX;
    if (rebuilt) this.#rebuild();
    if (this.#onDisk && this.#manifest !== null) {
      // The manifest is of an older version, which measured in another way or not at all.
      if (keptSimilarity(this.#manifest) === null) {
        const { generation, graph } = this.#manifest;
        this.#manifest = writeManifest(this.#folder, this.#identity, {
          generation,
          graph,
          own_nearest: this.#measureSimilarity(),
        });
      }
      removeOldGraphs(this.#folder, this.#manifest.graph?.file ?? null);
      return { generation: this.#manifest.generation, points: this.#graph.count, rebuilt, saved: false };
    }
    this.#save();
    return { generation: this.#manifest?.generation ?? 0, points: this.#graph.count, rebuilt, saved: true };
  }

  #save(): void {
    const generation = nextGeneration(this.#folder, this.#manifest);
    const file = graphFileName(generation);
    const saved = this.#graph.save(join(this.#folder, file));
    const at = this.#db.prepare('SELECT at_ms FROM changes WHERE number = ?').pluck().get(this.#lastChange);
    this.#manifest = writeManifest(this.#folder, this.#identity, {
      generation,
      graph: {
        file,
        generation,
        ...saved,
        ef: GRAPH_EF,
        model_id: this.#identity.modelId,
        last_change: this.#lastChange,
        last_change_at_ms: (at as number | undefined) ?? 0,
      },
      own_nearest: this.#measureSimilarity(),
    });
    this.#onDisk = true;
    removeOldGraphs(this.#folder, file);
  }

  /** Measured anew whenever a graph is saved, so that it depends on the references alone and not on their order. */
  #measureSimilarity(): KeptSimilarity {
    const references = this.#graph.count - this.#graph.deleted;
    const measured = measureSimilarity(this.#db, this.#graph, GRAPH_EF);
    return { rule: SELF_SIMILARITY_RULE, references, measured };
  }

  /** In the order of ids, which are hashes of the photos: the same references make the same graph, whatever its past. */
  #rebuild(): void {
    const rows = this.#db
      .prepare('SELECT r.label, v.vector FROM "references" r JOIN vectors v USING (label) ORDER BY r.id')
      .iterate() as Iterable<{ label: number; vector: Buffer }>;
    const count = this.#db.prepare('SELECT count(*) FROM vectors').pluck().get() as number;
    const graph = HnswGraph.create(
      { dimension: this.#identity.dimension, m: GRAPH_M, efConstruction: GRAPH_EF_CONSTRUCTION },
      count,
    );
    for (const { label, vector } of rows) graph.add(label, vectorFromBytes(vector, this.#identity.dimension));
    this.#graph.release();
    this.#graph = graph;
    this.#onDisk = false;
    this.#missing.length = 0;
  }

  /** After loading: every label of SQLite against every label of the graph, whatever the manifest claims. */
  #compareAll(): void {
    this.#db.transaction(() => {
      this.#lastChange = lastChangeOf(this.#db);
      const alive = new Set<number>();
      for (const label of this.#db.prepare('SELECT label FROM vectors ORDER BY label').pluck().iterate()) {
        alive.add(label as number);
        if (!this.#graph.has(label as number)) this.#missing.push(label as number);
      }
      const gone: number[] = [];
      this.#graph.forEachLabel((label) => {
        if (!alive.has(label)) gone.push(label);
      });
      for (const label of gone) this.#markDeleted(label);
    })();
  }

  #followChanges(): void {
    const rows = this.#db
      .prepare('SELECT number, kind, label FROM changes WHERE number > ? ORDER BY number')
      .all(this.#lastChange) as { number: number; kind: string; label: number }[];
    for (const { number, kind, label } of rows) {
      if (kind === 'insert') this.#missing.push(label);
      if (kind === 'delete') this.#markDeleted(label);
      this.#lastChange = number;
    }
  }

  #markDeleted(label: number): void {
    if (this.#graph.markDeleted(label)) this.#onDisk = false;
  }
}

export function lastChangeOf(db: Database): number {
  return db.prepare('SELECT ifnull(max(number), 0) FROM changes').pluck().get() as number;
}
