import type { DecodeMemory } from './decode-memory.js';
import { openPicture } from './open-picture.js';

const SIDE_PIXELS = 320;

export type ThumbnailFormat = 'webp' | 'jpeg';

/** At most 320 pixels a side, upright, without metadata. @param memory what pictures may take while they are decoded */
export function makeThumbnail(
  file: string | Uint8Array,
  format: ThumbnailFormat,
  pixelsMax: number,
  memory: DecodeMemory,
): Promise<Buffer> {
  return memory.during(async (share) =>
    (await openPicture(file, pixelsMax, share))
      .resize(SIDE_PIXELS, SIDE_PIXELS, { fit: 'inside', withoutEnlargement: true })
      .flatten({ background: '#ffffff' })
      .toFormat(format, { quality: 78 })
      .toBuffer(),
  );
}
