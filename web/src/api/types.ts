import type {
  HintsGiven,
  Index,
  Ingestions,
  LabelSets,
  LocateAnswer,
  NearestPlace,
  Places,
  TagPhotos,
} from '../../../src/client/client.js';

/** The API's types under the page's names. */
export type {
  Audit,
  Candidate,
  ClassifyAnswer,
  Coverage,
  Duplicates,
  Facets,
  Failures,
  Ingestion,
  LabelSets,
  Labels,
  LocateAnswer,
  PhotosToLabel,
  PlacedReference,
  Point,
  Probe,
  Reference,
  ReferenceList,
  Shares,
  SimilarAnswer,
  SimilarQuery,
  TagCells,
  TagPhotos,
} from '../../../src/client/client.js';

export type PlaceName = NearestPlace;
export type Neighbour = LocateAnswer['neighbours'][number];
export type Caption = LocateAnswer['captions'][number];
/** The answer of retrieval or captions alone. */
export type Side = NonNullable<LocateAnswer['blend']['retrieval_alone']>;
export type IndexFacts = Index;
export type Place = Places['places'][number];
export type IngestionList = Ingestions;
export type LabelSet = LabelSets['sets'][number];
export type TagPhoto = TagPhotos['photos'][number];

/** west, south, east, north */
export type Box = readonly [number, number, number, number];

/** Hints as the page makes them: countries always as lists. */
export type Hints = HintsGiven;
