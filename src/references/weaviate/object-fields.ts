/**
 * Properties of a reference, a source, a thumbnail or a summary as the server gives them, which holds them to the collections' schemas
 * (`cluster-schema.ts`). Those that its kind of object always has are required here; others may be missing or null.
 */
export type ObjectFields = {
  refId: string;
  sha256: string;
  width: number;
  height: number;
  bytes: number;
  lat: number;
  lon: number;
  headingDeg?: number | null;
  altitudeM?: number | null;
  capturedAt?: string | null;
  capturedMs?: number | null;
  author?: string | null;
  sequence?: string | null;
  licence?: string | null;
  attribution?: string | null;
  url?: string | null;
  iso2?: string | null;
  conflict?: boolean | null;
  paths?: string[] | null;
  roots?: string[] | null;
  rootIds?: string[] | null;
  root: string;
  path: string;
  mtimeMs: number;
  ctimeMs?: number | null;
  inode?: string | null;
  factsHash?: string | null;
  positionFrom?: 'manifest' | 'track' | 'xmp' | 'takeout' | 'photo' | null;
  manifest?: string | null;
  track?: string | null;
  /** Of a thumbnail, in base64. */
  picture?: string | null;
};

/** An object's vector; empty where it has none. A collection of ours has one vector a reference, which the client's types leave open. */
export function vectorOf({ vectors }: { readonly vectors: Readonly<Record<string, unknown>> }): number[] {
  return (vectors.default ?? []) as number[];
}
