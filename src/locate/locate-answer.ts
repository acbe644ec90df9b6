import type { GeoPoint } from '../domain/geo-point.js';
import type { PlaceLevel } from '../domain/place.js';
import type { Continent } from '../geo/continents.js';
import type { Utility } from './blend-profile.js';
import type { IndexCoverage } from './index-coverage.js';
import type { NamedLevel } from './roll-up.js';

/**
 * The JSON of `POST /v1/locate` but for what its caller knows: query, model, and the times before. docs/answer.md says
 * what it means, docs/blend.md how each number is computed.
 */
export interface LocateAnswer {
  /** How far the answer can be relied on, and what it comes to. */
  readonly verdict: VerdictAnswer;
  /** What the verdict says of its level: whether it is sure or likely. */
  readonly confident: boolean;
  /** Why an answer is not confident, a sentence: the verdict's. */
  readonly reason: string | null;
  readonly calibrated: boolean;
  /** 1 − the greatest expected utility, in [0, 1]: the measure of doubt. */
  readonly spread: number;
  readonly candidates: readonly CandidateAnswer[];
  readonly neighbours: readonly NeighbourAnswer[];
  readonly captions: readonly CaptionAnswer[];
  /** How near the query is to the index. */
  readonly index_coverage: {
    readonly best_score: number | null;
    /** Share of the index's own nearest cosines that are lower; null where the index does not tell. */
    readonly quantile: number | null;
    /** False where the query looks like nothing in the index: less alike than all but 5 % of its own. */
    readonly covered: boolean | null;
    readonly reason: IndexCoverage['reason'];
  };
  /** Where the probability lies, the likeliest place first; only where it is asked for. */
  readonly posterior?: readonly { readonly point: GeoPoint; readonly probability: number }[];
  /** null for a query without. */
  readonly hints: HintsAnswer | null;
  readonly blend: {
    readonly alpha: number;
    readonly beta: number;
    readonly gamma: number;
    readonly utility: Utility;
    readonly not_indexed_probability: number;
    readonly profile: string;
    /** null for an index without references (after exclusions). */
    readonly retrieval_alone: AloneAnswer | null;
    /** null without captions. */
    readonly captions_alone: AloneAnswer | null;
  };
  readonly took_ms: { readonly search: number; readonly blend: number };
}

/** Where a photo says that it was taken: to compare with, never evidence. */
export interface KnownAnswer {
  readonly point: GeoPoint;
  /** `photo`: its own EXIF or XMP; `xmp`, `takeout`: a file beside it. */
  readonly from: 'photo' | 'xmp' | 'takeout' | 'index';
  /** From the answer. */
  readonly distance_km: number | null;
}

/** What a photo says of itself beside its position. */
export interface PhotoFactsAnswer {
  readonly captured_at: string | null;
  readonly heading_deg: number | null;
  readonly author: string | null;
  readonly licence: string | null;
}

/** Why nobody has checked such answers. */
export type Unchecked = 'no_profile' | 'earlier_profile' | 'hints' | 'other_weights';

export interface VerdictAnswer {
  /** `sure`, `likely`: measured by `tune`; `unknown`: nothing in the index is like it, and no country is named. */
  readonly word: 'sure' | 'likely' | 'unsure' | 'unknown' | 'not_checked';
  /** The finest that at least 0.8 of the probability agrees on; null for none. */
  readonly level: NamedLevel;
  /** That level in words; null where nothing deserves a headline. */
  readonly headline: string | null;
  /** Of the level. */
  readonly probability: number | null;
  /** Share of such answers that are wrong, at most, with 95 % confidence; null where none can be promised. */
  readonly risk: number | null;
  /** Why it is not checked; null where it is. */
  readonly unchecked: Unchecked | null;
  /** The word, in a sentence. */
  readonly sentence: string;
  /** Probability about the answer: within 25 km, within 200 km, in its country, on its continent. */
  readonly roll_up: {
    readonly town: number;
    readonly region: number;
    readonly country: { readonly iso2: string | null; readonly name: string | null; readonly probability: number };
    readonly continent: { readonly code: Continent | null; readonly name: string | null; readonly probability: number };
  };
}

export interface CandidateAnswer {
  readonly point: GeoPoint;
  /** Mass within 100 km that no candidate before it has. */
  readonly probability: number;
  readonly radius_50_km: number;
  readonly radius_90_km: number;
  readonly radius_is: 'uncalibrated' | 'calibrated' | 'conditional';
  readonly place: PlaceAnswer;
  readonly because: {
    /** How much more than the prior the neighbours speak for the point, as they count in the blend. */
    readonly retrieval_nats: number;
    readonly captions_nats: number;
    readonly neighbours: readonly string[];
    readonly captions: readonly string[];
    /** The same, neighbours before captions, with what each of them counts for. */
    readonly witnesses: readonly WitnessAnswer[];
  };
}

export interface WitnessAnswer {
  readonly kind: 'neighbour' | 'caption';
  readonly id: string;
  /** Of what its side, neighbours or captions, puts on the point. */
  readonly share: number;
  /** Cosine of a neighbour. */
  readonly score: number | null;
  /** From the point; null for the rest of a country. */
  readonly distance_km: number | null;
}

/** Hints as JSON gives them: boxes as west, south, east, north. */
export interface HintsGiven {
  readonly country?: readonly string[];
  readonly exclude_country?: readonly string[];
  readonly bbox?: readonly [number, number, number, number];
  readonly exclude_bbox?: readonly [number, number, number, number];
  readonly near?: GeoPoint & { readonly uncertainty_km: number };
}

export interface HintsAnswer {
  readonly given: HintsGiven;
  /** Probability, without the hints, of the places where they hold. */
  readonly agreeing_mass_without: number;
  /** Whether the answer is another than without them. */
  readonly changed: boolean;
  readonly without: { readonly point: GeoPoint; readonly place: PlaceAnswer };
}

export interface PlaceAnswer {
  readonly name: string | null;
  readonly region: string | null;
  readonly country: string | null;
  readonly iso2: string | null;
  readonly distance_km: number | null;
}

export interface NeighbourAnswer {
  readonly id: string;
  readonly score: number;
  readonly point: GeoPoint;
  readonly group_size: number;
  readonly source: string | null;
  readonly captured_at: string | null;
  readonly author: string | null;
  readonly licence: string | null;
  readonly attribution: string | null;
  readonly url: string | null;
  readonly thumbnail: string;
}

export interface CaptionAnswer {
  readonly id: string;
  readonly level: PlaceLevel;
  readonly text: string;
  readonly probability: number;
}

/** The best candidate without the other side and without the prior. */
export interface AloneAnswer {
  readonly point: GeoPoint;
  readonly place: PlaceAnswer;
  /** Mass within 100 km, by this side alone. */
  readonly probability: number;
  /** From the answer. */
  readonly distance_km: number;
  /** Whether it is another point than the answer. */
  readonly changes_answer: boolean;
}
