import type { z } from 'zod';
import { auditQuerySchema, auditSchema } from './audit.js';
import {
  labelSetsAnswerSchema,
  labelsAnswerSchema,
  newLabelSchema,
  newSampleSchema,
  newTagsSchema,
  probeSchema,
  sampleSchema,
  sharesBodySchema,
  sharesSchema,
  tagCellsQuerySchema,
  tagCellsSchema,
  tagPhotosQuerySchema,
  tagPhotosSchema,
  tagRunSchema,
  toLabelQuerySchema,
  toLabelSchema,
  trainSchema,
} from './collection.js';
import { coverageQuerySchema, coverageSchema, facetsSchema } from './coverage.js';
import { duplicatesQuerySchema, duplicatesSchema } from './duplicates.js';
import {
  failuresQuerySchema,
  failuresSchema,
  ingestionListSchema,
  ingestionSchema,
  newIngestionSchema,
  retryIngestionSchema,
} from './ingestions.js';
import { locateAnswerSchema, locateBodySchema, locateFeaturesSchema, locateOptionsSchema } from './locate.js';
import { locateLineSchema } from './locate-batch.js';
import { QUERY_FIELDS } from './query.js';
import {
  addedReferenceSchema,
  addReferenceBodySchema,
  featureCollectionSchema,
  listQuerySchema,
  placedReferenceSchema,
  referenceListSchema,
  referenceMetadataSchema,
} from './references.js';
import {
  classifyAnswerSchema,
  classifyBodySchema,
  classifyOptionsSchema,
  embedAnswerSchema,
  embedBodySchema,
  embedOptionsSchema,
  similarAnswerSchema,
  similarBodySchema,
  similarFeaturesSchema,
  similarOptionsSchema,
} from './search.js';
import {
  healthSchema,
  indexAnswerSchema,
  liveSchema,
  placesAnswerSchema,
  placesQuerySchema,
  readySchema,
} from './service.js';

/** What a call takes and what it answers. */
export interface Call {
  readonly query?: z.ZodObject;
  readonly body?: {
    /** null: only a form is taken. */
    readonly json: z.ZodType | null;
    /** The JSON body must hold exactly one of these. */
    readonly oneOf?: readonly string[];
    /** The form: a file `image` and this JSON part. None: no form is taken. */
    readonly part?: { readonly name: string; readonly schema: z.ZodType };
    /** The form may hold several files `image`. */
    readonly many?: boolean;
  };
  readonly answers: Readonly<Record<number, CallAnswer>>;
}

export interface CallAnswer {
  readonly description: string;
  /** Media types with their schemas; null for bytes. */
  readonly content: Readonly<Record<string, z.ZodType | null>>;
}

export const GEOJSON = 'application/geo+json';

/** What a caller gets whose `If-None-Match` names what it would be answered. */
const NOT_MODIFIED = { description: 'The same as the caller has.', content: {} };

const PICTURE = { description: 'The picture.', content: { 'image/*': null } };
const THUMBNAIL = { description: 'The picture.', content: { 'image/webp': null, 'image/jpeg': null } };

/** An answer that is JSON and nothing else. */
const json = <Schema extends z.ZodType>(description: string, schema: Schema) => ({
  description,
  content: { 'application/json': schema },
});

/** JSON, or GeoJSON where the caller prefers it. */
const either = <Schema extends z.ZodType, Features extends z.ZodType>(
  description: string,
  schema: Schema,
  features: Features,
) => ({ description, content: { 'application/json': schema, [GEOJSON]: features } }) as const;

/** A query as JSON, or as a form with its options beside the picture. */
const query = <Body extends z.ZodType, Options extends z.ZodType>(body: Body, options: Options) => ({
  json: body,
  oneOf: QUERY_FIELDS,
  part: { name: 'options' as const, schema: options },
});

