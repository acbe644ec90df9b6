import type { Sharp } from 'sharp';
import { decodeBytes } from './decode-bytes.js';
import { decodeImage } from './decode-image.js';
import type { DecodeShare } from './decode-memory.js';
import { formatOfFile } from './format-of-file.js';
import { imageFormat } from './image-format.js';
import { readPlainFile } from './plain-file.js';
import { sharp } from './sharp.js';

/**
 * Opens a picture, upright, to be resized or written anew for people and not for an encoder: a truncated one is shown as far as
 * it goes. HEIC is decoded as in `decodeImage`.
 * @param file its path or its bytes
 * @param share the memory for it is taken of this; the caller releases it
 * @throws for HEIC `image_too_large`, `image_damaged`, `heic_decoder_missing` and so on; other formats fail when they are read,
 * with libvips' errors
 */
export async function openPicture(
  file: string | Uint8Array,
  pixelsMax: number,
  share?: Pick<DecodeShare, 'take'>,
): Promise<Sharp> {
  const { kind, name } = typeof file === 'string' ? await formatOfFile(file) : imageFormat(file);
  if (kind !== 'heif') {
    const picture = sharp()(file, { limitInputPixels: pixelsMax, failOn: 'none' });
    if (share !== undefined) {
      const header = await picture.metadata();
      await share.take(decodeBytes(header), `${name} of ${header.width} x ${header.height}`);
    }
    return picture.autoOrient();
  }
  const bytes = typeof file === 'string' ? await readPlainFile(file) : file;
  const { data, width, height } = await decodeImage(bytes, { pixelsMax }, share === undefined ? {} : { share });
  return sharp()(data, { raw: { width, height, channels: 3 } });
}
