export interface ReferencePhotos {
  /** Absolute path of a file on this machine that still holds the reference's bytes, null when none does. */
  file(id: string): Promise<string | null>;
}
