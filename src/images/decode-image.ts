import sharp, { type Metadata } from 'sharp';
import { callerError, StreetdexError } from '../domain/errors.js';
import { isCutShort } from './cut-short.js';
import { type ImageFormat, imageFormat } from './image-format.js';

/** Upright pixels: RGB, 8 bits each, interleaved, row by row from the top left; `data.length === width * height * 3`. */
export interface RgbImage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface DecodeLimits {
  /** Width times height, read from the header before a pixel is decoded. */
  readonly pixelsMax: number;
}

export const DECODE_LIMITS: DecodeLimits = { pixelsMax: 100_000_000 };

// libvips would keep decoded files and operations for a second use that never comes here.
sharp.cache(false);

/**
 * Decodes JPEG, PNG, WebP, AVIF, TIFF or GIF, and HEIC where libvips was built with it (by content, not by name) to upright 8-bit RGB, as Pillow's
 * `exif_transpose(image).convert('RGB')` does: a colour profile is ignored, alpha is dropped and not blended, grey is
 * repeated, of an animation or a multi-page file the first picture counts. For 8-bit RGB JPEG and PNG the pixels equal
 * Pillow's bit for bit. 16-bit samples keep their upper byte. CMYK becomes `(255 − K)·(255 − C)/255` per channel,
 * rounded as Pillow rounds it
 * (16-bit CMYK goes libvips' own way).
 *
 * @throws `image_empty`, `not_an_image`, `unsupported_format`, `image_truncated`, `image_damaged`, `image_too_large`.
 */
export async function decodeImage(bytes: Uint8Array, limits: DecodeLimits = DECODE_LIMITS): Promise<RgbImage> {
  if (bytes.length === 0) throw callerError('image_empty', 'Expected a picture, got a file of zero bytes.');
  const format = imageFormat(bytes);
  refuseFormat(format, bytes.length);
  if (isCutShort(bytes, format.name)) throw truncated(format, bytes.length, 'it ends before its data does');
  try {
    const header = await sharp(bytes, { limitInputPixels: false, failOn: 'truncated' }).metadata();
    refuseSize(header.width, header.height, limits.pixelsMax);
    return await pixels(bytes, header, limits);
  } catch (error) {
    throw decodeError(error, format, bytes.length);
  }
}

async function pixels(bytes: Uint8Array, header: Metadata, limits: DecodeLimits): Promise<RgbImage> {
  const cmyk = header.space === 'cmyk' && header.depth === 'uchar';
  const source = sharp(bytes, {
    limitInputPixels: limits.pixelsMax,
    failOn: 'truncated',
    ignoreIcc: true,
    autoOrient: true,
  });
  const picture = cmyk
    ? source.pipelineColourspace('cmyk').toColourspace('cmyk')
    : source.removeAlpha().toColourspace('srgb');
  const { data, info } = await picture.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const rgb = cmyk ? rgbOfCmyk(data, info.channels) : info.channels === 1 ? rgbOfGrey(data) : data;
  if (rgb.length !== info.width * info.height * 3) throw new Error(`libvips gave ${info.channels} channels`);
  return { data: rgb, width: info.width, height: info.height };
}

function rgbOfGrey(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3);
  for (let i = 0, o = 0; i < grey.length; i++, o += 3) rgb.fill(grey[i] as number, o, o + 3);
  return rgb;
}

function rgbOfCmyk(cmyk: Uint8Array, channels: number): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / channels) * 3);
  for (let i = 0, o = 0; i < cmyk.length; i += channels, o += 3) {
    const light = 255 - (cmyk[i + 3] as number);
    for (let c = 0; c < 3; c++) {
      const product = (cmyk[i + c] as number) * light + 128;
      rgb[o + c] = light - (((product >> 8) + product) >> 8);
    }
  }
  return rgb;
}

/** @throws `not_an_image`, `unsupported_format` for what the signature rules out. */
export function refuseFormat(format: ImageFormat, length: number): void {
  if (format.kind === 'other') {
    throw callerError('not_an_image', `Expected a picture, got ${format.name} (${length} bytes).`);
  }
  if (format.kind === 'image') throw unsupported(format);
}

function unsupported(format: ImageFormat, cause?: unknown): StreetdexError {
  return callerError(
    'unsupported_format',
    `Expected JPEG, PNG, WebP, AVIF, TIFF or GIF, got ${format.name}; convert it to one of these.`,
    { cause },
  );
}

function refuseSize(width: number, height: number, pixelsMax: number): void {
  if (width * height <= pixelsMax) return;
  throw callerError(
    'image_too_large',
    `Expected at most ${pixelsMax / 1e6} megapixels, got ${width} x ${height} (${((width * height) / 1e6).toFixed(1)}); use a smaller copy, or raise pixels_max.`,
  );
}

const TRUNCATED =
  /premature|truncat|unexpected end|end of (file|stream|image)|not enough|short (read|data)|read error|eof|unable to read|incomplete|failed to read|bad seek/i;

function decodeError(error: unknown, format: ImageFormat, length: number): StreetdexError {
  if (error instanceof StreetdexError) return error;
  if (format.kind === 'tried') return unsupported(format, error);
  const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim().slice(0, 200);
  if (/pixel limit/i.test(reason)) {
    return callerError('image_too_large', `The ${format.name} file unfolds to more pixels than are allowed.`, {
      cause: error,
    });
  }
  if (TRUNCATED.test(reason)) return truncated(format, length, reason, error);
  return callerError('image_damaged', `Expected a readable ${format.name} file, but it cannot be decoded: ${reason}.`, {
    cause: error,
  });
}

function truncated(format: ImageFormat, length: number, reason: string, cause?: unknown): StreetdexError {
  return callerError(
    'image_truncated',
    `Expected a whole ${format.name} file, got one cut short (${length} bytes; ${reason}); copy it again from its source.`,
    { cause },
  );
}
