import sharp, { type Sharp } from 'sharp';
import { decodeBytes } from './decode-bytes.js';
import { decodeImage } from './decode-image.js';
import type { DecodeShare } from './decode-memory.js';
import { formatOfFile } from './format-of-file.js';
import { imageFormat } from './image-format.js';
import { readPlainFile } from './plain-file.js';

/**
 * A picture to make smaller or to write anew, upright: for eyes, not for an encoder, so that one cut short is shown as
 * far as it goes. HEIC goes the way that `decodeImage` goes.
 * @param file its path or its bytes
 * @param share of which the memory for it is taken; the caller gives it back
 * @throws `image_too_large`, `image_damaged`, `heic_decoder_missing` and so on for HEIC; later, what libvips says
 */
export async function openPicture(
  file: string | Uint8Array,
  pixelsMax: number,
  share?: Pick<DecodeShare, 'take'>,
): Promise<Sharp> {
  const { kind, name } = typeof file === 'string' ? await formatOfFile(file) : imageFormat(file);
  if (kind !== 'heif') {
    const picture = sharp(file, { limitInputPixels: pixelsMax, failOn: 'none' });
    if (share !== undefined) {
      const header = await picture.metadata();
      await share.take(decodeBytes(header), `${name} of ${header.width} x ${header.height}`);
    }
    return picture.autoOrient();
  }
  const bytes = typeof file === 'string' ? await readPlainFile(file) : file;
  const { data, width, height } = await decodeImage(bytes, { pixelsMax }, share === undefined ? {} : { share });
  return sharp(data, { raw: { width, height, channels: 3 } });
}
