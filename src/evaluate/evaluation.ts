import type { Verdict } from '../api/types.js';
import type { GeoPoint } from '../domain/geo-point.js';

/** What `streetdex evaluate --json` prints: one run, measured. Every interval is at 95 %, by resampling clusters whole. */
export interface Evaluation {
  readonly format: 'streetdex-evaluation';
  readonly version: 1;
  readonly date: string;
  /** What was asked, in words: `manifest im2gps3k.csv`, `leave out author`, `StreetCLIP’s protocol, …`. */
  readonly protocol: string;
  readonly model: { readonly id: string; readonly name: string };
  readonly index: { readonly references: number; readonly name: string } | null;
  readonly profile: { readonly name: string; readonly calibrated: boolean } | null;
  /** Of the resampling. */
  readonly seed: number;
  /** All queries together. */
  readonly overall: Figures;
  /** The same by what the queries are a mix of (`indexed`, `unindexed`, a source); empty where nobody says. */
  readonly parts: Readonly<Record<string, Figures>>;
  readonly floors: Floors;
  readonly skipped: { readonly total: number; readonly by_code: Readonly<Record<string, number>> };
  /** Queries whose bytes are a reference's: left out of their own evidence, and no measure of an unknown photo. */
  readonly in_index: number;
  /** Queries that are the same picture as a reference, in other bytes; null where nobody looked. */
  readonly near_duplicates: NearDuplicatesJson | null;
  readonly published: { readonly benchmark: string; readonly rows: readonly PublishedRow[] } | null;
  readonly took_ms: {
    /** Per query. */
    readonly search: Timing;
    readonly judge: Timing;
    /** Whole stages of the run, such as `embed`. */
    readonly stages: Readonly<Record<string, number>>;
  };
}

export interface NearDuplicatesJson {
  /** True: none of them is among the queries. False: they are, and flatter the figures. */
  readonly left_out: boolean;
  /** `reference`: its id; `correlation`: of the pixels, laid over each other. */
  readonly queries: readonly {
    readonly id: string;
    readonly reference: string;
    readonly cosine: number;
    readonly correlation: number;
  }[];
  /** Ids of queries with a near neighbour whose file is gone: they may or may not be the same picture, and are asked. */
  readonly unknown: readonly string[];
}

export interface IntervalJson {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface Timing {
  readonly median: number;
  readonly p99: number;
  readonly mean: number;
}

/** Figures of a set of queries. */
export interface Figures {
  readonly queries: number;
  /** Authors, towns: what is resampled. */
  readonly clusters: number;
  readonly largest_cluster_share: number;
  /** Times that clusters are drawn for the intervals. */
  readonly draws: number;
  /** By name, in the order of the table. */
  readonly sides: Readonly<Record<string, SideFigures>>;
  /** Paired: both sides on the same draws. */
  readonly differences: readonly Difference[];
  /**
   * How many answers got each verdict, in percent of the queries, and how many of these were wrong at the level that they
   * named (null where none named one); null without a blend.
   */
  readonly verdicts: Readonly<
    Record<Verdict['word'], { readonly percent: number; readonly wrong_percent: number | null }>
  > | null;
}

export interface SideFigures {
  /** Queries that it had anything to say about; the rest count as missed, half the world away. */
  readonly answered: number;
  /** Percent of errors ≤ 1, 25, 200, 750, 2500 km, by the radius. */
  readonly within_percent: Readonly<Record<string, IntervalJson>>;
  /** 0 to 5000, 5000·exp(−d/1492.7). */
  readonly geoscore: IntervalJson;
  readonly median_km: IntervalJson;
  readonly mean_km: IntervalJson;
  /** Over the queries whose truth has one; null where none has. */
  readonly country_percent: IntervalJson | null;
  readonly region_percent: IntervalJson | null;
  readonly city_percent: IntervalJson | null;
  readonly coverage: CoverageFigures;
  readonly risk: RiskFigures;
  readonly reliability: ReliabilityFigures;
}

/** How often the truth lies within the circles that are promised to hold it in 50 % and in 90 % of cases. */
export interface CircleCoverage {
  readonly circle_50_percent: IntervalJson;
  readonly circle_90_percent: IntervalJson;
}

/**
 * Coverage of the photos as they are and, `per_author`, with authors counting alike: a calibration promises the latter.
 * Of a calibrated blend the intervals also say how far another calibration, with other authors, would be off.
 */
export interface CoverageFigures extends CircleCoverage {
  readonly per_author: CircleCoverage;
  readonly median_radius_50_km: number;
  readonly median_radius_90_km: number;
  /**
   * The calibration's bins, by ε_r (the probability that the area is not in the index) and by spread within; without a
   * calibration by spread alone, from sure to unsure.
   */
  readonly by_spread: readonly (CircleCoverage & {
    readonly not_indexed_above: number;
    readonly not_indexed_up_to: number;
    readonly spread_above: number;
    readonly spread_up_to: number;
    readonly queries: number;
    readonly per_author: CircleCoverage;
  })[];
}

/** Risk: percent of errors beyond 750 km. Coverage: the share kept when the queries of greatest doubt are let go first. */
export interface RiskFigures {
  readonly beyond_km: number;
  readonly all_percent: IntervalJson;
  /** Of the surer half. */
  readonly surer_half_percent: IntervalJson;
  /** Mean risk over all coverages. */
  readonly area_percent: number;
  readonly curve: readonly { readonly coverage: number; readonly spread: number; readonly risk_percent: number }[];
}

/** Whether mass within 100 km of the answer comes true: observed is the percent of truths within 100 km of it. */
export interface ReliabilityFigures {
  readonly within_km: number;
  /** Σ bins share · |observed − mean probability|, in points. */
  readonly calibration_error: number;
  readonly bins: readonly {
    readonly probability_from: number;
    readonly probability_to: number;
    readonly queries: number;
    readonly mean_probability_percent: number;
    readonly observed_percent: IntervalJson;
  }[];
}

/** One side minus another, in points of percent and of GeoScore: positive means that `of` is better. */
export interface Difference {
  readonly of: string;
  /** A side, or `better_side`: retrieval or captions, whichever is better at that figure. */
  readonly against: string;
  /** Which of the two it was, by figure; null where `against` names a side. */
  readonly better: Readonly<Record<string, string>> | null;
  readonly within_percent: Readonly<Record<string, IntervalJson>>;
  readonly geoscore: IntervalJson;
}

/** What one gets without looking at the photos. */
export interface Floors {
  /** The truth that, answered to every photo, has the greatest mean default utility; it is chosen knowing the truths. */
  readonly constant: FloorFigures & { readonly point: GeoPoint };
  /** A city drawn by population: exact expectations. null where the run has no cities. */
  readonly random_city: FloorFigures | null;
}

export interface FloorFigures {
  readonly within_percent: Readonly<Record<string, number>>;
  readonly geoscore: number;
  readonly mean_km: number;
}

/** A figure that others published for the same set; null where they gave none. */
export interface PublishedRow {
  readonly method: string;
  readonly within_percent: Readonly<Record<string, number | null>>;
  readonly source: string;
}
