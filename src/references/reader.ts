import type { BoundingBox, GeoPoint } from '../domain/geo-point.js';
import type { Reference, Source } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';

/** Selects references: every given condition holds, and no condition of `exclude`. */
export interface ReferenceFilter {
  readonly ids?: readonly string[];
  readonly bbox?: BoundingBox;
  readonly near?: { readonly lat: number; readonly lon: number; readonly km: number };
  /** ISO 3166-1 alpha-2 codes, any of them. */
  readonly country?: readonly string[];
  /** ISO 8601, this time or later; a date alone is the beginning of its day in UTC, as is a photo's date without a time. */
  readonly capturedAfter?: string;
  /** This time or earlier; a date alone is the end of its day in UTC. */
  readonly capturedBefore?: string;
  readonly sequence?: readonly string[];
  readonly author?: readonly string[];
  /** Prefix of a source path (root-relative), any of them. */
  readonly source?: readonly string[];
  /** Ids of sources that `facets` gives, any of them. */
  readonly sourceRoot?: readonly string[];
  /** Whether it belongs to a walk or drive. */
  readonly hasSequence?: boolean;
  readonly exclude?: Omit<ReferenceFilter, 'exclude'>;
}

export interface NeighbourQuery {
  readonly k: number;
  readonly filter?: ReferenceFilter;
  /** Compares every vector; an engine may refuse (`exact_not_offered`). */
  readonly exact?: boolean;
}

/** A reference near a query, with the facts that locating needs. */
export interface Neighbour {
  readonly id: string;
  /** Cosine, within 1e-3 of the exact one. */
  readonly score: number;
  readonly point: GeoPoint;
  readonly sequence: string | null;
  readonly author: string | null;
  readonly iso2: string | null;
}

/**
 * `degraded`: the node that answered was away and may lack what was written meanwhile. `limit_reached`: the engine looked
 * through as many as it does at most, and the filter left fewer than were asked for.
 */
export type Incomplete = 'degraded' | 'limit_reached';

/** Neighbours, and why some may be missing. */
export interface Neighbours extends ReadonlyArray<Neighbour> {
  readonly incomplete?: Incomplete;
}

export interface ReferenceList {
  readonly references: readonly StoredReference[];
  /** Opaque; null on the last page. */
  readonly cursor: string | null;
}

/** A page without sources, which take most of the time of a list. */
export interface ReferenceScan {
  readonly references: readonly Reference[];
  /** Opaque; null on the last page. */
  readonly cursor: string | null;
}

export interface IdScan {
  readonly ids: readonly string[];
  /** Opaque; null on the last page. */
  readonly cursor: string | null;
}

export interface StoredReference extends Reference {
  /** Ordered by root and path. The first whose file is there gives the reference its facts. */
  readonly sources: readonly Source[];
}

/** The model whose vectors an index holds; vectors of different models can't be compared. */
export interface IndexModel {
  readonly modelId: string;
  readonly modelName: string;
  readonly dimension: number;
}

/**
 * Reads references by id, by conditions and by similarity. Safe to use while another process writes: what was stored shows
 * within a second.
 */
export interface ReferenceReader {
  readonly dimension: number;
  readonly modelId: string;
  /**
   * False once the index was brought over to another model: searches and `vectors` then throw `index_model_changed` (later),
   * and the index has to be opened again.
   */
  current(): Promise<boolean>;
  get(id: string): Promise<StoredReference | null>;
  /** The references that are there, in the order of `ids`. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, StoredReference>>;
  /** The first ids in their order that begin with `start`. */
  idsFrom(start: string, limit: number): Promise<readonly string[]>;
  /** Vectors of the references that are there, in the order of `ids`. */
  vectors(ids: readonly string[]): Promise<ReadonlyMap<string, UnitVector>>;
  /**
   * Page by page, in an order of the engine's own; what is added meanwhile does not move it. @throws `bad_cursor`,
   * `limit_out_of_range`, `bad_time`
   */
  list(query: { filter?: ReferenceFilter; cursor?: string; limit: number }): Promise<ReferenceList>;
  /** As `list`, without their sources: for who looks at all of them. @throws as `list` */
  scan(query: { filter?: ReferenceFilter; cursor?: string; limit: number }): Promise<ReferenceScan>;
  /** Ids alone, in the order of `scan`. @throws as `list` */
  scanIds(query: { filter?: ReferenceFilter; cursor?: string; limit: number }): Promise<IdScan>;
  /**
   * The nearest references by descending cosine, ties by id; at most k.
   * @throws `dimension_mismatch`, `vector_not_finite`, `limit_out_of_range`, `bad_time`
   */
  neighbours(query: UnitVector, options: NeighbourQuery): Promise<Neighbours>;
}
