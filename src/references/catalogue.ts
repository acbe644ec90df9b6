import type { Facets } from '../api/types.js';
import type { BoundingBox, GeoPoint } from '../domain/geo-point.js';
import type { StoredReference } from './reader.js';

export interface IndexCounts {
  readonly references: number;
  readonly sources: number;
  /** References whose sources disagree by more than 25 m. */
  readonly conflicts: number;
}

/** At most so many cells in one answer: far more than a screen has room for. */
export const COVERAGE_CELLS_MAX = 5000;

/** Which references are counted for a map, and in how small cells. */
export interface CoverageQuery {
  readonly bbox: BoundingBox;
  /** H3 resolution, at most `CELL_RESOLUTION_MAX`. */
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
  /**
   * An H3 index: the parent of the photo's finest cell. Near a border it may differ from the cell of this resolution that holds
   * the photo.
   */
  readonly cell: string;
  readonly count: number;
  /**
   * Mean position of the counted references, to a metre; exact for a single one. null where the counts can't tell: where the
   * filter asks for walks and the row mixes photos of walks with others.
   */
  readonly point: GeoPoint | null;
  /** Id of the reference where the cell counts one alone. */
  readonly id: string | null;
}

export interface CoverageAnswer {
  /** H3 resolution; coarser than asked for where there would be more than `COVERAGE_CELLS_MAX` cells. */
  readonly resolution: number;
  readonly cells: readonly CoverageCell[];
}

/** Counts over a whole index. */
export interface ReferenceCatalogue {
  counts(): Promise<IndexCounts>;
  /** References whose sources disagree by more than 25 m; the first 10,000. */
  conflicts(): Promise<readonly StoredReference[]>;
  /** How many references lie in each cell that is in or near the box. */
  coverage(query: CoverageQuery): Promise<CoverageAnswer>;
  /** Sources, years and countries with their counts; a source goes by the last part of its root's path. */
  facets(): Promise<Facets>;
}
