import { LRUCache } from 'lru-cache';
import type { DecodeMemory } from '../images/decode-memory.js';
import { makeThumbnail, type ThumbnailFormat } from '../images/make-thumbnail.js';
import { openPicture } from '../images/open-picture.js';
import type { ThumbnailFiles } from './thumbnail-files.js';

/** Where a photo's path or bytes come from; not asked for one whose thumbnail is kept. */
type FileOf = () => Promise<string | Uint8Array>;
interface Source {
  readonly file: FileOf;
  readonly format: ThumbnailFormat;
}
/** The thumbnail of the photo with this id. */
export type ThumbnailOf = (id: string, file: FileOf, format: ThumbnailFormat) => Promise<Buffer>;

/**
 * Makes thumbnails of at most 320 pixels a side, upright, without metadata, and keeps those used last in memory, at most
 * `bytesMax` of them, and on disk in `files`. Two callers of the same one wait for the same work.
 * @param memory what pictures may take while they are decoded
 */
export function thumbnailMaker(
  bytesMax: number,
  pixelsMax: number,
  memory: DecodeMemory,
  files: Pick<ThumbnailFiles, 'get' | 'put'> | null = null,
): ThumbnailOf {
  const kept = new LRUCache<string, Buffer, Source>({
    maxSize: bytesMax,
    sizeCalculation: ({ length }) => length,
    // One that is crowded out while it is made goes on: its callers wait for it.
    ignoreFetchAbort: true,
    fetchMethod: async (key, _, { context: { file, format } }) => {
      const stored = await files?.get(key);
      if (stored) return stored;
      const made = await makeThumbnail(await file(), format, pixelsMax, memory);
      await files?.put(key, made);
      return made;
    },
  });
  return (id, file, format) => kept.forceFetch(`${id}.${format}`, { context: { file, format } });
}

/** The whole picture without its metadata: EXIF would tell the exact position that the server must not give. */
export function withoutMetadata(path: string, pixelsMax: number, memory: DecodeMemory): Promise<Buffer> {
  return memory.during(async (share) =>
    (await openPicture(path, pixelsMax, share)).flatten({ background: '#ffffff' }).jpeg({ quality: 92 }).toBuffer(),
  );
}
