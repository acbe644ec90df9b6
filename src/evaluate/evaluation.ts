import type { Verdict } from '../api/types.js';
import type { GeoPoint } from '../domain/geo-point.js';

/** What `streetdex evaluate --json` prints: one run, measured. Every interval is at 95 %, by resampling clusters whole. */
export interface Evaluation {
  readonly format: 'streetdex-evaluation';
  readonly version: 1;
  readonly date: string;
  /** Description of the queries: `manifest im2gps3k.csv`, `leave out author`, `StreetCLIP’s protocol, …`. */
  readonly protocol: string;
  readonly model: { readonly id: string; readonly name: string };
  readonly index: { readonly references: number; readonly name: string } | null;
  readonly profile: { readonly name: string; readonly calibrated: boolean } | null;
  /** Seed of the resampling. */
  readonly seed: number;
  /** All queries together. */
  readonly overall: Figures;
  /** The same by part of the mix (`indexed`, `unindexed`, a source); empty where unknown. */
  readonly parts: Readonly<Record<string, Figures>>;
  readonly floors: Floors;
  readonly skipped: { readonly total: number; readonly by_code: Readonly<Record<string, number>> };
  /** Queries whose bytes are a reference's: left out of their own evidence, and no measure of an unknown photo. */
  readonly in_index: number;
  /** Queries that are the same picture as a reference, in other bytes; null where they were not searched for. */
  readonly near_duplicates: NearDuplicatesJson | null;
  readonly published: { readonly benchmark: string; readonly rows: readonly PublishedRow[] } | null;
  readonly took_ms: {
    /** Times per query. */
    readonly search: Timing;
    readonly judge: Timing;
    /** Times of whole stages of the run, such as `embed`. */
    readonly stages: Readonly<Record<string, number>>;
  };
}

export interface NearDuplicatesJson {
  /** Whether they were left out of the queries; else they flatter the figures. */
  readonly left_out: boolean;
  /** `reference`: its id; `correlation`: of the aligned pixels. */
  readonly queries: readonly {
    readonly id: string;
    readonly reference: string;
    readonly cosine: number;
    readonly correlation: number;
  }[];
  /** Ids of queries with a near neighbour whose file is gone, so that it may be the same picture; they stay. */
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
  /** Number of clusters: authors or towns, which are resampled whole. */
  readonly clusters: number;
  readonly largest_cluster_share: number;
  /** Number of draws for the intervals. */
  readonly draws: number;
  /** By name, in the order of the table. */
  readonly sides: Readonly<Record<string, SideFigures>>;
  /** Paired: both sides with the same draws. */
  readonly differences: readonly Difference[];
  /**
   * Percent of queries with each verdict, and percent of these that are wrong at the level they name (null where none names
   * one); null without a blend.
   */
  readonly verdicts: Readonly<
    Record<Verdict['word'], { readonly percent: number; readonly wrong_percent: number | null }>
  > | null;
}

export interface SideFigures {
  /** Number of queries that it answered; the others count as missed, half the world away. */
  readonly answered: number;
  /** Percent of errors ≤ 1, 25, 200, 750, 2500 km, by the radius. */
  readonly within_percent: Readonly<Record<string, IntervalJson>>;
  /** 0 to 5000, 5000·exp(−d/1492.7). */
  readonly geoscore: IntervalJson;
  readonly median_km: IntervalJson;
  readonly mean_km: IntervalJson;
  /** Percent among queries whose truth has one; null where none has. */
  readonly country_percent: IntervalJson | null;
  readonly region_percent: IntervalJson | null;
  readonly city_percent: IntervalJson | null;
  readonly coverage: CoverageFigures;
  readonly risk: RiskFigures;
  readonly reliability: ReliabilityFigures;
}

/** Percent of truths within the circles that are promised to hold 50 % and 90 % of them. */
export interface CircleCoverage {
  readonly circle_50_percent: IntervalJson;
  readonly circle_90_percent: IntervalJson;
}

/**
 * Coverage by photo and, `per_author`, with authors counting alike, which a calibration promises. For a calibrated blend the
 * intervals include the effect of a calibration with other authors.
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

/**
 * Risk: percent of errors beyond 750 km. Coverage: the share of queries kept when those of greatest doubt are dropped first.
 */
export interface RiskFigures {
  readonly beyond_km: number;
  readonly all_percent: IntervalJson;
  /** Risk of the surer half. */
  readonly surer_half_percent: IntervalJson;
  /** Mean risk over all coverages. */
  readonly area_percent: number;
  readonly curve: readonly { readonly coverage: number; readonly spread: number; readonly risk_percent: number }[];
}

/** Whether the probability within 100 km of the answer comes true: observed is the percent of truths within 100 km of it. */
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
  /** Which of the two it was, for each figure; null where `against` names a side. */
  readonly better: Readonly<Record<string, string>> | null;
  readonly within_percent: Readonly<Record<string, IntervalJson>>;
  readonly geoscore: IntervalJson;
}

/** Figures of answers without looking at the photos. */
export interface Floors {
  /** The truth that has the greatest mean default utility as the answer to every photo; chosen with the truths known. */
  readonly constant: FloorFigures & { readonly point: GeoPoint };
  /** A city drawn by population: exact expectations. null where the run has no cities. */
  readonly random_city: FloorFigures | null;
}

export interface FloorFigures {
  readonly within_percent: Readonly<Record<string, number>>;
  readonly geoscore: number;
  readonly mean_km: number;
}

/** A published row of figures for the same set; null where a figure was not given. */
export interface PublishedRow {
  readonly method: string;
  readonly within_percent: Readonly<Record<string, number | null>>;
  readonly source: string;
}
