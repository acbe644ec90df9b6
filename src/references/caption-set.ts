import type { Caption } from '../domain/caption.js';
import type { UnitVector } from '../domain/unit-vector.js';

/** Captions in a fixed order; a place without one gives NaN. */
export interface CaptionRows {
  /** Inner products of `vector` with the captions at these positions (all by default), within 1e-6 of the vector's length. */
  dots(vector: Float32Array, positions?: Int32Array): Float64Array;
}

/**
 * Vectors of the captions of one model, gazetteer and set of templates: a folder with `captions.sqlite`,
 * `captions.hnsw` and a manifest that holds the three hashes. Shared by the indexes that name it.
 */
export interface CaptionSet {
  readonly dimension: number;
  readonly size: number;
  has(id: string): boolean;
  caption(id: string): Caption | null;
  /** The vector of a place's caption; null where it has none. A view: do not write to it. */
  vector(id: string): UnitVector | null;
  /** Cosines of `query` with the captions of these places, in their order, within 1e-6; NaN where there is none. */
  cosines(query: UnitVector, ids: readonly string[]): Float64Array;
  /**
   * The captions of these places, looked up once and then asked many times: the look-up by id costs as much as the products.
   */
  rows(ids: readonly string[]): CaptionRows;
  /** The k captions of highest cosine, by the graph (or exactly), descending, ties by id. */
  nearest(
    query: UnitVector,
    k: number,
    options?: { exact?: boolean },
  ): Promise<readonly { caption: Caption; score: number }[]>;
  close(): Promise<void>;
}
