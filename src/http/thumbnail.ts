import { LRUCache } from 'lru-cache';
import { openPicture } from '../images/open-picture.js';
import type { ThumbnailFiles } from './thumbnail-files.js';

const SIDE_PIXELS = 320;

type ThumbnailFormat = 'webp' | 'jpeg';
interface Source {
  readonly file: string | Uint8Array;
  readonly format: ThumbnailFormat;
}
/** The thumbnail of the photo with this id, from its path or its bytes. */
export type ThumbnailOf = (id: string, file: string | Uint8Array, format: ThumbnailFormat) => Promise<Buffer>;

/**
 * Makes thumbnails of at most 320 pixels a side, upright, without metadata, and keeps those used last in memory, at most
 * `bytesMax` of them, and on disk in `files`. Two callers of the same one wait for the same work.
 */
export function thumbnailMaker(
  bytesMax: number,
  pixelsMax: number,
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
      const made = await makeThumbnail(file, format, pixelsMax);
      await files?.put(key, made);
      return made;
    },
  });
  return (id, file, format) => kept.forceFetch(`${id}.${format}`, { context: { file, format } });
}

async function makeThumbnail(file: string | Uint8Array, format: ThumbnailFormat, pixelsMax: number): Promise<Buffer> {
  return (await openPicture(file, pixelsMax))
    .resize(SIDE_PIXELS, SIDE_PIXELS, { fit: 'inside', withoutEnlargement: true })
    .flatten({ background: '#ffffff' })
    .toFormat(format, { quality: 78 })
    .toBuffer();
}

/** The whole picture without its metadata: EXIF would tell the exact position that the server must not give. */
export async function withoutMetadata(path: string, pixelsMax: number): Promise<Buffer> {
  return (await openPicture(path, pixelsMax)).flatten({ background: '#ffffff' }).jpeg({ quality: 92 }).toBuffer();
}
