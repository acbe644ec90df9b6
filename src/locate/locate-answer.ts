import type { GeoPoint } from '../domain/geo-point.js';
import type { PlaceLevel } from '../domain/place.js';
import type { Utility } from './blend-profile.js';

/** The JSON of `POST /v1/locate` (interfaces.md) but for what its caller knows: query, model, and the times before. */
export interface LocateAnswer {
  readonly confident: boolean;
  /** Why an answer is not confident, a sentence. */
  readonly reason: string | null;
  readonly calibrated: boolean;
  /** 1 − the greatest expected utility, in [0, 1]: the measure of doubt. */
  readonly spread: number;
  readonly candidates: readonly CandidateAnswer[];
  readonly neighbours: readonly NeighbourAnswer[];
  readonly captions: readonly CaptionAnswer[];
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
  };
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
  readonly thumbnail: string;
}

export interface CaptionAnswer {
  readonly id: string;
  readonly level: PlaceLevel;
  readonly text: string;
  readonly probability: number;
}

export interface AloneAnswer {
  readonly point: GeoPoint;
  readonly place: PlaceAnswer;
}
