import type { Caption } from '../../domain/caption.js';
import { callerError } from '../../domain/errors.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import type { CaptionRows, CaptionSet } from '../caption-set.js';
import type { CaptionVectors } from './caption-vectors.js';
import { HnswGraph, type SavedGraph } from './hnsw-file.js';

/** Captions in memory: 25,000 of 512 dimensions take 51 MB. */
export class EmbeddedCaptionSet implements CaptionSet {
  readonly #labels = new Map<string, number>();
  /** undefined until the first search, null where the file is not to be trusted. */
  #graph: HnswGraph | null | undefined;

  constructor(
    readonly captions: readonly Caption[],
    private readonly vectors: CaptionVectors,
    private readonly graphFile: string,
    private readonly savedGraph: SavedGraph,
  ) {
    captions.forEach((caption, label) => {
      this.#labels.set(caption.id, label);
    });
  }

  get dimension(): number {
    return this.vectors.dimension;
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
    return this.vectors.row(label) as UnitVector;
  }

  cosines(query: UnitVector, ids: readonly string[]): Float64Array {
    return this.rows(ids).dots(query);
  }

  rows(ids: readonly string[]): CaptionRows {
    const labels = Int32Array.from(ids, (id) => this.#labels.get(id) ?? -1);
    return {
      dots: (vector, positions) => {
        this.#check(vector);
        return this.vectors.dots(vector, positions?.map((at) => labels[at] ?? -1) ?? labels);
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
      throw callerError('bad_limit', `Expected a number of captions from 1, got ${k}.`);
    const graph = options.exact === true ? null : this.#openGraph();
    const labels = graph?.search(query, k, Math.max(options.ef ?? 400, k)) ?? this.captions.keys();
    const found = Int32Array.from(labels);
    const scores = this.vectors.dots(query, found);
    return Array.from(found, (label, i) => ({ caption: this.captions[label] as Caption, score: scores[i] as number }))
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

  #check(query: Float32Array): void {
    if (query.length === this.dimension) return;
    throw callerError(
      'wrong_dimension',
      `Expected a vector of ${this.dimension} dimensions, as the captions have, got one of ${query.length}.`,
    );
  }
}
