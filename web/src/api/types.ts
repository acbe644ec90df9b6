/** What the page uses of the API's answers. */
export interface Point {
  readonly lat: number;
  readonly lon: number;
}

export interface PlaceName {
  readonly name: string | null;
  readonly region: string | null;
  readonly country: string | null;
  readonly iso2: string | null;
  readonly distance_km: number | null;
}

export interface Candidate {
  readonly point: Point;
  readonly probability: number;
  readonly radius_50_km: number;
  readonly radius_90_km: number;
  readonly radius_is: 'calibrated' | 'uncalibrated' | 'conditional';
  readonly place: PlaceName;
  readonly because: {
    readonly retrieval_nats: number;
    readonly captions_nats: number;
    readonly neighbours: readonly string[];
    readonly captions: readonly string[];
    readonly witnesses: readonly { readonly id: string; readonly share: number }[];
  };
}

export interface Neighbour {
  readonly id: string;
  readonly score: number;
  readonly point: Point;
  readonly group_size: number;
  readonly source: string | null;
  readonly captured_at: string | null;
  readonly thumbnail: string;
}

export interface Caption {
  readonly id: string;
  readonly level: 'country' | 'region' | 'city';
  readonly text: string;
  readonly probability: number;
}

export interface Side {
  readonly point: Point;
  readonly place: PlaceName;
  readonly probability: number;
  /** From the answer. */
  readonly distance_km: number;
  readonly changes_answer: boolean;
}

export interface Hints {
  readonly country?: readonly string[];
  readonly exclude_country?: readonly string[];
  readonly bbox?: Box;
  readonly exclude_bbox?: Box;
  readonly near?: { readonly lat: number; readonly lon: number; readonly uncertainty_km: number };
}

/** west, south, east, north */
export type Box = readonly [number, number, number, number];

export interface LocateAnswer {
  readonly query: { readonly sha256: string | null; readonly reference_id: string | null };
  readonly confident: boolean;
  readonly reason: string | null;
  readonly calibrated: boolean;
  readonly spread: number;
  readonly candidates: readonly Candidate[];
  readonly neighbours: readonly Neighbour[];
  readonly captions: readonly Caption[];
  readonly blend: {
    readonly alpha: number;
    readonly beta: number;
    readonly gamma: number;
    readonly not_indexed_probability: number;
    readonly profile: string;
    readonly retrieval_alone: Side | null;
    readonly captions_alone: Side | null;
  };
  readonly index_coverage?: {
    readonly best_score: number;
    readonly quantile: number | null;
    readonly covered: boolean;
  } | null;
  readonly hints?: {
    readonly agreeing_mass_without: number;
    readonly changed: boolean;
    readonly without: { readonly point: Point; readonly place: PlaceName };
  } | null;
  /** Where the probability lies, where the server tells. */
  readonly posterior?: readonly { readonly point: Point; readonly probability: number }[];
  readonly model: string;
  readonly took_ms: Readonly<Record<string, number>>;
}

export interface Embedded {
  readonly query: LocateAnswer['query'];
  readonly model: string;
  readonly dimension: number;
  readonly embedding: readonly number[];
}

export interface IndexFacts {
  readonly references: number;
  readonly sources: number;
  readonly failures: number;
  readonly model: string;
  readonly model_name: string;
  readonly model_licence: string | null;
  readonly notice: string | null;
  readonly dimension: number;
  readonly precision: string;
  readonly calibration: {
    readonly calibrated: boolean;
    readonly profile: string;
    readonly date: string | null;
    readonly queries: number;
  };
  readonly gazetteer: {
    readonly countries: number;
    readonly regions: number;
    readonly cities: number;
    readonly attribution: string;
  };
}

export interface Reference {
  readonly id: string;
  readonly point: Point;
  readonly country: string | null;
  readonly heading_deg: number | null;
  readonly altitude_m: number | null;
  readonly captured_at: string | null;
  readonly author: string | null;
  readonly sequence: string | null;
  readonly licence: string | null;
  readonly attribution: string | null;
  readonly url: string | null;
  readonly width: number;
  readonly height: number;
  readonly source: string | null;
  readonly image: string;
  readonly thumbnail: string;
}

export interface SimilarAnswer {
  readonly results: readonly (Reference & { readonly score: number; readonly group_size: number })[];
}

export interface ClassifyAnswer {
  readonly labels: readonly { readonly label: string; readonly probability: number; readonly logit: number }[];
  readonly model: string;
  readonly took_ms: Readonly<Record<string, number>>;
}

export interface Place {
  readonly id: string;
  readonly level: 'country' | 'region' | 'city';
  readonly name: string;
  readonly region: string | null;
  readonly country: string;
  readonly iso2: string;
  readonly point: Point;
  readonly population: number;
}

export interface Coverage {
  readonly type: 'FeatureCollection';
  readonly resolution: number;
  readonly references: number;
  readonly features: readonly {
    readonly type: 'Feature';
    readonly id: string;
    readonly geometry: { readonly type: 'Point'; readonly coordinates: readonly [number, number] };
    readonly properties: { readonly count: number };
  }[];
}

export interface Facets {
  readonly sources: readonly { readonly id: number; readonly name: string; readonly references: number }[];
  readonly years: readonly { readonly year: number | null; readonly references: number }[];
}

export interface Ingestion {
  readonly id: string;
  readonly state: 'running' | 'finished' | 'stopped' | 'failed' | 'interrupted';
  readonly sources: readonly string[];
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly done: number;
  readonly total: number | null;
  readonly seconds_left: number | null;
  readonly counts: Readonly<Record<string, number>>;
  readonly failures: readonly { readonly path: string; readonly code: string; readonly reason: string }[];
  readonly notices: readonly string[];
  readonly problem: { readonly code: string; readonly detail: string } | null;
}

export interface IngestionList {
  readonly roots: readonly string[];
  readonly ingestions: readonly Ingestion[];
}
