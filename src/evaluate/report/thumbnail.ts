import { openPicture } from '../../images/open-picture.js';

const PIXELS_MAX = 200_000_000;

/** A small JPEG of at most this many pixels a side, upright, without metadata; null for bytes that can't be shown. */
export async function reportThumbnail(bytes: Uint8Array, sidePixels: number): Promise<Uint8Array | null> {
  try {
    return await (await openPicture(bytes, PIXELS_MAX))
      .resize(sidePixels, sidePixels, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 72 })
      .toBuffer();
  } catch {
    return null;
  }
}
