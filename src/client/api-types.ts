// Generated from the OpenAPI document by `npm run client:types`; not to be edited.

export type Point = {
  /** Degrees north, WGS 84. */
  readonly lat: number;
  /** Degrees east, WGS 84. */
  readonly lon: number;
};

export type NearestPlace = {
  readonly name: string | null;
  readonly region: string | null;
  readonly country: string | null;
  readonly iso2: string | null;
  readonly distance_km: number | null;
};

export type Exclude = {
  /** Ids of references. */
  readonly ids?: readonly string[];
  /** west, south, east, north in degrees; west > east crosses 180°. */
  readonly bbox?: readonly [number, number, number, number];
  /** Within km of a point. */
  readonly near?: {
    /** Degrees north, WGS 84. */
    readonly lat: number;
    /** Degrees east, WGS 84. */
    readonly lon: number;
    readonly km: number;
  };
  /** Country by borders, by its ISO 3166-1 alpha-2 code or its name; several mean any of them. */
  readonly country?: string | readonly string[];
  /** Taken at this time or later; a date alone is the beginning of that day (UTC). */
  readonly captured_after?: string;
  /** Taken at this time or earlier; a date alone includes that day (UTC). */
  readonly captured_before?: string;
  /** Name of a walk or drive. */
  readonly sequence?: string | readonly string[];
  readonly author?: string | readonly string[];
  /** Start of the path that a reference came from. */
  readonly source?: string | readonly string[];
  /** A folder that references came from: an id that `/v1/facets` gives. */
  readonly source_id?: string | readonly string[];
  /** Whether it belongs to a walk or drive. */
  readonly has_sequence?: boolean;
};

export type Filter = {
  /** Ids of references. */
  readonly ids?: readonly string[];
  /** west, south, east, north in degrees; west > east crosses 180°. */
  readonly bbox?: readonly [number, number, number, number];
  /** Within km of a point. */
  readonly near?: {
    /** Degrees north, WGS 84. */
    readonly lat: number;
    /** Degrees east, WGS 84. */
    readonly lon: number;
    readonly km: number;
  };
  /** Country by borders, by its ISO 3166-1 alpha-2 code or its name; several mean any of them. */
  readonly country?: string | readonly string[];
  /** Taken at this time or later; a date alone is the beginning of that day (UTC). */
  readonly captured_after?: string;
  /** Taken at this time or earlier; a date alone includes that day (UTC). */
  readonly captured_before?: string;
  /** Name of a walk or drive. */
  readonly sequence?: string | readonly string[];
  readonly author?: string | readonly string[];
  /** Start of the path that a reference came from. */
  readonly source?: string | readonly string[];
  /** A folder that references came from: an id that `/v1/facets` gives. */
  readonly source_id?: string | readonly string[];
  /** Whether it belongs to a walk or drive. */
  readonly has_sequence?: boolean;
  readonly exclude?: Exclude;
};

export type Reference = {
  readonly id: string;
  readonly sha256: string;
  readonly point: Point;
  /** ISO code of the country that holds the point, null at sea. */
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
  readonly bytes: number;
  /** Path of the first source, below its root. */
  readonly source: string | null;
  readonly sources: readonly ({
    readonly path: string;
    readonly bytes: number;
    readonly point: Point;
  })[];
  /** Where the photo is served. */
  readonly image: string;
  readonly thumbnail: string;
};

export type PlacedReference = {
  readonly id: string;
  readonly sha256: string;
  readonly point: Point;
  /** ISO code of the country that holds the point, null at sea. */
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
  readonly bytes: number;
  /** Path of the first source, below its root. */
  readonly source: string | null;
  readonly sources: readonly ({
    readonly path: string;
    readonly bytes: number;
    readonly point: Point;
  })[];
  /** Where the photo is served. */
  readonly image: string;
  readonly thumbnail: string;
  /** The nearest city of the country that holds the point. Its distance only where positions are exact, its name only where they are rounded to less than 10 km. */
  readonly place: NearestPlace;
};

export type ReferenceMetadata = {
  /** Degrees north, WGS 84. */
  readonly lat?: number;
  /** Degrees east, WGS 84. */
  readonly lon?: number;
  /** A date or time, ISO 8601. */
  readonly captured_at?: string;
  readonly heading_deg?: number;
  readonly altitude_m?: number;
  readonly author?: string;
  readonly sequence?: string;
  readonly licence?: string;
  readonly attribution?: string;
  readonly url?: string;
};

