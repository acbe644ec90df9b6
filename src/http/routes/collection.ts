import type { z } from 'zod';
import {
  newLabelSchema,
  newSampleSchema,
  newTagsSchema,
  sharesBodySchema,
  tagCellsQuerySchema,
  tagPhotosQuerySchema,
  toLabelQuerySchema,
  trainSchema,
} from '../../api/collection.js';
import type {
  LabelSets,
  Labels,
  PhotosToLabel,
  Probe,
  Sample,
  Shares,
  TagCells,
  TagPhotos,
  TagRun,
} from '../../api/types.js';
import type { KnownSet } from '../../collection/known-sets.js';
import type { Probe as KeptProbe } from '../../collection/probes/probe.js';
import { rankedPhotos, tagHistogram } from '../../collection/tags/ranked-photos.js';
import type { TaggedSet } from '../../collection/tags/tags.js';
import { cellCentre, finestWider, resolutionAtZoom } from '../../geo/cells.js';
import { roundPoint } from '../../locate/round.js';
import type { Bodies } from '../bodies.js';
import { tagsIn, toReferenceFilter } from '../checked-filter.js';
import { parseRequest } from '../parse-request.js';
import { pathId } from '../path-id.js';
import { bodyReader } from '../read-body.js';
import { call, type Route, type RouteParts } from '../route.js';
import { sendGeoJson } from '../send-geojson.js';
import { shapeReference } from '../shape-reference.js';

const BODY_BYTES_MAX = 1024 * 1024;
const LIMIT_DEFAULT = 50;
const TO_LABEL_DEFAULT = 20;
const WORLD = { west: -180, south: -90, east: 180, north: 90 };

/** Calls that question the whole collection: label sets, tags, labels, probes, shares. */
export function collectionRoutes(shared: RouteParts): readonly Route[] {
  return [
    labelSetsRoute(shared),
    newTagsRoute(shared),
    tagCellsRoute(shared),
    tagPhotosRoute(shared),
    labelsRoute(shared),
    newLabelRoute(shared),
    toLabelRoute(shared),
    newSampleRoute(shared),
    trainRoute(shared),
    sharesRoute(shared),
  ];
}

function labelSetsRoute({ parts }: RouteParts): Route {
  return {
    ...call('GET /v1/label-sets'),
    scope: 'read',
    summary: 'Questions that photos can be asked, and what the index knows of the answers',
    problems: [503],
    handle: async (_request, response) => {
      const { references, sets } = await parts.collection.sets();
      const answer: LabelSets = { references, sets: sets.map(shapeSet), run: parts.collection.tagging.run };
      response.setHeader('Cache-Control', 'private, no-cache').json(answer);
    },
  };
}

function newTagsRoute({ parts, bodies }: RouteParts): Route {
  const read = jsonReader(bodies, newTagsSchema);
  return {
    ...call('POST /v1/tags'),
    scope: 'write',
    summary: 'Begins to tag the photos with a label set',
    description:
      'By the probe of the set where there is one, else by its sentences, which is weak. `GET /v1/label-sets` says how far it is; photos that are tagged already cost nothing.',
    bodyBytesMax: BODY_BYTES_MAX,
    problems: [400, 404, 409, 413, 415, 422, 503],
    handle: async (request, response) => {
      const { set } = await read(request, response);
      await parts.collection.tag(set);
      response.status(202).json({ set } satisfies TagRun);
    },
  };
}

function tagCellsRoute({ parts }: RouteParts): Route {
  return {
    ...call('GET /v1/tags/{id}/cells'),
    scope: 'read',
    summary: 'Where photos have a label, by cells of a map',
    problems: [400, 404, 409, 503],
    handle: async (request, response) => {
      const { label, bbox, zoom = 0 } = parseRequest(tagCellsQuerySchema, request.query);
      const table = await parts.collection.table(pathId(request));
      const { cells, ...answer } = (await parts.collection.cells()).shares(table, label, {
        bbox: bbox === undefined ? WORLD : boxOf(bbox),
        // A cell must not say where something is more exactly than a point may.
        resolution: Math.min(resolutionAtZoom(zoom), finestWider(parts.config.round_km)),
      });
      response.setHeader('Cache-Control', 'private, no-cache');
      const answered: TagCells = {
        type: 'FeatureCollection',
        ...answer,
        histogram: [...tagHistogram(table, label)],
        features: cells.map(({ cell, photos, share }) => {
          const { lat, lon } = roundPoint(cellCentre(cell));
          return {
            type: 'Feature',
            id: cell,
            geometry: { type: 'Point', coordinates: [lon, lat] },
            properties: { photos, share },
          };
        }),
      };
      sendGeoJson(response, answered);
    },
  };
}

