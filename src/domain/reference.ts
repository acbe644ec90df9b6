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

/** Where a reference's file came from. */
export interface Source {
  /** Absolute root folder that can be remapped; `files` for uploaded bytes kept in the index. */
  readonly root: string;
  /** Path below the root, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** Modification time in ms since 1970: with the size, what tells an unchanged file from a changed one. */
  readonly mtimeMs: number;
  /** Point that this source gives: sources that disagree by more than 25 m are listed. */
  readonly point: GeoPoint;
  /** sha-256 over the metadata this source gave (manifest row, sidecar, EXIF): a changed one updates the reference. */
  readonly factsHash: string;
}

/** Id of a reference from the sha-256 (hex) of its file. */
export function referenceId(sha256: string): string {
  return sha256.slice(0, 32);
}
