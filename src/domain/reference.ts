import type { GeoPoint } from './geo-point.js';

/** What is known of a photo besides its pixels; null where nothing says it. */
export interface PhotoFacts {
  readonly point: GeoPoint;
  readonly headingDeg: number | null;
  readonly altitudeM: number | null;
  /** ISO 8601; ends in Z or an offset where the zone is known, else it is local time without one. */
  readonly capturedAt: string | null;
  readonly author: string | null;
  /** Name of the walk or drive: frames of one sequence are one witness. */
  readonly sequence: string | null;
  readonly licence: string | null;
  readonly attribution: string | null;
  readonly url: string | null;
}

/** An indexed photo with a position. Its id is the first 32 hex digits of the sha-256 of its bytes. */
export interface Reference extends PhotoFacts {
  readonly id: string;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** Country of the point by borders, null at sea. */
  readonly iso2: string | null;
}

/** What tells a changed file from an unchanged one without reading it. */
export interface FileState {
  readonly bytes: number;
  /** Modification time in ms since 1970. */
  readonly mtimeMs: number;
  /** Time of the last change of the file or its attributes, which no program can set back; null where unknown. */
  readonly ctimeMs: number | null;
  /** Its number in its file system; null where unknown or where there is none. */
  readonly inode: string | null;
}

/** What is unknown of either is not compared. */
export function isSameFile(a: FileState, b: FileState): boolean {
  const same = <T>(one: T | null, other: T | null) => one === null || other === null || one === other;
  return a.bytes === b.bytes && a.mtimeMs === b.mtimeMs && same(a.ctimeMs, b.ctimeMs) && same(a.inode, b.inode);
}

/** Whether an index has these very facts of a photo, whatever else it has. */
export function isStored(facts: PhotoFacts, stored: PhotoFacts | null): boolean {
  if (stored === null) return false;
  const same = stored.point.lat === facts.point.lat && stored.point.lon === facts.point.lon;
  return same && OTHER_FACTS.every((name) => stored[name] === facts[name]);
}

const OTHER_FACTS = [
  ...(['headingDeg', 'altitudeM', 'capturedAt', 'author', 'sequence'] as const),
  ...(['licence', 'attribution', 'url'] as const),
] satisfies (keyof PhotoFacts)[];

/** What gave a photo its facts. */
export interface FactsOrigin {
  /** What gave the position. */
  readonly from: 'manifest' | 'track' | 'xmp' | 'takeout' | 'photo' | 'upload';
  /** The manifest that names the photo, from the source's root (`labels.csv`, `../list.csv`), with forward slashes. */
  readonly manifest: string | null;
  /** The track that placed it, likewise. */
  readonly track: string | null;
}

/** Where a reference's file came from. */
export interface Source extends FileState {
  /** Absolute root folder that can be remapped; `files` for uploaded bytes kept in the index. */
  readonly root: string;
  /** Path below the root, with forward slashes. */
  readonly path: string;
  /** Point that this source gives: sources that disagree by more than 25 m are listed. */
  readonly point: GeoPoint;
  /** sha-256 over the metadata this source gave (manifest row, sidecar, EXIF): a changed one updates the reference. */
  readonly factsHash: string;
  /** null in an index of before that was noted. */
  readonly origin: FactsOrigin | null;
}

/** Id of a reference from the sha-256 (hex) of its file. */
export function referenceId(sha256: string): string {
  return sha256.slice(0, 32);
}
