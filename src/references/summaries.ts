import type { ReferenceFilter } from './reader.js';

/**
 * How similar an index's scenes are to the nearest reference of another author and walk within 25 km: quantiles in which every
 * cell of the Earth has one vote at most, however many scenes it has.
 */
export interface SelfSimilarity {
  readonly q05: number;
  readonly q25: number;
  /** Number of scenes measured, at least 100. */
  readonly count: number;
  /** Share of the votes for this or a lower cosine (from 0 to 1), and the cosine; both ascending. */
  readonly quantiles: readonly (readonly [share: number, cosine: number])[];
}

/** A country's groups in an index: their number, and the mean of their representatives' vectors, not normalised. */
export interface CountryMean {
  readonly iso2: string;
  readonly groups: number;
  readonly mean: Float32Array;
}

/** What an answer needs to know about the index as a whole. */
export interface IndexSummary {
  /** Changes whenever anything else here does: key for what was computed from a summary. */
  readonly version: string;
  /**
   * One for each country with a group. A group's representative is its member of smallest id, so that the order in which
   * references came means nothing. The captions' bias rests on it.
   */
  readonly countryMeans: readonly CountryMean[];
  /** null where fewer than 100 scenes have another reference of their place, or where it is not measured yet. */
  readonly selfSimilarity: SelfSimilarity | null;
}

export interface IndexSummaries {
  summary(): Promise<IndexSummary>;
  /** With the country means as if what is excluded had never been indexed; the same version where that changes nothing. */
  summaryWithout(exclude: NonNullable<ReferenceFilter['exclude']>): Promise<IndexSummary>;
}
