import type { ReferenceFilter } from './reader.js';

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

/** What an answer needs of an index as a whole. */
export interface IndexSummary {
  /** Another one whenever anything else here is another: by it, what was worked out from a summary is kept. */
  readonly version: string;
  /**
   * Of each country with at least one group, by its code. A group's representative is its member of smallest id, so that
   * the order in which references came means nothing. The bias of the captions rests on it.
   */
  readonly countryMeans: readonly CountryMean[];
  /** null where fewer than 100 scenes have another of their place, or nobody has measured it yet. */
  readonly selfSimilarity: SelfSimilarity | null;
}

export interface IndexSummaries {
  summary(): Promise<IndexSummary>;
  /** With the country means as if what is excluded had never been indexed; the same version where that changes nothing. */
  summaryWithout(exclude: NonNullable<ReferenceFilter['exclude']>): Promise<IndexSummary>;
}
