import type { Database, Statement } from 'better-sqlite3';
import type { Caption } from '../../domain/caption.js';
import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import { runQuery } from '../../store/run-query.js';
import type { CaptionRows, CaptionSet } from '../caption-set.js';
import { VectorRows } from '../vector-rows.js';
import { HnswGraph } from './hnsw-graph.js';
import type { SavedGraph } from './saved-graph.js';

/**
 * Ids are in memory; vectors are loaded when they are first asked for (25,000 of 512 dimensions take 51 MB, of which a query
 * needs a tenth); texts stay in the file.
 */
export class EmbeddedCaptionSet implements CaptionSet {
  readonly #labels = new Map<string, number>();
  readonly #vectors: VectorRows;
  readonly #isLoaded: Uint8Array;
  readonly #vectorOf: Statement;
  readonly #captionOf: Statement;
  /** undefined until the first search; null where the file on disk failed a check. */
  #graph: HnswGraph | null | undefined;

  readonly #db: Database;
  readonly #graphFile: string;
  readonly #savedGraph: SavedGraph;

  /** @param ids in the order of their labels, from 0 */
  constructor(
    db: Database,
    ids: readonly string[],
    readonly dimension: number,
    graphFile: string,
    savedGraph: SavedGraph,
  ) {
    this.#db = db;
    this.#graphFile = graphFile;
    this.#savedGraph = savedGraph;

    ids.forEach((id, label) => {
      this.#labels.set(id, label);
    });
    this.#vectors = new VectorRows(ids.length, dimension);
    this.#isLoaded = new Uint8Array(ids.length);
    this.#vectorOf = db.prepare('SELECT vector FROM captions WHERE label = ?').pluck();
    this.#captionOf = db.prepare('SELECT id, level, text FROM captions WHERE label = ?');
  }

  get size(): number {
    return this.#isLoaded.length;
  }

  has(id: string): boolean {
    return this.#labels.has(id);
  }

  caption(id: string): Caption | null {
    const label = this.#labels.get(id);
    return label === undefined ? null : this.#caption(label);
  }

  vector(id: string): UnitVector | null {
    const label = this.#labels.get(id);
    if (label === undefined) return null;
    this.#load([label]);
    // The encoder's, which are unit vectors.
    return this.#vectors.row(label) as UnitVector;
  }

  cosines(query: UnitVector, ids: readonly string[]): Float64Array {
    return this.rows(ids).dots(query);
  }

  rows(ids: readonly string[]): CaptionRows {
    const labels = Int32Array.from(ids, (id) => this.#labels.get(id) ?? -1);
    return {
      dots: (vector, positions) => {
        this.#check(vector);
        return this.#dots(vector, positions?.map((at) => labels[at] ?? -1) ?? labels);
      },
    };
  }

  async nearest(
    query: UnitVector,
    k: number,
    options: { exact?: boolean; ef?: number } = {},
  ): Promise<readonly { caption: Caption; score: number }[]> {
    this.#check(query);
    if (!Number.isInteger(k) || k < 1)
      throw fault('limit_out_of_range', `Expected a number of captions from 1, got ${k}.`);
    const graph = options.exact === true ? null : this.#openGraph();
    const labels = graph?.search(query, k, Math.max(options.ef ?? 400, k)) ?? this.#isLoaded.keys();
    const found = Int32Array.from(labels);
    const scores = this.#dots(query, found);
    return Array.from(found, (label, i) => ({ caption: this.#caption(label), score: present(scores[i]) }))
      .sort((a, b) => b.score - a.score || (a.caption.id < b.caption.id ? -1 : 1))
      .slice(0, k);
  }

  async close(): Promise<void> {
    this.#graph?.release();
    this.#graph = null;
    this.#db.close();
  }

  #dots(query: Float32Array, labels: Int32Array): Float64Array {
    this.#load(labels);
    return this.#vectors.dots(query, labels);
  }

  #caption(label: number): Caption {
    return runQuery(this.#db, () => this.#captionOf.get(label) as Caption);
  }

  #load(labels: Iterable<number>): void {
    runQuery(this.#db, () => {
      for (const label of labels) {
        if (label < 0 || this.#isLoaded[label] === 1) continue;
        const bytes = this.#vectorOf.get(label) as Buffer | undefined;
        if (bytes?.length !== 4 * this.dimension) throw damaged(this.#db.name, this.dimension);
        this.#vectors.setBytes(label, bytes);
        this.#isLoaded[label] = 1;
      }
    });
  }

  /** Some 25,000 points, loaded in a tenth of a second; only a search over all captions needs it. */
  #openGraph(): HnswGraph | null {
    if (this.#graph === undefined) this.#graph = HnswGraph.load(this.#graphFile, this.#savedGraph).graph;
    return this.#graph;
  }

  #check(query: Float32Array): void {
    if (query.length === this.dimension) return;
    throw fault(
      'dimension_mismatch',
      `Expected a vector of ${this.dimension} dimensions, as the captions have, got one of ${query.length}.`,
    );
  }
}

function damaged(file: string, dimension: number) {
  return fault(
    'caption_set_damaged',
    `A caption in ${file} has no vector of ${dimension} numbers. Delete the folder, and the captions are made anew.`,
  );
}