export type NewReference = {
  readonly image_base64: string;
  /** Degrees north, WGS 84. */
  readonly lat?: number;
  /** Degrees east, WGS 84. */
  readonly lon?: number;
  /** A date or time, ISO 8601. */
  readonly captured_at?: string;
  readonly heading_deg?: number;
  readonly altitude_m?: number;
  readonly author?: string;
  readonly sequence?: string;
  readonly licence?: string;
  readonly attribution?: string;
  readonly url?: string;
};

export type AddedReference = {
  readonly outcome: 'added' | 'updated' | 'unchanged';
  readonly reference: Reference;
};

export type ReferenceList = {
  readonly references: readonly Reference[];
  /** For the next page; null on the last. */
  readonly cursor: string | null;
};

export type FeatureCollection = {
  readonly type: 'FeatureCollection';
  readonly features: readonly ({
    readonly type: 'Feature';
    readonly id: string;
    readonly geometry: {
      readonly type: 'Point';
      /** Longitude and latitude, WGS 84. */
      readonly coordinates: readonly number[];
    };
    readonly properties: Readonly<Record<string, unknown>>;
  })[];
  /** For the next page; null on the last. */
  readonly cursor: string | null;
};

export type Hints = {
  /** By ISO 3166-1 alpha-2 code or by name: it is one of these. */
  readonly country?: string | readonly string[];
  /** It is none of these. */
  readonly exclude_country?: string | readonly string[];
  /** west, south, east, north in degrees; west > east crosses 180°. */
  readonly bbox?: readonly [number, number, number, number];
  /** west, south, east, north in degrees; west > east crosses 180°. */
  readonly exclude_bbox?: readonly [number, number, number, number];
  /** About there. */
  readonly near?: {
    /** Degrees north, WGS 84. */
    readonly lat: number;
    /** Degrees east, WGS 84. */
    readonly lon: number;
    /** Standard deviation along one axis. */
    readonly uncertainty_km: number;
  };
};

export type LocateOptions = {
  /** Exponents of retrieval, captions and prior; (1, 0, 0) is retrieval alone, (0, 1, 0) captions alone. */
  readonly weights?: {
    readonly alpha?: number;
    readonly beta?: number;
    readonly gamma?: number;
  };
  /** What the answer maximises. */
  readonly utility?: 'default' | 'geoscore' | 'distance';
  /** How cosines become weights. */
  readonly retrieval_kernel?: 'softmax' | 'vo';
  /** Only these references count. */
  readonly filter?: Filter;
  /** These references do not count. */
  readonly exclude?: Exclude;
  /** Most candidates of the answer. */
  readonly candidates?: number;
  /** Most neighbours listed as evidence. */
  readonly k?: number;
  /** What the asker knows of the place: a prior, which evidence may still outweigh. */
  readonly hints?: Hints;
  /** Also give where the probability lies, place by place. */
  readonly posterior?: boolean;
  /** Leave a query that is in the index in its own evidence. */
  readonly include_self?: boolean;
  /** Also give the query's unit vector, to ask about it again. */
  readonly include_embedding?: boolean;
};

export type LocateQuery = {
  /** The bytes of a picture in base64. */
  readonly image_base64?: string;
  /** An http(s) URL of a picture; only from hosts that the operator allows (`fetch_hosts`). */
  readonly image_url?: string;
  /** Id of a reference of this index. */
  readonly reference_id?: string;
  /** Words in place of a picture. */
  readonly text?: string;
  /** A vector of the model's dimension, of any length but 0. */
  readonly embedding?: readonly number[];
  /** Exponents of retrieval, captions and prior; (1, 0, 0) is retrieval alone, (0, 1, 0) captions alone. */
  readonly weights?: {
    readonly alpha?: number;
    readonly beta?: number;
    readonly gamma?: number;
  };
  /** What the answer maximises. */
  readonly utility?: 'default' | 'geoscore' | 'distance';
  /** How cosines become weights. */
  readonly retrieval_kernel?: 'softmax' | 'vo';
  /** Only these references count. */
  readonly filter?: Filter;
  /** These references do not count. */
  readonly exclude?: Exclude;
  /** Most candidates of the answer. */
  readonly candidates?: number;
  /** Most neighbours listed as evidence. */
  readonly k?: number;
  /** What the asker knows of the place: a prior, which evidence may still outweigh. */
  readonly hints?: Hints;
  /** Also give where the probability lies, place by place. */
  readonly posterior?: boolean;
  /** Leave a query that is in the index in its own evidence. */
  readonly include_self?: boolean;
  /** Also give the query's unit vector, to ask about it again. */
  readonly include_embedding?: boolean;
};