function tagPhotosRoute({ parts, shapePoints }: RouteParts): Route {
  return {
    ...call('GET /v1/tags/{id}/photos'),
    scope: 'read',
    summary: 'Photos by how much of a label they have, page by page',
    problems: [400, 404, 409, 503],
    handle: async (request, response) => {
      const set = pathId(request);
      const {
        label,
        order = 'most',
        bbox,
        cursor,
        limit = LIMIT_DEFAULT,
      } = parseRequest(tagPhotosQuerySchema, request.query);
      const table = await parts.collection.table(set);
      const among = await parts.collection.ids(bbox && { bbox: boxOf(bbox) });
      const ranked = rankedPhotos(table, label, { order, among, limit, ...(cursor === undefined ? {} : { cursor }) });
      const shown = await shapePhotos(
        parts,
        ranked.photos.map(({ id }) => id),
      );
      const values = new Map(ranked.photos.map(({ id, value }) => [id, value]));
      const labels = await parts.collection.labelsOf(set);
      const photos = shown.map((photo) => ({
        ...photo,
        value: values.get(photo.id) ?? 0,
        labels: copied(labels.get(photo.id)),
      }));
      response
        .setHeader('Cache-Control', 'private, no-cache')
        .json(shapePoints<TagPhotos>({ photos, cursor: ranked.cursor }));
    },
  };
}

const copied = (labels: readonly string[] | undefined) => (labels === undefined ? null : [...labels]);

function labelsRoute({ parts }: RouteParts): Route {
  return {
    ...call('GET /v1/labels/{id}'),
    scope: 'read',
    summary: 'What people said of photos with a set, and what was learnt of it',
    problems: [404, 409, 503],
    handle: async (request, response) => {
      const { probe, ...labels } = await parts.collection.labels(pathId(request));
      response
        .setHeader('Cache-Control', 'private, no-cache')
        .json({ ...labels, probe: probe && shapeProbe(probe) } satisfies Labels);
    },
  };
}

function newLabelRoute({ parts, bodies }: RouteParts): Route {
  const read = jsonReader(bodies, newLabelSchema);
  return {
    ...call('POST /v1/labels/{id}'),
    scope: 'write',
    summary: 'Keeps what somebody says of a photo, or takes it back',
    bodyBytesMax: BODY_BYTES_MAX,
    problems: [400, 404, 413, 415, 422, 503],
    handle: async (request, response) => {
      const { id, labels, chosen, sample = null } = await read(request, response);
      await parts.collection.label(pathId(request), { id, labels, chosen, sample });
      response.status(204).end();
    },
  };
}

function toLabelRoute({ parts, shapePoints }: RouteParts): Route {
  return {
    ...call('GET /v1/labels/{id}/next'),
    scope: 'read',
    summary: 'Photos to label: of a random sample, or those whose label would teach most',
    problems: [400, 404, 409, 503],
    handle: async (request, response) => {
      const { sample, like, limit = TO_LABEL_DEFAULT } = parseRequest(toLabelQuerySchema, request.query);
      const asked = { limit, ...(sample === undefined ? {} : { sample }), ...(like === undefined ? {} : { like }) };
      const { ids, left } = await parts.collection.toLabel(pathId(request), asked);
      const answer = { photos: await shapePhotos(parts, ids), left };
      response.setHeader('Cache-Control', 'private, no-cache').json(shapePoints<PhotosToLabel>(answer));
    },
  };
}

