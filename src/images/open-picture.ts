import sharp, { type Sharp } from 'sharp';
import { decodeImage } from './decode-image.js';
import { formatOfFile } from './format-of-file.js';
import { imageFormat } from './image-format.js';
import { readPlainFile } from './plain-file.js';

/**
 * A picture to make smaller or to write anew, upright: for eyes, not for an encoder, so that one cut short is shown as
 * far as it goes. HEIC goes the way that `decodeImage` goes.
 * @param file its path or its bytes
 * @throws `image_too_large`, `image_damaged`, `heic_decoder_missing` and so on for HEIC; later, what libvips says
 */
export async function openPicture(file: string | Uint8Array, pixelsMax: number): Promise<Sharp> {
  const { kind } = typeof file === 'string' ? await formatOfFile(file) : imageFormat(file);
  if (kind !== 'heif') return sharp(file, { limitInputPixels: pixelsMax, failOn: 'none' }).autoOrient();
  const bytes = typeof file === 'string' ? await readPlainFile(file) : file;
  const { data, width, height } = await decodeImage(bytes, { pixelsMax });
  return sharp(data, { raw: { width, height, channels: 3 } });
}