export type Candidate = {
  readonly point: Point;
  /** Mass within 100 km that no candidate before it has. */
  readonly probability: number;
  /** Of the circle that holds the truth with probability 0.5. */
  readonly radius_50_km: number;
  /** Of the circle that holds the truth with probability 0.9. */
  readonly radius_90_km: number;
  readonly radius_is: 'calibrated' | 'uncalibrated' | 'conditional';
  readonly place: NearestPlace;
  readonly because: {
    readonly retrieval_nats: number;
    readonly captions_nats: number;
    /** Ids of references. */
    readonly neighbours: readonly string[];
    /** Ids of places. */
    readonly captions: readonly string[];
    /** The same neighbours and captions, with what each of them counts for. */
    readonly witnesses: readonly ({
      readonly kind: 'neighbour' | 'caption';
      readonly id: string;
      /** Of what its side, neighbours or captions, puts on the point. */
      readonly share: number;
      /** Cosine of a neighbour. */
      readonly score: number | null;
      /** From the point; null for the rest of a country. */
      readonly distance_km: number | null;
    })[];
  };
};

export type AloneAnswer = {
  readonly point: Point;
  readonly place: NearestPlace;
  readonly probability: number;
  /** From the answer. */
  readonly distance_km: number;
  /** Whether it is another point than the answer. */
  readonly changes_answer: boolean;
};

export type BlendAnswer = {
  readonly alpha: number;
  readonly beta: number;
  readonly gamma: number;
  readonly utility?: string;
  readonly not_indexed_probability: number;
  readonly profile: string;
  /** The best candidate without the other side. */
  readonly retrieval_alone: AloneAnswer | null;
  /** The best candidate without the other side. */
  readonly captions_alone: AloneAnswer | null;
};

export type CaptionAnswer = {
  readonly id: string;
  readonly level: 'country' | 'region' | 'city';
  readonly text: string;
  readonly probability: number;
};

export type IndexCoverage = {
  /** Cosine of the best neighbour; null without references. */
  readonly best_score: number | null;
  /** Share of the index's own nearest cosines that are lower. */
  readonly quantile: number | null;
  /** False where the query looks like nothing in the index; null where the index can not tell. */
  readonly covered: boolean | null;
  /** `too_few_scenes`: fewer than 100 scenes have another of their place to compare with. */
  readonly reason: 'alike' | 'unlike' | 'no_references' | 'too_few_scenes';
};

export type Verdict = {
  /** `sure` and `likely`: measured when the index was tuned; `unknown`: nothing in the index is like it and no country is named. */
  readonly word: 'sure' | 'likely' | 'unsure' | 'unknown' | 'not_checked';
  /** The finest that at least 0.8 of the probability agrees on: within 25 km, within 200 km, country, continent. */
  readonly level: 'town' | 'region' | 'country' | 'continent' | null;
  /** That level in words; null where nothing deserves a headline. */
  readonly headline: string | null;
  /** Of the level. */
  readonly probability: number | null;
  /** Share of such answers that are wrong, at most, with 95 % confidence. */
  readonly risk: number | null;
  /** Why nobody has checked such answers. */
  readonly unchecked: 'no_profile' | 'earlier_profile' | 'hints' | 'other_weights' | null;
  readonly sentence: string;
  /** Probability about the answer: within 25 km, within 200 km, in its country, on its continent. */
  readonly roll_up: {
    readonly town: number;
    readonly region: number;
    readonly country: {
      readonly iso2: string | null;
      readonly name: string | null;
      readonly probability: number;
    };
    readonly continent: {
      readonly code: 'AF' | 'AN' | 'AS' | 'EU' | 'NA' | 'OC' | 'SA' | null;
      readonly name: string | null;
      readonly probability: number;
    };
  };
};

export type KnownPosition = {
  readonly point: Point;
  /** What says so; `photo`: its own EXIF or XMP. */
  readonly from: 'photo' | 'xmp' | 'takeout' | 'index';
  /** From the answer. */
  readonly distance_km: number | null;
};

export type HintsAnswer = {
  readonly given: {
    readonly country?: readonly string[];
    readonly exclude_country?: readonly string[];
    readonly bbox?: readonly [number, number, number, number];
    readonly exclude_bbox?: readonly [number, number, number, number];
    readonly near?: {
      /** Degrees north, WGS 84. */
      readonly lat: number;
      /** Degrees east, WGS 84. */
      readonly lon: number;
      readonly uncertainty_km: number;
    };
  };
  /** Probability, without the hints, of the places where they hold. */
  readonly agreeing_mass_without: number;
  /** Whether the answer is another than without them. */
  readonly changed: boolean;
  readonly without: {
    readonly point: Point;
    readonly place: NearestPlace;
  };
};

