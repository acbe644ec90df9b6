import type { Caption } from '../../domain/caption.js';
import { callerError } from '../../domain/errors.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import type { CaptionSet } from '../caption-set.js';
import { HnswGraph, type SavedGraph } from './hnsw-file.js';
import { dotAt } from './vector-table.js';

/** Captions in memory: 25,000 of 512 dimensions take 51 MB. */
export class EmbeddedCaptionSet implements CaptionSet {
  readonly #labels = new Map<string, number>();
  /** undefined until the first search, null where the file is not to be trusted. */
  #graph: HnswGraph | null | undefined;

  constructor(
    readonly captions: readonly Caption[],
    private readonly vectors: Float32Array,
    readonly dimension: number,
    private readonly graphFile: string,
    private readonly savedGraph: SavedGraph,
  ) {
    captions.forEach((caption, label) => {
      this.#labels.set(caption.id, label);
    });
  }

  get size(): number {
    return this.captions.length;
  }

  caption(id: string): Caption | null {
    const label = this.#labels.get(id);
    return label === undefined ? null : (this.captions[label] as Caption);
  }

  vector(id: string): UnitVector | null {
    const label = this.#labels.get(id);
    if (label === undefined) return null;
    return this.vectors.subarray(label * this.dimension, (label + 1) * this.dimension) as UnitVector;
  }

  cosines(query: UnitVector, ids: readonly string[]): Float64Array {
    this.#check(query);
    const cosines = new Float64Array(ids.length);
    for (let i = 0; i < ids.length; i++) {
      const label = this.#labels.get(ids[i] as string);
      cosines[i] = label === undefined ? Number.NaN : dotAt(this.vectors, label * this.dimension, query);
    }
    return cosines;
  }

  async nearest(
    query: UnitVector,
    k: number,
    options: { exact?: boolean; ef?: number } = {},
  ): Promise<readonly { caption: Caption; score: number }[]> {
    this.#check(query);
    if (!Number.isInteger(k) || k < 1)
      throw callerError('bad_limit', `Expected a number of captions from 1, got ${k}.`);
    const graph = options.exact === true ? null : this.#openGraph();
    const labels = graph?.search(query, k, Math.max(options.ef ?? 400, k)) ?? this.captions.keys();
    return Array.from(labels, (label) => ({
      caption: this.captions[label] as Caption,
      score: dotAt(this.vectors, label * this.dimension, query),
    }))
      .sort((a, b) => b.score - a.score || (a.caption.id < b.caption.id ? -1 : 1))
      .slice(0, k);
  }

  async close(): Promise<void> {
    this.#graph?.release();
    this.#graph = null;
  }

  /** One file of some 25,000 points: read in a tenth of a second, and only by who searches all captions. */
  #openGraph(): HnswGraph | null {
    if (this.#graph === undefined) this.#graph = HnswGraph.load(this.graphFile, this.savedGraph).graph;
    return this.#graph;
  }

  #check(query: UnitVector): void {
    if (query.length === this.dimension) return;
    throw callerError(
      'wrong_dimension',
      `Expected a vector of ${this.dimension} dimensions, as the captions have, got one of ${query.length}.`,
    );
  }
}
