import { createHash } from 'node:crypto';
import type { PhotoFacts, Reference, Source } from '../../domain/reference.js';
import { capturedMs } from '../captured-time.js';
import type { SourceKey } from '../known-files.js';
import { rootId } from '../root-id.js';

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

export function referenceFrom(properties: Record<string, unknown>): Reference {
  const text = (name: string) => (properties[name] ?? null) as string | null;
  const number = (name: string) => (properties[name] ?? null) as number | null;
  return {
    id: text('refId') as string,
    sha256: text('sha256') as string,
    width: number('width') as number,
    height: number('height') as number,
    bytes: number('bytes') as number,
    point: { lat: number('lat') as number, lon: number('lon') as number },
    headingDeg: number('headingDeg'),
    altitudeM: number('altitudeM'),
    capturedAt: text('capturedAt'),
    author: text('author'),
    sequence: text('sequence'),
    licence: text('licence'),
    attribution: text('attribution'),
    url: text('url'),
    iso2: text('iso2'),
  };
}

export function sourceProperties(source: Source, of: string): Properties {
  const { root, path, bytes, mtimeMs, ctimeMs, inode, point, factsHash, origin } = source;
  return {
    ...{ refId: of, root, path, bytes, mtimeMs, ctimeMs, inode, lat: point.lat, lon: point.lon, factsHash },
    ...{ positionFrom: origin?.from ?? null, manifest: origin?.manifest ?? null, track: origin?.track ?? null },
  };
}

export function sourceFrom(properties: Record<string, unknown>): { readonly of: string; readonly source: Source } {
  const value = <T>(name: string) => (properties[name] ?? null) as T;
  const from = value<NonNullable<Source['origin']>['from'] | null>('positionFrom');
  return {
    of: value<string>('refId'),
    source: {
      root: value('root'),
      path: value('path'),
      bytes: value('bytes'),
      mtimeMs: value('mtimeMs'),
      ctimeMs: value('ctimeMs'),
      inode: value('inode'),
      point: { lat: value('lat'), lon: value('lon') },
      factsHash: value<string | null>('factsHash') ?? '',
      origin: from === null ? null : { from, manifest: value('manifest'), track: value('track') },
    },
  };
}

/** The properties that are not null: the server takes no null in a new object. */
export function withoutNulls(properties: Properties): Record<string, Exclude<Value, null>> {
  return Object.fromEntries(
    Object.entries(properties).filter((entry): entry is [string, Exclude<Value, null>] => entry[1] !== null),
  );
}