export type QueryEcho = {
  /** Of a photo's bytes. */
  readonly sha256: string | null;
  /** The reference that the query is, where it is in the index. */
  readonly reference_id: string | null;
};

/** Milliseconds by step. */
export type TookMs = Readonly<Record<string, number>>;

export type LocateAnswer = {
  readonly query: QueryEcho;
  readonly verdict: Verdict;
  /** Where the photo says that it was taken. It is never evidence. */
  readonly known: KnownPosition | null;
  /** What the photo says of itself; null for a query that is no photo. */
  readonly photo_facts: {
    readonly captured_at: string | null;
    readonly heading_deg: number | null;
    readonly author: string | null;
    readonly licence: string | null;
  } | null;
  /** What the model must not be used for: such as that it knows nothing about real photos. */
  readonly model_notice: string | null;
  /** Whether the verdict is sure or likely. */
  readonly confident: boolean;
  /** Why the answer is not confident. */
  readonly reason: string | null;
  readonly calibrated: boolean;
  /** The measure of doubt. */
  readonly spread: number;
  readonly candidates: readonly Candidate[];
  readonly neighbours: readonly ({
    readonly id: string;
    /** Cosine. */
    readonly score: number;
    readonly point: Point;
    readonly group_size: number;
    readonly source: string | null;
    readonly captured_at: string | null;
    readonly author: string | null;
    readonly licence: string | null;
    readonly attribution: string | null;
    readonly url: string | null;
    readonly thumbnail: string;
  })[];
  readonly captions: readonly CaptionAnswer[];
  readonly index_coverage: IndexCoverage;
  /** Where the probability lies, the likeliest place first; where it was asked for. */
  readonly posterior?: readonly ({
    readonly point: Point;
    readonly probability: number;
  })[];
  /** What the hints did; null for a query without. */
  readonly hints: HintsAnswer | null;
  readonly blend: BlendAnswer;
  /** Of length 1; where it was asked for. */
  readonly embedding?: readonly number[];
  readonly model: string;
  readonly took_ms: TookMs;
};

export type LocateFeatures = {
  readonly type: 'FeatureCollection';
  readonly features: readonly ({
    readonly type: 'Feature';
    readonly geometry: {
      readonly type: 'Point';
      /** Longitude and latitude, WGS 84. */
      readonly coordinates: readonly number[];
    } | {
      readonly type: 'Polygon';
      readonly coordinates: readonly (readonly (readonly number[])[])[];
    };
    /** Of a candidate its `rank` from 1, probability, radii and place; of a circle the `rank` of its candidate, the probability that it `holds`, and `radius_km`; of the others what the JSON answer says of them. */
    readonly properties: {
      readonly kind: 'candidate' | 'circle' | 'known' | 'neighbour' | 'posterior';
    };
  })[];
  readonly query: QueryEcho;
  readonly verdict: Verdict;
  /** Where the photo says that it was taken. It is never evidence. */
  readonly known: KnownPosition | null;
  /** What the photo says of itself; null for a query that is no photo. */
  readonly photo_facts: {
    readonly captured_at: string | null;
    readonly heading_deg: number | null;
    readonly author: string | null;
    readonly licence: string | null;
  } | null;
  /** What the model must not be used for: such as that it knows nothing about real photos. */
  readonly model_notice: string | null;
  /** Whether the verdict is sure or likely. */
  readonly confident: boolean;
  /** Why the answer is not confident. */
  readonly reason: string | null;
  readonly calibrated: boolean;
  /** The measure of doubt. */
  readonly spread: number;
  readonly captions: readonly CaptionAnswer[];
  readonly index_coverage: IndexCoverage;
  /** What the hints did; null for a query without. */
  readonly hints: HintsAnswer | null;
  readonly blend: BlendAnswer;
  /** Of length 1; where it was asked for. */
  readonly embedding?: readonly number[];
  readonly model: string;
  readonly took_ms: TookMs;
};

export type SimilarOptions = {
  /** Most results; the operator sets the largest (`k_max`). 10 by default. */
  readonly limit?: number;
  /** Only results of at least this cosine. */
  readonly min_score?: number;
  /** Look at every vector in place of the graph. */
  readonly exact?: boolean;
  /** One result for each group of a sequence or of 25 m. */
  readonly collapse?: boolean;
  /** List a query that is in the index; true by default. */
  readonly include_self?: boolean;
  readonly filter?: Filter;
  readonly exclude?: Exclude;
};

