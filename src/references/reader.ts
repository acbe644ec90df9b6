import type { BoundingBox, GeoPoint } from '../domain/geo-point.js';
import type { Reference, Source } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';

/** Which references count: every given condition holds. `exclude` takes away what matches any of its conditions. */
export interface ReferenceFilter {
  readonly ids?: readonly string[];
  readonly bbox?: BoundingBox;
  readonly near?: { readonly lat: number; readonly lon: number; readonly km: number };
  /** ISO 3166-1 alpha-2 codes, any of them. */
  readonly country?: readonly string[];
  /** ISO 8601, this time or later; a date alone is the beginning of its day in UTC, as is a photo's date without a time. */
  readonly capturedAfter?: string;
  /** This time or earlier; a date alone is the end of its day. */
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
  /** Every vector is compared; an engine may refuse it (`exact_not_offered`). */
  readonly exact?: boolean;
}

/** A reference near a query: what locating needs, without another look into the store. */
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
 * `degraded`: a node that was away answered, and may not have what it slept through. `limit_reached`: a filter left fewer than were
 * asked for of the most that the engine looks through.
 */
export type Incomplete = 'degraded' | 'limit_reached';

/** Hits, and why some may be missing. */
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

export interface StoredReference extends Reference {
  /** By root and path: of those whose file is there, the first one's facts are the reference's. */
  readonly sources: readonly Source[];
}

/** The model whose vectors an index holds: only vectors of one model can be compared. */
export interface IndexModel {
  readonly modelId: string;
  readonly modelName: string;
  readonly dimension: number;
}

/**
 * References by id, by conditions and by likeness. Safe to use while another process writes: what was stored shows within a
 * second.
 */
export interface ReferenceReader {
  readonly dimension: number;
  readonly modelId: string;
  /**
   * False once the index was brought over to another model than it had when it was opened: searches and `vectors` throw
   * `index_model_changed` (later) then, and it has to be opened again.
   */
  current(): Promise<boolean>;
  get(id: string): Promise<StoredReference | null>;
  /** Those of the ids that are there, in the order of `ids`. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, StoredReference>>;
  /** The first ids in their order that begin with `start`. */
  idsFrom(start: string, limit: number): Promise<readonly string[]>;
  /** Of those of the ids that are there, in the order of `ids`. */
  vectors(ids: readonly string[]): Promise<ReadonlyMap<string, UnitVector>>;
  /** Page by page, in an order that is the engine's own and stays: what is added meanwhile moves nothing. @throws `bad_cursor`, `limit_out_of_range`, `bad_time` */
  list(query: { filter?: ReferenceFilter; cursor?: string; limit: number }): Promise<ReferenceList>;
  /** As `list`, without their sources: for who looks at all of them. @throws as `list` */
  scan(query: { filter?: ReferenceFilter; cursor?: string; limit: number }): Promise<ReferenceScan>;
  /**
   * Descending cosine, ties by id; at most k.
   * @throws `dimension_mismatch`, `vector_not_finite`, `limit_out_of_range`, `bad_time`
   */
  neighbours(query: UnitVector, options: NeighbourQuery): Promise<Neighbours>;
}
