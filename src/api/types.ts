import type { z } from 'zod';
import type { auditSchema } from './audit.js';
import type * as collection from './collection.js';
import type { coverageSchema, facetsSchema } from './coverage.js';
import type { duplicatesSchema } from './duplicates.js';
import type { excludeSchema, filterSchema } from './filter.js';
import type { placeSchema, pointSchema } from './geo.js';
import type { hintsGivenSchema, hintsSchema } from './hints.js';
import type * as ingestions from './ingestions.js';
import type * as locate from './locate.js';
import type { locateLineSchema } from './locate-batch.js';
import type * as references from './references.js';
import type * as search from './search.js';
import type * as service from './service.js';

type Sealed<T> = unknown extends T ? T : { readonly [Key in keyof T]: Sealed<T[Key]> };

/** The JSON that a schema describes, as it is sent. */
export type Json<Schema extends z.ZodType> = Sealed<z.input<Schema>>;

export type Point = Json<typeof pointSchema>;
export type NearestPlace = Json<typeof placeSchema>;
export type Problem = Json<typeof service.problemSchema>;

export type Filter = Json<typeof filterSchema>;
export type Exclude = Json<typeof excludeSchema>;
export type Hints = Json<typeof hintsSchema>;
export type HintsGiven = Json<typeof hintsGivenSchema>;
export type QueryEcho = Json<typeof locate.queryEchoSchema>;
export type TookMs = Json<typeof locate.tookSchema>;

export type LocateOptions = Json<typeof locate.locateOptionsSchema>;
export type LocateQuery = Json<typeof locate.locateBodySchema>;
export type LocateAnswer = Json<typeof locate.locateAnswerSchema>;
export type LocateFeatures = Json<typeof locate.locateFeaturesSchema>;
export type LocateLine = Json<typeof locateLineSchema>;
export type Verdict = Json<typeof locate.verdictSchema>;
export type KnownPosition = Json<typeof locate.knownSchema>;
export type Candidate = Json<typeof locate.candidateSchema>;
export type CaptionAnswer = Json<typeof locate.captionAnswerSchema>;
export type IndexCoverage = Json<typeof locate.indexCoverageSchema>;
export type HintsAnswer = Json<typeof locate.hintsAnswerSchema>;
export type BlendAnswer = Json<typeof locate.blendAnswerSchema>;
export type AloneAnswer = Json<typeof locate.aloneSchema>;

export type SimilarOptions = Json<typeof search.similarOptionsSchema>;
export type SimilarQuery = Json<typeof search.similarBodySchema>;
export type SimilarAnswer = Json<typeof search.similarAnswerSchema>;
export type SimilarFeatures = Json<typeof search.similarFeaturesSchema>;
export type ClassifyOptions = Json<typeof search.classifyOptionsSchema>;
export type ClassifyQuery = Json<typeof search.classifyBodySchema>;
export type ClassifyAnswer = Json<typeof search.classifyAnswerSchema>;
export type EmbedOptions = Json<typeof search.embedOptionsSchema>;
export type EmbedQuery = Json<typeof search.embedBodySchema>;
export type EmbedAnswer = Json<typeof search.embedAnswerSchema>;

export type Reference = Json<typeof references.referenceSchema>;
export type PlacedReference = Json<typeof references.placedReferenceSchema>;
export type ReferenceMetadata = Json<typeof references.referenceMetadataSchema>;
export type NewReference = Json<typeof references.addReferenceBodySchema>;
export type AddedReference = Json<typeof references.addedReferenceSchema>;
export type ReferenceList = Json<typeof references.referenceListSchema>;
export type FeatureCollection = Json<typeof references.featureCollectionSchema>;

export type NewIngestion = Json<typeof ingestions.newIngestionSchema>;
export type RetryIngestion = Json<typeof ingestions.retryIngestionSchema>;
export type Ingestion = Json<typeof ingestions.ingestionSchema>;
export type Ingestions = Json<typeof ingestions.ingestionListSchema>;
export type Failures = Json<typeof ingestions.failuresSchema>;

export type Coverage = Json<typeof coverageSchema>;
export type Facets = Json<typeof facetsSchema>;
export type Audit = Json<typeof auditSchema>;
export type Duplicates = Json<typeof duplicatesSchema>;
export type LabelSets = Json<typeof collection.labelSetsAnswerSchema>;
export type TagRun = Json<typeof collection.tagRunSchema>;
export type TagCells = Json<typeof collection.tagCellsSchema>;
export type TagPhotos = Json<typeof collection.tagPhotosSchema>;
export type Labels = Json<typeof collection.labelsAnswerSchema>;
export type PhotosToLabel = Json<typeof collection.toLabelSchema>;
export type Sample = Json<typeof collection.sampleSchema>;
export type Probe = Json<typeof collection.probeSchema>;
export type Shares = Json<typeof collection.sharesSchema>;
export type Places = Json<typeof service.placesAnswerSchema>;
export type Index = Json<typeof service.indexAnswerSchema>;
export type Live = Json<typeof service.liveSchema>;
export type Ready = Json<typeof service.readySchema>;
export type Health = Json<typeof service.healthSchema>;