export type SimilarQuery = {
  /** The bytes of a picture in base64. */
  readonly image_base64?: string;
  /** An http(s) URL of a picture; only from hosts that the operator allows (`fetch_hosts`). */
  readonly image_url?: string;
  /** Id of a reference of this index. */
  readonly reference_id?: string;
  /** Words in place of a picture. */
  readonly text?: string;
  /** A vector of the model's dimension, of any length but 0. */
  readonly embedding?: readonly number[];
  /** Most results; the operator sets the largest (`k_max`). 10 by default. */
  readonly limit?: number;
  /** Only results of at least this cosine. */
  readonly min_score?: number;
  /** Look at every vector in place of the graph. */
  readonly exact?: boolean;
  /** One result for each group of a sequence or of 25 m. */
  readonly collapse?: boolean;
  /** List a query that is in the index; true by default. */
  readonly include_self?: boolean;
  readonly filter?: Filter;
  readonly exclude?: Exclude;
};

export type SimilarAnswer = {
  readonly query: QueryEcho;
  readonly results: readonly ({
    /** Cosine. */
    readonly score: number;
    readonly group_size: number;
    readonly id: string;
    readonly point: Point;
    /** ISO code of the country that holds the point, null at sea. */
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
    /** Path of the first source, below its root. */
    readonly source: string | null;
    /** Where the photo is served. */
    readonly image: string;
    readonly thumbnail: string;
  })[];
  readonly exact: boolean;
  readonly model: string;
  readonly took_ms: TookMs;
};

export type SimilarFeatures = {
  readonly type: 'FeatureCollection';
  readonly features: readonly ({
    readonly type: 'Feature';
    readonly id: string;
    readonly geometry: {
      readonly type: 'Point';
      /** Longitude and latitude, WGS 84. */
      readonly coordinates: readonly number[];
    };
    readonly properties: Readonly<Record<string, unknown>>;
  })[];
  readonly query: QueryEcho;
  readonly exact: boolean;
  readonly model: string;
  readonly took_ms: TookMs;
};

export type ClassifyOptions = {
  /** The labels to choose from; the operator sets how many (`labels_max`). */
  readonly labels?: readonly string[];
  /** A named set in place of `labels`: all countries, or the place captions nearest to the query. */
  readonly label_set?: 'countries' | 'places';
  /** The sentence that a label stands in, as {label}. */
  readonly template?: string;
};

export type ClassifyQuery = {
  /** The bytes of a picture in base64. */
  readonly image_base64?: string;
  /** An http(s) URL of a picture; only from hosts that the operator allows (`fetch_hosts`). */
  readonly image_url?: string;
  /** Id of a reference of this index. */
  readonly reference_id?: string;
  /** Words in place of a picture. */
  readonly text?: string;
  /** A vector of the model's dimension, of any length but 0. */
  readonly embedding?: readonly number[];
  /** The labels to choose from; the operator sets how many (`labels_max`). */
  readonly labels?: readonly string[];
  /** A named set in place of `labels`: all countries, or the place captions nearest to the query. */
  readonly label_set?: 'countries' | 'places';
  /** The sentence that a label stands in, as {label}. */
  readonly template?: string;
};

export type ClassifyAnswer = {
  readonly query: QueryEcho;
  /** The likeliest first. */
  readonly labels: readonly ({
    readonly label: string;
    readonly probability: number;
    readonly logit: number;
  })[];
  readonly model: string;
  readonly took_ms: TookMs;
};

export type EmbedOptions = Readonly<Record<string, never>>;

export type EmbedQuery = {
  /** The bytes of a picture in base64. */
  readonly image_base64?: string;
  /** An http(s) URL of a picture; only from hosts that the operator allows (`fetch_hosts`). */
  readonly image_url?: string;
  /** Id of a reference of this index. */
  readonly reference_id?: string;
  /** Words in place of a picture. */
  readonly text?: string;
  /** A vector of the model's dimension, of any length but 0. */
  readonly embedding?: readonly number[];
};

export type EmbedAnswer = {
  readonly query: QueryEcho;
  readonly model: string;
  readonly dimension: number;
  /** Of length 1. */
  readonly embedding: readonly number[];
  readonly took_ms: TookMs;
};

