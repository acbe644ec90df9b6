import sharp from 'sharp';

const PIXELS_MAX = 200_000_000;

/** A small JPEG of at most this many pixels a side, upright, without metadata; null for bytes that are no picture. */
export async function reportThumbnail(bytes: Uint8Array, sidePixels: number): Promise<Uint8Array | null> {
  try {
    return await sharp(bytes, { limitInputPixels: PIXELS_MAX, failOn: 'none' })
      .autoOrient()
      .resize(sidePixels, sidePixels, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 72 })
      .toBuffer();
  } catch {
    return null;
  }
}
