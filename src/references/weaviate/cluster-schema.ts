import { z } from 'zod';
import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { IndexModel } from '../reader.js';
import type { ClusterClient } from './cluster-client.js';
import { VERSION_MIN } from './least-version.js';
import { nodesOf } from './rest-answers.js';

const FORMAT = 1;
const REPLICAS = 3;
const MADE_ATTEMPTS = 30;
const MADE_PAUSE_MS = 100;

/** A collection's description: JSON that says whose it is. */
const markSchema = z.object({
  program: z.literal('streetdex'),
  format: z.int(),
  modelId: z.string(),
  modelName: z.string(),
  dimension: z.int(),
});

const describedSchema = z.object({ description: z.string().nullish() }).nullable();

const word = (name: string) => ({
  name,
  dataType: ['text'],
  tokenization: 'field',
  indexFilterable: true,
  indexSearchable: false,
});
const words = (name: string) => ({ ...word(name), dataType: ['text[]'] });
const plain = (name: string) => ({ ...word(name), indexFilterable: false });
const amount = (name: string) => ({ name, dataType: ['number'], indexFilterable: false, indexRangeFilters: true });
const number = (name: string) => ({ name, dataType: ['number'], indexFilterable: false });

const REFERENCE_PROPERTIES = [
  ...['refId', 'author', 'sequence', 'iso2'].map(word),
  ...['paths', 'rootIds'].map(words),
  { ...words('roots'), indexFilterable: false },
  ...['lat', 'lon', 'capturedMs'].map(amount),
  ...['sha256', 'capturedAt', 'licence', 'attribution', 'url'].map(plain),
  ...['width', 'height', 'bytes', 'headingDeg', 'altitudeM'].map(number),
  { name: 'conflict', dataType: ['boolean'], indexFilterable: true },
  // Has no meaning: a node inserts a vector into its graph anew when the vector changes, or a geoCoordinates property does (by
  // the source of 1.38.12).
  { name: 'mended', dataType: ['geoCoordinates'], indexFilterable: false },
];

const SOURCE_PROPERTIES = [
  ...['refId', 'root', 'manifest'].map(word),
  ...['path', 'inode', 'factsHash', 'positionFrom', 'track'].map(plain),
  ...['bytes', 'mtimeMs', 'ctimeMs', 'lat', 'lon'].map(number),
];

/** Summaries over all references, in pieces, and the notes of writers. */
const SUMMARY_PROPERTIES = [
  ...['kind', 'snapshot'].map(word),
  plain('data'),
  // Milliseconds since 1970.
  number('atMs'),
];

const THUMBNAIL_PROPERTIES = [word('refId'), { name: 'picture', dataType: ['blob'] }];

/** Sources have a collection of their own: two ingesters that meet the same photo must not overwrite each other's. */
export function sourcesOf(name: string): string {
  return `${name}Source`;
}

export function summariesOf(name: string): string {
  return `${name}Summary`;
}

export function thumbnailsOf(name: string): string {
  return `${name}Thumb`;
}

/**
 * The model of the collection; null where there is none.
 * @throws `not_an_index` for another program's, `format_newer`
 */
export async function readIdentity(client: ClusterClient): Promise<IndexModel | null> {
  const { name } = client.address;
  const found = describedSchema.parse(await client.rest('GET', `/schema/${name}`));
  if (found === null) return null;
  const mark = markSchema.safeParse(parsed(found.description ?? ''));
  if (!mark.success) {
    throw fault(
      'not_an_index',
      `Expected an index of streetdex in the collection ${name}, but it is another program's. Give another name.`,
    );
  }
  const { format, modelId, modelName, dimension } = mark.data;
  if (format > FORMAT) {
    throw fault(
      'format_newer',
      `The collection ${name} is of format ${format}; this streetdex reads ${FORMAT}. Update it.`,
    );
  }
  return { modelId, modelName, dimension };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** @throws `cluster_too_old` */
export async function checkVersions(client: ClusterClient): Promise<void> {
  for (const { name, version } of await nodesOf(client)) {
    const parts = version.split('.').map(Number);
    const older = VERSION_MIN.findIndex((least, i) => (parts[i] ?? 0) !== least);
    if (version === '' || older === -1 || (parts[older] ?? 0) > present(VERSION_MIN[older])) continue;
    throw fault(
      'cluster_too_old',
      `The node ${name} runs Weaviate ${version}; streetdex needs ${VERSION_MIN.join('.')} or newer, since older ones can lose vectors when they repair. Update the cluster.`,
    );
  }
}

/** How vectors are stored for searching: as float32, or in 8 bits a dimension. */
export type Quantisation = 'none' | 'rq8';

/** Set explicitly, whatever the cluster's own default. */
const VECTORS: Readonly<Record<Quantisation, object>> = {
  none: { distance: 'cosine', skipDefaultQuantization: true },
  rq8: { distance: 'cosine', rq: { enabled: true, bits: 8 } },
};

/** Makes the collections that are missing; existing ones stay as they are. */
export async function makeCollections(
  client: ClusterClient,
  { modelId, modelName, dimension }: IndexModel,
  quantisation: Quantisation = 'none',
): Promise<void> {
  const { name } = client.address;
  const description = JSON.stringify({ program: 'streetdex', format: FORMAT, modelId, modelName, dimension });
  const make = (own: string, properties: readonly object[], more: object) =>
    makeOnce(client, own, properties, { description, ...more });
  await make(sourcesOf(name), SOURCE_PROPERTIES, { vectorIndexType: 'flat' });
  await make(summariesOf(name), SUMMARY_PROPERTIES, { vectorIndexType: 'flat' });
  // Last, since it makes the index exist: after an interruption the next call makes the rest.
  await make(name, REFERENCE_PROPERTIES, { vectorIndexType: 'hnsw', vectorIndexConfig: VECTORS[quantisation] });
  // Also where another process made it: a node may have heard of it and not have it yet.
  await client.settle(name);
}

/** Where the first thumbnail is to be kept. */
export function makeThumbnails(client: ClusterClient): Promise<void> {
  return makeOnce(client, thumbnailsOf(client.address.name), THUMBNAIL_PROPERTIES, { vectorIndexType: 'flat' });
}

export async function hasThumbnails(client: ClusterClient): Promise<boolean> {
  return (await client.rest('GET', `/schema/${thumbnailsOf(client.address.name)}`)) !== null;
}

async function makeOnce(
  client: ClusterClient,
  name: string,
  properties: readonly object[],
  more: object,
): Promise<void> {
  if ((await client.rest('GET', `/schema/${name}`)) !== null) return;
  try {
    await client.rest('POST', '/schema', {
      ...{ class: name, vectorizer: 'none', properties },
      replicationConfig: { factor: REPLICAS, asyncEnabled: true, deletionStrategy: 'TimeBasedResolution' },
      invertedIndexConfig: { indexNullState: true },
      ...more,
    });
  } catch (error) {
    // Another ingester may have made it meanwhile, and the node asked may not know yet.
    if (!(await isMade(client, name))) throw error;
  }
  await client.settle(name);
}

async function isMade(client: ClusterClient, name: string): Promise<boolean> {
  for (let attempt = 0; attempt < MADE_ATTEMPTS; attempt++) {
    if ((await client.rest('GET', `/schema/${name}`)) !== null) return true;
    await new Promise((resolve) => setTimeout(resolve, MADE_PAUSE_MS));
  }
  return false;
}
