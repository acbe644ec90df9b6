import sharp from 'sharp';

const SIDE_PIXELS = 320;
const PIXELS_MAX = 200_000_000;

/** A small JPEG, upright, without metadata; null for bytes that are no picture. */
export async function reportThumbnail(bytes: Uint8Array): Promise<Uint8Array | null> {
  try {
    return await sharp(bytes, { limitInputPixels: PIXELS_MAX, failOn: 'none' })
      .autoOrient()
      .resize(SIDE_PIXELS, SIDE_PIXELS, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .jpeg({ quality: 72 })
      .toBuffer();
  } catch {
    return null;
  }
}