export type Coverage = {
  readonly type: 'FeatureCollection';
  /** Of the H3 cells; coarser than asked for where there are too many. */
  readonly resolution: number;
  /** How many are in these cells together. */
  readonly references: number;
  readonly features: readonly ({
    readonly type: 'Feature';
    /** Name of the H3 cell. */
    readonly id: string;
    /** The mean of the counted positions, that of one photo exactly. The middle of the cell where the server rounds positions, and where `has_sequence` parts photos that are counted together. */
    readonly geometry: {
      readonly type: 'Point';
      /** Longitude and latitude, WGS 84. */
      readonly coordinates: readonly number[];
    };
    readonly properties: {
      readonly count: number;
      /** Of the photo that is counted alone. */
      readonly reference_id: string | null;
    };
  })[];
};

export type Facets = {
  /** Folders that references came from. */
  readonly sources: readonly ({
    /** Opaque. */
    readonly id: string;
    readonly name: string;
    readonly references: number;
  })[];
  readonly years: readonly ({
    /** null: unknown. */
    readonly year: number | null;
    readonly references: number;
  })[];
};

export type NewIngestion = {
  /** Folders, manifests or photos; each begins with the name of an allowed folder (`roots`). */
  readonly sources: readonly string[];
  /** Folder of the photos that manifests name. */
  readonly images?: string;
  /** GPX tracks that give positions by capture time. */
  readonly gpx?: readonly string[];
  /** What to add to times that name no zone to get UTC, for tracks: seconds, or ±HH:MM[:SS]. */
  readonly clock_offset?: string;
  /** What to add to every time because the camera’s clock was wrong, for tracks: seconds, or ±HH:MM[:SS]. */
  readonly clock_correction?: string;
  /** Longest gap within a segment of a track that is bridged, in seconds. */
  readonly gap_max_s?: number;
  /** Read and hash every photo, also where the file’s size, times and inode are those of before. */
  readonly recheck?: boolean;
  /** Try photos again that failed before and have not changed. */
  readonly retry_failed?: boolean;
};

export type RetryIngestion = {
  /** Only failures with this code. */
  readonly code?: string;
  /** Only those with this text in their path or reason. */
  readonly q?: string;
};

export type Ingestion = {
  readonly id: string;
  /** `interrupted`: its process ended before it did; a new one goes on where it ended. */
  readonly state: 'running' | 'finished' | 'stopped' | 'failed' | 'interrupted';
  readonly sources: readonly string[];
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly done: number;
  /** null until the photos are counted, and for runs of before. */
  readonly total: number | null;
  /** Photos a second. */
  readonly rate: number | null;
  readonly seconds_left: number | null;
  /** Photos by what became of them. */
  readonly counts: Readonly<Record<string, number>>;
  /** The first 1,000 of this run. */
  readonly failures: readonly ({
    readonly path: string;
    readonly code: string;
    readonly reason: string;
  })[];
  readonly notices: readonly string[];
  /** Why it failed. */
  readonly problem: {
    readonly code: string;
    readonly detail: string;
  } | null;
};

export type Ingestions = {
  /** Names of the folders that may be ingested. */
  readonly roots: readonly string[];
  /** The newest first. */
  readonly ingestions: readonly Ingestion[];
};

export type Failures = {
  readonly failures: readonly ({
    readonly id: number;
    /** The folder that `path` lies in: its name in ingestions, or the last part of its path. */
    readonly root: string;
    readonly path: string;
    readonly code: string;
    readonly reason: string;
    readonly at: string;
    /** The last that met it, which may be retried; null where it is not known. */
    readonly ingestion: string | null;
    /** Whether its bytes were read, so that it may have a thumbnail. */
    readonly thumbnail: boolean;
  })[];
  readonly total: number;
  /** How many there are of each code, whatever `code` and `q` ask for. */
  readonly codes: readonly ({
    readonly code: string;
    readonly count: number;
  })[];
};

export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What was expected, what came, what to do. */
  readonly detail: string;
  readonly instance: string;
  /** Stable; made for programs. */
  readonly code: string;
  readonly errors: readonly ({
    readonly path: string;
    readonly message: string;
  })[];
  readonly request_id: string;
};

export type Places = {
  readonly places: readonly ({
    readonly id: string;
    readonly level: 'country' | 'region' | 'city';
    readonly name: string;
    /** The name that matched, maybe an alternate one. */
    readonly matched: string;
    readonly region: string | null;
    readonly country: string;
    readonly iso2: string;
    readonly point: Point;
    readonly population: number;
  })[];
  readonly attribution: string;
};