/** Every call of the API, in the order in which the docs list them: routes answer them, the client's types are of them. */
export const calls = {
  'POST /v1/locate': {
    body: query(locateBodySchema, locateOptionsSchema),
    answers: { 200: either('Candidates, evidence, blend.', locateAnswerSchema, locateFeaturesSchema) },
  },
  'POST /v1/locate/batch': {
    body: { json: null, many: true, part: { name: 'options', schema: locateOptionsSchema } },
    answers: {
      200: { description: 'A line of JSON for each photo.', content: { 'application/x-ndjson': locateLineSchema } },
    },
  },
  'POST /v1/similar': {
    body: query(similarBodySchema, similarOptionsSchema),
    answers: { 200: either('References, the most alike first.', similarAnswerSchema, similarFeaturesSchema) },
  },
  'POST /v1/classify': {
    body: query(classifyBodySchema, classifyOptionsSchema),
    answers: { 200: json('Labels, the likeliest first.', classifyAnswerSchema) },
  },
  'POST /v1/embed': {
    body: query(embedBodySchema, embedOptionsSchema),
    answers: { 200: json('The vector.', embedAnswerSchema) },
  },
  'POST /v1/references': {
    body: { json: addReferenceBodySchema, part: { name: 'metadata', schema: referenceMetadataSchema } },
    answers: {
      201: json('Added.', addedReferenceSchema),
      200: json('It was there already; its facts may have been corrected.', addedReferenceSchema),
    },
  },
  'GET /v1/references': {
    query: listQuerySchema,
    answers: { 200: either('A page.', referenceListSchema, featureCollectionSchema), 304: NOT_MODIFIED },
  },
  'GET /v1/references/{id}': {
    answers: {
      200: json('The reference, with the place that it is near.', placedReferenceSchema),
      304: NOT_MODIFIED,
    },
  },
  'DELETE /v1/references/{id}': { answers: { 204: { description: 'Gone.', content: {} } } },
  'GET /v1/references/{id}/image': { answers: { 200: PICTURE, 304: NOT_MODIFIED } },
  'GET /v1/references/{id}/thumbnail': { answers: { 200: THUMBNAIL, 304: NOT_MODIFIED } },
  'POST /v1/ingestions': { body: { json: newIngestionSchema }, answers: { 202: json('It runs.', ingestionSchema) } },
  'GET /v1/ingestions': { answers: { 200: json('Ingestions and the allowed folders.', ingestionListSchema) } },
  'GET /v1/ingestions/{id}': {
    answers: { 200: json('Its state, with failures and their reasons.', ingestionSchema) },
  },
  'DELETE /v1/ingestions/{id}': { answers: { 202: json('Where it stands.', ingestionSchema) } },
  'POST /v1/ingestions/{id}/retry': {
    body: { json: retryIngestionSchema },
    answers: { 202: json('It runs.', ingestionSchema) },
  },
  'GET /v1/ingestions/{id}/events': {
    answers: {
      200: { description: 'The events.', content: { 'text/event-stream': null } },
      204: { description: 'It is over, and the reader has seen its end.', content: {} },
    },
  },
  'GET /v1/failures': {
    query: failuresQuerySchema,
    answers: {
      200: { description: 'By root and path.', content: { 'application/json': failuresSchema, 'text/csv': null } },
    },
  },
  'GET /v1/failures/{id}/thumbnail': { answers: { 200: THUMBNAIL, 304: NOT_MODIFIED } },
  'GET /v1/coverage': {
    query: coverageQuerySchema,
    answers: {
      200: { description: 'Cells with their counts.', content: { [GEOJSON]: coverageSchema } },
      304: NOT_MODIFIED,
    },
  },
  'GET /v1/facets': { answers: { 200: json('Sources and years with their counts.', facetsSchema), 304: NOT_MODIFIED } },
  'GET /v1/duplicates': {
    query: duplicatesQuerySchema,
    answers: { 200: json('Groups of photos that are one picture.', duplicatesSchema), 304: NOT_MODIFIED },
  },
  'GET /v1/audit': {
    query: auditQuerySchema,
    answers: { 200: json('The last audit of the index.', auditSchema), 304: NOT_MODIFIED },
  },
  'GET /v1/label-sets': {
    answers: { 200: json('The sets, with what is tagged and labelled.', labelSetsAnswerSchema) },
  },
  'POST /v1/tags': { body: { json: newTagsSchema }, answers: { 202: json('It runs.', tagRunSchema) } },
  'GET /v1/tags/{id}/cells': {
    query: tagCellsQuerySchema,
    answers: {
      200: { description: 'Cells with their shares.', content: { [GEOJSON]: tagCellsSchema } },
      304: NOT_MODIFIED,
    },
  },
  'GET /v1/tags/{id}/photos': {
    query: tagPhotosQuerySchema,
    answers: { 200: json('A page.', tagPhotosSchema), 304: NOT_MODIFIED },
  },
  'GET /v1/labels/{id}': {
    answers: {
      200: json('How many photos have which label, samples and the probe.', labelsAnswerSchema),
      304: NOT_MODIFIED,
    },
  },
  'POST /v1/labels/{id}': { body: { json: newLabelSchema }, answers: { 204: { description: 'Kept.', content: {} } } },
  'GET /v1/labels/{id}/next': {
    query: toLabelQuerySchema,
    answers: { 200: json('Photos to label.', toLabelSchema), 304: NOT_MODIFIED },
  },
  'POST /v1/labels/{id}/samples': {
    body: { json: newSampleSchema },
    answers: { 201: json('The sample.', sampleSchema) },
  },
  'POST /v1/probes/{id}': { body: { json: trainSchema }, answers: { 200: json('What it learnt.', probeSchema) } },
  'POST /v1/shares/{id}': { body: { json: sharesBodySchema }, answers: { 200: json('Shares.', sharesSchema) } },
  'GET /v1/places': {
    query: placesQuerySchema,
    answers: { 200: json('Places, the best match first.', placesAnswerSchema) },
  },
  'GET /v1/index': { answers: { 200: json('Counts, model, calibration, engine.', indexAnswerSchema) } },
  'GET /v1/samples/{n}': { answers: { 200: PICTURE } },
  'GET /livez': { answers: { 200: json('Alive.', liveSchema) } },
  'GET /readyz': { answers: { 200: json('Ready.', readySchema) } },
  'GET /healthz': { answers: { 200: json('A summary.', healthSchema) } },
  'GET /metrics': { answers: { 200: { description: "Prometheus' text format.", content: { 'text/plain': null } } } },
  'GET /openapi.json': { answers: { 200: { description: 'The document.', content: { 'application/json': null } } } },
  'GET /docs': { answers: { 200: { description: 'The page.', content: { 'text/html': null } } } },
} as const satisfies Record<string, Call>;

export type CallName = keyof typeof calls;
