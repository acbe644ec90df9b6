import { createHash } from 'node:crypto';
import type { PhotoFacts, Reference, Source } from '../../domain/reference.js';
import { capturedMs } from '../captured-time.js';
import type { SourceKey } from '../known-files.js';
import { rootId } from '../root-id.js';
import type { ObjectFields } from './object-fields.js';

type Value = string | number | boolean | readonly string[] | null;
export type Properties = Readonly<Record<string, Value>>;

/** streetdex's own namespace: its names never collide with others. */
const NAMESPACE = '6f1d4f2e9c7a5b3e8d2c4a6b8e0f1357';

/** A UUID of version 5 (RFC 9562): equal for equal words. */
function uuidOf(...words: readonly string[]): string {
  const hash = createHash('sha1').update(Buffer.from(NAMESPACE, 'hex')).update(words.join('\0')).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}

/** By model and photo, so that two ingesters of the same photo write one object. */
export function referenceUuid(modelId: string, id: string): string {
  return uuidOf(modelId, id);
}

export function sourceUuid({ root, path }: SourceKey): string {
  return uuidOf('source', root, path);
}

/** Uuid of an object in the summaries' collection. */
export function summaryUuid(...words: readonly string[]): string {
  return uuidOf('summary', ...words);
}

export function factProperties(facts: PhotoFacts, iso2: string | null): Properties {
  const { point, headingDeg, altitudeM, capturedAt, author, sequence, licence, attribution, url } = facts;
  return {
    ...{
      lat: point.lat,
      lon: point.lon,
      headingDeg,
      altitudeM,
      capturedAt,
      author,
      sequence,
      licence,
      attribution,
      url,
      iso2,
    },
    capturedMs: capturedAt === null ? null : capturedMs(capturedAt),
  };
}

/** A reference's copy of its sources' paths and roots, so that a filter by source needs no second query. */
export function copiedProperties(sources: readonly Source[], conflict: boolean): Properties {
  const roots = [...new Set(sources.map(({ root }) => root))];
  return { paths: sources.map(({ path }) => path), roots, rootIds: roots.map(rootId), conflict };
}

export function referenceProperties(reference: Reference): Properties {
  const { id, sha256, width, height, bytes } = reference;
  return { refId: id, sha256, width, height, bytes, ...factProperties(reference, reference.iso2) };
}

export function referenceFrom(fields: ObjectFields): Reference {
  const { refId, sha256, width, height, bytes, lat, lon } = fields;
  return {
    ...{ id: refId, sha256, width, height, bytes, point: { lat, lon } },
    headingDeg: fields.headingDeg ?? null,
    altitudeM: fields.altitudeM ?? null,
    capturedAt: fields.capturedAt ?? null,
    author: fields.author ?? null,
    sequence: fields.sequence ?? null,
    licence: fields.licence ?? null,
    attribution: fields.attribution ?? null,
    url: fields.url ?? null,
    iso2: fields.iso2 ?? null,
  };
}

export function sourceProperties(source: Source, of: string): Properties {
  const { root, path, bytes, mtimeMs, ctimeMs, inode, point, factsHash, origin } = source;
  return {
    ...{ refId: of, root, path, bytes, mtimeMs, ctimeMs, inode, lat: point.lat, lon: point.lon, factsHash },
    ...{ positionFrom: origin?.from ?? null, manifest: origin?.manifest ?? null, track: origin?.track ?? null },
  };
}

export function sourceFrom(fields: ObjectFields): { readonly of: string; readonly source: Source } {
  const { refId, root, path, bytes, mtimeMs, lat, lon, positionFrom: from = null } = fields;
  return {
    of: refId,
    source: {
      ...{ root, path, bytes, mtimeMs, point: { lat, lon } },
      ctimeMs: fields.ctimeMs ?? null,
      inode: fields.inode ?? null,
      factsHash: fields.factsHash ?? '',
      origin: from === null ? null : { from, manifest: fields.manifest ?? null, track: fields.track ?? null },
    },
  };
}

/** The properties that are not null: the server takes no null in a new object. */
export function withoutNulls(properties: Properties): Record<string, Exclude<Value, null>> {
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, Exclude<Value, null>] => entry[1] !== null),
  );
}
