import type { Database } from 'better-sqlite3';
import type { FactsOrigin, FileState, PhotoFacts, Reference, Source } from '../../domain/reference.js';
import type { StoredReference } from '../reader.js';
import { checkReferenceRow, checkSourceRow } from './facts-sum.js';

/** A row of `"references"`, as SQLite gives it. */
export interface ReferenceRow {
  readonly label: number;
  readonly id: string;
  readonly sha256: string;
  readonly lat: number;
  readonly lon: number;
  readonly heading_deg: number | null;
  readonly altitude_m: number | null;
  readonly captured_at: string | null;
  readonly captured_ms: number | null;
  readonly author: string | null;
  readonly sequence: string | null;
  readonly licence: string | null;
  readonly attribution: string | null;
  readonly url: string | null;
  readonly iso2: string | null;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly facts_sum: number | null;
  readonly photo_sum: number | null;
}

/** A row as SQLite gives it without names, which takes a third of the time where there are many. */
export type ReferenceValues = readonly [
  label: ReferenceRow['label'],
  id: ReferenceRow['id'],
  sha256: ReferenceRow['sha256'],
  lat: ReferenceRow['lat'],
  lon: ReferenceRow['lon'],
  heading_deg: ReferenceRow['heading_deg'],
  altitude_m: ReferenceRow['altitude_m'],
  captured_at: ReferenceRow['captured_at'],
  author: ReferenceRow['author'],
  sequence: ReferenceRow['sequence'],
  licence: ReferenceRow['licence'],
  attribution: ReferenceRow['attribution'],
  url: ReferenceRow['url'],
  iso2: ReferenceRow['iso2'],
  width: ReferenceRow['width'],
  height: ReferenceRow['height'],
  bytes: ReferenceRow['bytes'],
  captured_ms: ReferenceRow['captured_ms'],
  facts_sum: ReferenceRow['facts_sum'],
  photo_sum: ReferenceRow['photo_sum'],
];

/** Columns of `ReferenceValues`. */
export const REFERENCE_COLUMNS =
  'r.label, r.id, r.sha256, r.lat, r.lon, r.heading_deg, r.altitude_m, r.captured_at, r.author, r.sequence, r.licence, r.attribution, r.url, r.iso2, r.width, r.height, r.bytes, r.captured_ms, r.facts_sum, r.photo_sum';

export function rowOf(values: ReferenceValues): ReferenceRow {
  return {
    label: values[0],
    id: values[1],
    sha256: values[2],
    lat: values[3],
    lon: values[4],
    heading_deg: values[5],
    altitude_m: values[6],
    captured_at: values[7],
    author: values[8],
    sequence: values[9],
    licence: values[10],
    attribution: values[11],
    url: values[12],
    iso2: values[13],
    width: values[14],
    height: values[15],
    bytes: values[16],
    captured_ms: values[17],
    facts_sum: values[18],
    photo_sum: values[19],
  };
}

export interface SourceRow {
  readonly root: string;
  readonly path: string;
  readonly bytes: number;
  readonly mtime_ms: number;
  readonly lat: number;
  readonly lon: number;
  readonly facts_hash: string;
  readonly ctime_ms: number | null;
  readonly inode: string | null;
  readonly position_from: FactsOrigin['from'] | null;
  readonly manifest: string | null;
  readonly track: string | null;
  readonly facts_sum: number | null;
}

export const SOURCE_COLUMNS =
  'o.path AS root, s.path, s.bytes, s.mtime_ms, s.ctime_ms, s.inode, s.lat, s.lon, s.facts_hash, s.position_from, s.manifest, s.track, s.facts_sum FROM sources s JOIN roots o ON o.id = s.root_id';

/** The order in which sources have the say: by root and path, by the bytes of their UTF-8. */
export const SOURCE_ORDER = 'o.path, s.path';

export function factsOf(row: ReferenceRow): PhotoFacts {
  return {
    point: { lat: row.lat, lon: row.lon },
    headingDeg: row.heading_deg,
    altitudeM: row.altitude_m,
    capturedAt: row.captured_at,
    author: row.author,
    sequence: row.sequence,
    licence: row.licence,
    attribution: row.attribution,
    url: row.url,
  };
}

export function sourceOf(row: SourceRow): Source {
  return {
    root: row.root,
    path: row.path,
    ...storedFileState(row),
    point: { lat: row.lat, lon: row.lon },
    factsHash: row.facts_hash,
    origin: originOf(row),
  };
}

export function storedFileState(row: Pick<SourceRow, 'bytes' | 'mtime_ms' | 'ctime_ms' | 'inode'>): FileState {
  return { bytes: row.bytes, mtimeMs: row.mtime_ms, ctimeMs: row.ctime_ms, inode: row.inode };
}

export function originOf(row: Pick<SourceRow, 'position_from' | 'manifest' | 'track'>): FactsOrigin | null {
  const { position_from: from, manifest, track } = row;
  return from === null ? null : { from, manifest, track };
}

/**
 * Turns rows into references with their sources.
 * @param rows `checked`: each has to be what was written, else `database_corrupt` is thrown. Who writes takes them `as they are`,
 *   since writing mends them.
 */
export function storedReferences(
  db: Database,
  rows: 'checked' | 'as they are',
): (row: ReferenceRow) => StoredReference {
  const sourcesOf = db.prepare(`SELECT ${SOURCE_COLUMNS} WHERE s.label = ? ORDER BY ${SOURCE_ORDER}`);
  return (row) => {
    const sources = sourcesOf.all(row.label) as SourceRow[];
    if (rows === 'checked') for (const source of sources) checkSourceRow(source);
    return { ...(rows === 'checked' ? checkedReference(row) : referenceOf(row)), sources: sources.map(sourceOf) };
  };
}

/** @throws `database_corrupt` where the row is not what was written */
export function checkedReference(row: ReferenceRow): Reference {
  checkReferenceRow(row);
  return referenceOf(row);
}

function referenceOf(row: ReferenceRow): Reference {
  return {
    id: row.id,
    sha256: row.sha256,
    ...factsOf(row),
    iso2: row.iso2,
    width: row.width,
    height: row.height,
    bytes: row.bytes,
  };
}
