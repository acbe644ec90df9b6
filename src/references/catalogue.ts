import type { Facets } from '../api/types.js';
import type { BoundingBox, GeoPoint } from '../domain/geo-point.js';
import type { StoredReference } from './reader.js';

export interface IndexCounts {
  readonly references: number;
  readonly sources: number;
  /** References whose sources disagree by more than 25 m. */
  readonly conflicts: number;
}

/** Most cells of an answer: far more than a screen has room for. */
export const COVERAGE_CELLS_MAX = 5000;

/** What is counted for a map. */
export interface CoverageQuery {
  readonly bbox: BoundingBox;
  /** H3's, at most `CELL_RESOLUTION_MAX`. */
  readonly resolution: number;
  /** Only references of this source: an id that `facets` gives. */
  readonly source?: string;
  /** Only references taken in these years (UTC), both included; those of unknown years are left out then. */
  readonly yearFrom?: number;
  readonly yearTo?: number;
  /** ISO 3166-1 alpha-2 codes, any of them. */
  readonly country?: readonly string[];
  /** Only those that belong to a walk or drive, or only those that do not. */
  readonly hasSequence?: boolean;
}

export interface CoverageCell {
  /** Above the finest cell that holds the photo: near a border it may be another than the one of its size that does. */
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

/** What an index holds, counted. */
export interface ReferenceCatalogue {
  counts(): Promise<IndexCounts>;
  /** References whose sources disagree by more than 25 m; the first 10,000. */
  conflicts(): Promise<readonly StoredReference[]>;
  /** How many references lie in each cell that is in or near the box. */
  coverage(query: CoverageQuery): Promise<CoverageAnswer>;
  /** Roots of sources go by the last part of their paths. */
  facets(): Promise<Facets>;
}
