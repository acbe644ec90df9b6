import type { Metadata } from 'sharp';
import { tiffStripShare } from './cut-short.js';

/** Bytes of a sample by libvips' name of its type. */
const SAMPLE_BYTES: Readonly<Record<string, number>> = { ushort: 2, short: 2, uint: 4, int: 4, float: 4, double: 8 };

/** HEVC: libheif's planes, its RGB, and a copy of that. */
export const HEVC_BYTES_PER_PIXEL = 20;

/**
 * About the most memory that libvips and its decoders take for a picture with this header, including the RGB of three bytes a
 * pixel that it becomes; measured for each format (docs/operate.md). A picture that is read row by row costs little more than
 * that RGB; one that comes in several passes, or in no order, is held whole by its decoder.
 * @param bytes the file's, where they are in memory
 */
export function decodeBytes(header: Metadata, bytes: Uint8Array | null = null): number {
  const { width, height, format, channels = 3, depth = 'uchar', isProgressive = false, orientation = 1 } = header;
  const whole = channels * (SAMPLE_BYTES[depth] ?? 1);
  const turned = orientation > 1 ? 3 : 0;
  const deep = depth === 'uchar' ? 0 : 1;
  return Math.ceil(width * height * (4 + deep + turned + held()));

  function held(): number {
    switch (format) {
      // Coefficients have 16 bits; CMYK becomes RGB in a second step.
      case 'jpeg':
        return (isProgressive ? 2 * channels : 0) + (channels === 4 ? 4 : 0);
      case 'png':
        return isProgressive ? whole : 0;
      case 'tiff':
        return bytes === null ? whole : whole * tiffStripShare(bytes, height);
      case 'gif':
        return 4;
      case 'webp':
        return 8;
      case 'heif':
        return depth === 'uchar' ? 16 : 22;
      default:
        return whole;
    }
  }
}