export type Index = {
  readonly references: number;
  readonly sources: number;
  readonly failures: number;
  /** References whose sources disagree by more than 25 m. */
  readonly conflicts: number;
  /** What the engine that keeps the references says of itself; what else is in it depends on the engine. */
  readonly engine: {
    /** `embedded`: SQLite and HNSW on this machine. */
    readonly kind: string;
  };
  readonly model: string;
  readonly model_name: string;
  readonly model_licence: string | null;
  /** What people must know about the model. */
  readonly notice: string | null;
  /** How many photos `GET /v1/samples/{n}` has to try the index with. */
  readonly samples: number;
  readonly dimension: number;
  readonly precision: string;
  readonly calibration: {
    readonly calibrated: boolean;
    /** Name of the blend profile that answers are weighed by. */
    readonly profile: string;
    /** When it was fitted. */
    readonly date: string | null;
    /** How many queries it was fitted on; 0 for the default one. */
    readonly queries: number;
    /** How many authors those are of. */
    readonly authors: number;
    /** Why the profile kept with the index, or its calibration, is not used. */
    readonly refused: string | null;
  };
  readonly gazetteer: {
    readonly countries: number;
    readonly regions: number;
    readonly cities: number;
    readonly attribution: string;
  };
};

export type Live = {
  readonly live: true;
};

export type Ready = {
  readonly ready: true;
  readonly model: string;
  readonly references: number;
};

export type Health = {
  readonly status: 'ok' | 'starting' | 'stopping' | 'failed';
  readonly version: string;
  readonly uptime_s: number;
  readonly model: string | null;
  readonly references: number | null;
  readonly requests_in_flight: number;
  readonly resident_bytes: number;
};

export type LocateLine = {
  /** Place of the photo in the form, from 0. */
  readonly index: number;
  readonly filename: string;
  readonly answer?: LocateAnswer;
  /** In place of `answer`: why there is none. */
  readonly problem?: Problem;
};

