import { openPicture } from '../images/open-picture.js';
import type { ThumbnailFiles } from './thumbnail-files.js';

const SIDE_PIXELS = 320;

type ThumbnailFormat = 'webp' | 'jpeg';
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
  const kept = new Map<string, Buffer>();
  const running = new Map<string, Promise<Buffer>>();
  let bytes = 0;
  const keep = (key: string, made: Buffer) => {
    kept.set(key, made);
    bytes += made.length;
    for (const [oldest, { length }] of kept) {
      if (bytes <= bytesMax) break;
      kept.delete(oldest);
      bytes -= length;
    }
  };
  const readOrMake = async (key: string, file: string | Uint8Array, format: ThumbnailFormat) => {
    const stored = await files?.get(key);
    if (stored) return stored;
    const made = await makeThumbnail(file, format, pixelsMax);
    await files?.put(key, made);
    return made;
  };
  return async (id, file, format) => {
    const key = `${id}.${format}`;
    const found = kept.get(key);
    if (found !== undefined) {
      kept.delete(key);
      kept.set(key, found);
      return found;
    }
    const work = running.get(key) ?? readOrMake(key, file, format);
    if (running.has(key)) return await work;
    running.set(key, work);
    try {
      const made = await work;
      keep(key, made);
      return made;
    } finally {
      running.delete(key);
    }
  };
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
