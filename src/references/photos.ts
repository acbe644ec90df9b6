export interface ReferencePhotos {
  /** Absolute path of a file on this machine that still holds the reference's bytes, null when none does. */
  file(id: string): Promise<string | null>;
  /** Of an engine that keeps them: small pictures as WebP of those of the references that have one. */
  thumbnails?(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}