function newSampleRoute({ parts, bodies }: RouteParts): Route {
  const read = jsonReader(bodies, newSampleSchema);
  return {
    ...call('POST /v1/labels/{id}/samples'),
    scope: 'write',
    summary: 'Draws photos at random, to be labelled for a share',
    bodyBytesMax: BODY_BYTES_MAX,
    problems: [400, 404, 409, 413, 415, 422, 503],
    handle: async (request, response) => {
      const { n, filter } = await read(request, response);
      const drawn = await parts.collection.draw(pathId(request), n, await narrowed(parts, filter));
      response.status(201).json({ id: drawn.id, drawn: drawn.ids.length, photos: drawn.photos } satisfies Sample);
    },
  };
}

function trainRoute({ parts, bodies }: RouteParts): Route {
  const read = jsonReader(bodies, trainSchema);
  return {
    ...call('POST /v1/probes/{id}'),
    scope: 'write',
    summary: 'Learns a set from the labels that people gave',
    description: 'The photos are tagged by it when they are tagged next (`POST /v1/tags`).',
    bodyBytesMax: BODY_BYTES_MAX,
    problems: [400, 404, 409, 413, 415, 422, 503],
    handle: async (request, response) => {
      const { force = false } = await read(request, response);
      response.json(shapeProbe(await parts.collection.train(pathId(request), force)) satisfies Probe);
    },
  };
}

function sharesRoute({ parts, bodies }: RouteParts): Route {
  const read = jsonReader(bodies, sharesBodySchema);
  return {
    ...call('POST /v1/shares/{id}'),
    scope: 'read',
    summary: 'What share of the photos has each label, with its interval',
    bodyBytesMax: BODY_BYTES_MAX,
    problems: [400, 404, 409, 413, 415, 422, 503],
    handle: async (request, response) => {
      const { by = null, filter } = await read(request, response);
      const shares = await parts.collection.shares(pathId(request), by, await narrowed(parts, filter));
      response.json(shares satisfies Shares);
    },
  };
}

const boxOf = ([west, south, east, north]: readonly [number, number, number, number]) => ({ west, south, east, north });

function narrowed(parts: RouteParts['parts'], filter: z.output<typeof sharesBodySchema>['filter']) {
  return parts.collection.narrow(filter && toReferenceFilter(filter), tagsIn(filter));
}

function jsonReader<T extends z.ZodType>(bodies: Bodies, schema: T) {
  const readBody = bodyReader({ bytesMax: BODY_BYTES_MAX, bodies }, 'none');
  return async (...[request, response]: Parameters<Route['handle']>): Promise<z.output<T>> => {
    const body = await readBody(request, response);
    return parseRequest(schema, body.kind === 'json' ? body.json : null);
  };
}

/** In the order of ids; a photo that was deleted meanwhile is left out. */
async function shapePhotos(parts: RouteParts['parts'], ids: readonly string[]) {
  const stored = await (await parts.index()).reader.getMany(ids);
  return ids.flatMap((id) => {
    const reference = stored.get(id);
    if (reference === undefined) return [];
    const { sha256: _sha256, sources: _sources, ...shown } = shapeReference(reference);
    return [shown];
  });
}

function shapeSet({ set, tags, ...state }: KnownSet): LabelSets['sets'][number] {
  const { id, title, subject, kind, zero_shot, known, labels } = set;
  return {
    ...{ name: id, title, subject, kind, zero_shot, known, ...state },
    labels: labels.map(({ name, meaning }) => ({ name, meaning })),
    tags: tags && shapeTags(tags),
  };
}

function shapeTags({ made_by, labels, tagged, stale, tagged_at }: TaggedSet): LabelSets['sets'][number]['tags'] {
  return { made_by, labels: [...labels], tagged, stale, tagged_at };
}

function shapeProbe({ better, forced, left_out, trained_at, tasks }: KeptProbe): Probe {
  return {
    ...{ better, forced, left_out, trained_at },
    tasks: tasks.map(({ labels, photos, balanced_accuracy, zero_shot, chance, gain, confusion }) => ({
      ...{ labels, photos, balanced_accuracy, zero_shot, chance, gain, confusion },
    })),
  };
}
