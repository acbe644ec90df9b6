import type { BoundingBox, GeoPoint } from '../domain/geo-point.js';
import type { Reference, Source } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { Run } from './run.js';

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
  /** Ids of root folders that `facets` gives, any of them. */
  readonly sourceRoot?: readonly number[];
  /** Whether it belongs to a walk or drive. */
  readonly hasSequence?: boolean;
  readonly exclude?: Omit<ReferenceFilter, 'exclude'>;
}

export interface NeighbourQuery {
  readonly k: number;
  readonly filter?: ReferenceFilter;
  /** Brute force over all vectors: the twin of the graph. */
  readonly exact?: boolean;
  /** Breadth of the graph search; the index's own choice by default. */
  readonly ef?: number;
}

/** A reference near a query: what locating needs, without another look into SQLite. */
export interface Neighbour {
  readonly id: string;
  /** Cosine, computed from the stored vector in float64, not by the graph. */
  readonly score: number;
  readonly point: GeoPoint;
  readonly sequence: string | null;
  readonly author: string | null;
  readonly iso2: string | null;
}

export interface IndexStats {
  readonly references: number;
  readonly sources: number;
  readonly failures: number;
  readonly tombstones: number;
  readonly model: string;
  readonly modelName: string;
  readonly dimension: number;
  readonly generation: number;
  /** Last number of the changes table. */
  readonly lastChange: number;
  readonly conflicts: number;
}

export interface Failure {
  readonly id: number;
  readonly root: string;
  readonly path: string;
  readonly code: string;
  readonly reason: string;
  readonly at: string;
  /** The id that its bytes would have as a reference; null where they were not read. */
  readonly photoId: string | null;
  /** The run that was the last to meet it; null for those of before that was noted. */
  readonly run: number | null;
}

/** Which failures count: every given condition holds. A photo whose bytes are a reference by another path is none. */
export interface FailureFilter {
  /** Only those that this run of an ingest was the last to meet. */
  readonly run?: number;
  readonly code?: string;
  /** Part of the path, or of the reason but for the root's own path; ASCII letters in either case. */
  readonly text?: string;
}

export interface ReferenceList {
  readonly references: readonly StoredReference[];
  /** Opaque; null on the last page. */
  readonly cursor: string | null;
}

/** What is counted for a map. */
export interface CoverageQuery {
  readonly bbox: BoundingBox;
  /** H3's, at most `CELL_RESOLUTION_MAX`. */
  readonly resolution: number;
  /** Only references with a source below this root: an id that `facets` gives. */
  readonly source?: number;
  /** Only references taken in these years (UTC), both included; those of unknown years are left out then. */
  readonly yearFrom?: number;
  readonly yearTo?: number;
  /** ISO 3166-1 alpha-2 codes, any of them. */
  readonly country?: readonly string[];
  /** Only those that belong to a walk or drive, or only those that do not. */
  readonly hasSequence?: boolean;
}

export interface CoverageCell {
  readonly cell: string;
  readonly count: number;
  /**
   * Where the counted lie in the mean, to a metre; exact for one alone. null where the counts can't tell: where photos of
   * walks are told from others of the same cell, source, year and country.
   */
  readonly point: GeoPoint | null;
  /** Of the reference that is counted alone. */
  readonly id: string | null;
}

export interface CoverageAnswer {
  /** Coarser than asked for where there would be too many cells. */
  readonly resolution: number;
  readonly cells: readonly CoverageCell[];
}

/** What references can be narrowed by, with how many there are of each. */
export interface Facets {
  /** Roots of sources, by the last part of their paths. */
  readonly sources: readonly { readonly id: number; readonly name: string; readonly references: number }[];
  /** null: unknown. */
  readonly years: readonly { readonly year: number | null; readonly references: number }[];
}

export interface StoredReference extends Reference {
  readonly sources: readonly Source[];
}

/**
 * How alike an index's scenes are to their nearest of another author and walk within 25 km: quantiles in which every part
 * of the Earth counts alike, however many scenes it has.
 */
export interface SelfSimilarity {
  readonly q05: number;
  readonly q25: number;
  /** Scenes that it rests on, at least 100. */
  readonly count: number;
  /** Share of the votes for a lower or the same cosine, from 0 to 1, and the cosine; both ascending. */
  readonly quantiles: readonly (readonly [share: number, cosine: number])[];
}

/** A country's groups in an index: how many, and the mean of their representatives' vectors, not normalised. */
export interface CountryMean {
  readonly iso2: string;
  readonly groups: number;
  readonly mean: Float32Array;
}

/** The model whose vectors an index holds: only vectors of one model can be compared. */
export interface IndexModel {
  readonly modelId: string;
  readonly modelName: string;
  readonly dimension: number;
}

/** The read side of an index. Safe to use while another process writes: it follows the changes. */
export interface ReferenceReader {
  readonly dimension: number;
  readonly modelId: string;
  /**
   * False once the index was brought over to another model than it had when it was opened: searches and `vector` throw
   * `index_model_changed` (later) then, and it has to be opened again.
   */
  current(): boolean;
  stats(): IndexStats;
  get(id: string): StoredReference | null;
  has(id: string): boolean;
  /** The first ids in their order that begin with `start`. */
  idsFrom(start: string, limit: number): readonly string[];
  vector(id: string): UnitVector | null;
  list(query: { filter?: ReferenceFilter; cursor?: string; limit: number }): ReferenceList;
  /** By root and path. */
  failures(query?: FailureFilter & { limit?: number }): readonly Failure[];
  /** How many there are of each code, the most first. */
  failureCodes(query?: FailureFilter): readonly { readonly code: string; readonly count: number }[];
  /**
   * The failed photo's file: only where its bytes were read, it is still the same file, and it lies below its root wherever links
   * lead; else null.
   */
  failureFile(id: number): { readonly path: string; readonly photoId: string } | null;
  /** References whose sources disagree by more than 25 m. */
  conflicts(): readonly StoredReference[];
  /** Descending cosine, ties by id; at most k. */
  neighbours(query: UnitVector, options: NeighbourQuery): Promise<readonly Neighbour[]>;
  /** The last runs of an ingest, newest first; 20 by default. */
  runs(query?: { limit?: number }): readonly Run[];
  /** How many references lie in each cell that is in or near the box. */
  coverage(query: CoverageQuery): CoverageAnswer;
  facets(): Facets;
  /** Absolute path of a file that still holds the reference's bytes, null when none does. */
  filePath(id: string): string | null;
  /**
   * Of each country with at least one group, by its code. A group's representative is its member of smallest id, so that
   * the order in which references came means nothing. The bias of the captions rests on it.
   */
  countryMeans(): readonly CountryMean[];
  /** What `countryMeans` would be if what is excluded had never been indexed; the same array where that changes nothing. */
  countryMeansWithout(exclude: NonNullable<ReferenceFilter['exclude']>): Promise<readonly CountryMean[]>;
  /** null where fewer than 100 scenes have another of their place, or the index was written by an older version. */
  selfSimilarity(): SelfSimilarity | null;
  close(): Promise<void>;
}
