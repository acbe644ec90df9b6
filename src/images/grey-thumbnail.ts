import { present } from '../domain/present.js';
import { openPicture } from './open-picture.js';

/** Pixels along each side of the sharpest level; a window of four fifths of it still has 96 of them. */
const SIDE = 120;

/** One level of a thumbnail. */
export interface ThumbnailLevel {
  /** `side` × `side` grey values from 0 to 255, row by row. */
  readonly pixels: Float32Array;
  readonly side: number;
}

/** A picture to compare with others: upright, grey, squeezed into a square, at three levels of sharpness. */
export interface GreyThumbnail {
  /** Width over height of the picture itself. */
  readonly aspect: number;
  /** 120, 60 and 30 pixels a side. */
  readonly sharp: ThumbnailLevel;
  readonly middle: ThumbnailLevel;
  readonly coarse: ThumbnailLevel;
}

/**
 * @param file its path or its bytes; a JPEG is decoded only as far as a thumbnail needs
 * @throws as `openPicture`, and libvips' error for a file that it can't read
 */
export async function greyThumbnail(file: string | Uint8Array, pixelsMax: number): Promise<GreyThumbnail> {
  const picture = await openPicture(file, pixelsMax);
  const { width, height, autoOrient } = await picture.metadata();
  const data = await picture
    .removeAlpha()
    .resize(SIDE, SIDE, { fit: 'fill', kernel: 'mitchell' })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer();
  const upright = autoOrient ?? { width, height };
  return thumbnailOf(data, upright.width / upright.height);
}

/** Of the grey values of its sharpest level, as they were kept. */
export function thumbnailOf(data: Uint8Array, aspect: number): GreyThumbnail {
  if (data.length !== SIDE * SIDE)
    throw new Error(`Expected ${SIDE} x ${SIDE} grey values of a picture, got ${data.length}.`);
  const sharp = { pixels: Float32Array.from(data), side: SIDE };
  const middle = halved(sharp);
  return { aspect, sharp, middle, coarse: halved(middle) };
}

function halved({ pixels, side }: ThumbnailLevel): ThumbnailLevel {
  const half = side >> 1;
  const small = new Float32Array(half * half);
  for (let y = 0; y < half; y++)
    for (let x = 0; x < half; x++) {
      const at = 2 * y * side + 2 * x;
      const upper = present(pixels[at]) + present(pixels[at + 1]);
      const lower = present(pixels[at + side]) + present(pixels[at + side + 1]);
      small[y * half + x] = (upper + lower) / 4;
    }
  return { pixels: small, side: half };
}