/** Every call: what it takes and what it answers. */
export interface Calls {
  /** Says where a photo was taken. */
  'POST /v1/locate': {
    readonly json?: LocateQuery;
    readonly form?: {
      /** The file of a picture. */
      readonly image: Blob;
      readonly options?: LocateOptions;
    };
    readonly answer: LocateAnswer;
  };
  /** Says where each of several photos was taken. */
  'POST /v1/locate/batch': {
    readonly form: {
      readonly image: readonly Blob[];
      readonly options?: LocateOptions;
    };
    readonly answer: Response;
  };
  /** Finds references that look like a query, by cosine. */
  'POST /v1/similar': {
    readonly json?: SimilarQuery;
    readonly form?: {
      /** The file of a picture. */
      readonly image: Blob;
      readonly options?: SimilarOptions;
    };
    readonly answer: SimilarAnswer;
  };
  /** Gives the probability of each of your labels. */
  'POST /v1/classify': {
    readonly json?: ClassifyQuery;
    readonly form?: {
      /** The file of a picture. */
      readonly image: Blob;
      readonly options?: ClassifyOptions;
    };
    readonly answer: ClassifyAnswer;
  };
  /** Gives the unit vector of a query. */
  'POST /v1/embed': {
    readonly json?: EmbedQuery;
    readonly form?: {
      /** The file of a picture. */
      readonly image: Blob;
      readonly options?: EmbedOptions;
    };
    readonly answer: EmbedAnswer;
  };
  /** Adds a photo with its position. */
  'POST /v1/references': {
    readonly json?: NewReference;
    readonly form?: {
      /** The file of a picture. */
      readonly image: Blob;
      readonly metadata?: ReferenceMetadata;
    };
    readonly answer: AddedReference;
  };
  /** Lists references, page by page. */
  'GET /v1/references': {
    readonly query: {
      /** west,south,east,north; west > east crosses 180°. */
      readonly bbox?: string;
      /** lat,lon,km */
      readonly near?: string;
      /** ISO codes or names, with commas or repeated. */
      readonly country?: string | readonly string[];
      /** Taken at this time or later; a date alone is the beginning of that day (UTC). */
      readonly captured_after?: string;
      /** Taken at this time or earlier; a date alone includes that day (UTC). */
      readonly captured_before?: string;
      /** May be repeated: any of them. */
      readonly sequence?: string | readonly string[];
      /** May be repeated: any of them. */
      readonly author?: string | readonly string[];
      /** Start of a source path; may be repeated. */
      readonly source?: string | readonly string[];
      /** A folder that references came from, by `/v1/facets`. */
      readonly source_id?: string;
      /** Whether it belongs to a walk or drive. */
      readonly has_sequence?: 'true' | 'false';
      /** Conditions as a JSON object: what matches any of them is left out. */
      readonly exclude?: string;
      /** `cursor` of the page before. */
      readonly cursor?: string;
      /** References on a page, 100 by default. */
      readonly limit?: number;
    };
    readonly answer: ReferenceList;
  };
  /** One reference. */
  'GET /v1/references/{id}': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: PlacedReference;
  };
  /** Takes a reference away. */
  'DELETE /v1/references/{id}': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: undefined;
  };
  /** A reference's photo. */
  'GET /v1/references/{id}/image': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: Response;
  };
  /** A reference's photo, at most 320 pixels a side. */
  'GET /v1/references/{id}/thumbnail': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: Response;
  };
  /** Begins to ingest folders or manifests of the server. */
  'POST /v1/ingestions': {
    readonly json: NewIngestion;
    readonly answer: Ingestion;
  };
  /** Lists what was ingested, by this server or another process. */
  'GET /v1/ingestions': {
    readonly answer: Ingestions;
  };
  /** Where an ingestion stands. */
  'GET /v1/ingestions/{id}': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: Ingestion;
  };
  /** Asks an ingestion to stop. */
  'DELETE /v1/ingestions/{id}': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: Ingestion;
  };
  /** Tries again what failed in an ingestion. */
  'POST /v1/ingestions/{id}/retry': {
    readonly path: {
      readonly id: string;
    };
    readonly json: RetryIngestion;
    readonly answer: Ingestion;
  };
  /** Follows an ingestion by server-sent events. */
  'GET /v1/ingestions/{id}/events': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: Response | undefined;
  };
  /** Files that could not be ingested, with the reasons. */
  'GET /v1/failures': {
    readonly query: {
      /** Only those that this ingestion was the last to meet, by its id: the others were met again, or mended. */
      readonly ingestion?: string;
      /** Only failures with this code. */
      readonly code?: string;
      /** Only those with this text in their path or reason. */
      readonly q?: string;
      /** 1,000 by default. */
      readonly limit?: number;
    };
    readonly answer: Failures;
  };
  /** The photo of a failure, at most 320 pixels a side. */
  'GET /v1/failures/{id}/thumbnail': {
    readonly path: {
      readonly id: string;
    };
    readonly answer: Response;
  };
  /** How many references lie where: the clusters of a map. */
  'GET /v1/coverage': {
    readonly query: {
      /** west,south,east,north; west > east crosses 180°. The whole world by default. */
      readonly bbox?: string;
      /** Zoom of the map, of a world 512 pixels wide at 0: cells are about 60 to 150 pixels wide. 0 by default. */
      readonly zoom?: number;
      /** Only of this source: an id that `/v1/facets` gives. */
      readonly source?: string;
      /** Only taken in this year (UTC) or later. */
      readonly year_from?: number;
      /** Only taken in this year or earlier; those of unknown years are left out. */
      readonly year_to?: number;
      /** ISO codes or names, with commas or repeated. */
      readonly country?: string | readonly string[];
      /** Whether it belongs to a walk or drive. */
      readonly has_sequence?: 'true' | 'false';
    };
    readonly answer: Coverage;
  };
  /** By what the references can be narrowed. */
  'GET /v1/facets': {
    readonly answer: Facets;
  };
  /** Searches the gazetteer by name. */
  'GET /v1/places': {
    readonly query: {
      /** A name or the start of one; accents and case do not matter. */
      readonly q: string;
      readonly level?: 'country' | 'region' | 'city';
      readonly country?: string;
      /** 10 by default. */
      readonly limit?: number;
    };
    readonly answer: Places;
  };
  /** What the index holds, and the model it was made with. */
  'GET /v1/index': {
    readonly answer: Index;
  };
  /** A photo to try the index with. */
  'GET /v1/samples/{n}': {
    readonly path: {
      readonly n: string;
    };
    readonly answer: Response;
  };
  /** The process answers. */
  'GET /livez': {
    readonly answer: Live;
  };
  /** The model is warm and the index open. */
  'GET /readyz': {
    readonly answer: Ready;
  };
  /** How the server is doing. */
  'GET /healthz': {
    readonly answer: Health;
  };
  /** Figures for Prometheus. */
  'GET /metrics': {
    readonly answer: Response;
  };
  /** This API as OpenAPI 3.1. */
  'GET /openapi.json': {
    readonly answer: unknown;
  };
  /** This API as a page for people. */
  'GET /docs': {
    readonly answer: Response;
  };
}
