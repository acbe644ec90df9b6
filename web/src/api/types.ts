import type { Index, Ingestions, LocateAnswer, NearestPlace, Places } from '../../../src/client/api-types.js';

/** The API's own types, generated from its OpenAPI document, under the words of the page. */
export type {
  Candidate,
  ClassifyAnswer,
  Coverage,
  Facets,
  Failures,
  Ingestion,
  LocateAnswer,
  PlacedReference,
  Point,
  Reference,
  ReferenceList,
  SimilarAnswer,
  SimilarQuery,
} from '../../../src/client/api-types.js';

export type PlaceName = NearestPlace;
export type Neighbour = LocateAnswer['neighbours'][number];
export type Caption = LocateAnswer['captions'][number];
/** What retrieval or captions say alone. */
export type Side = NonNullable<LocateAnswer['blend']['retrieval_alone']>;
export type IndexFacts = Index;
export type Place = Places['places'][number];
export type IngestionList = Ingestions;

/** west, south, east, north */
export type Box = readonly [number, number, number, number];

/** Hints as the page makes them: countries always as lists. */
export interface Hints {
  readonly country?: readonly string[];
  readonly exclude_country?: readonly string[];
  readonly bbox?: Box;
  readonly exclude_bbox?: Box;
  readonly near?: { readonly lat: number; readonly lon: number; readonly uncertainty_km: number };
}
