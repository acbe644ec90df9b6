import type { Metadata } from 'sharp';
import { fault, StreetdexError } from '../domain/errors.js';
import { present } from '../domain/present.js';
import { isCutShort } from './cut-short.js';
import { decodeBytes, HEVC_BYTES_PER_PIXEL } from './decode-bytes.js';
import type { DecodeShare } from './decode-memory.js';
import { type HeicThread, heicThread } from './heic/heic-thread.js';
import { readHeifHeader } from './heic/heif-header.js';
import { imageDamaged, imageTooLarge, imageTruncated, unsupportedFormat } from './image-errors.js';
import { type ImageFormat, imageFormat } from './image-format.js';
import { findMetadata } from './metadata/find-metadata.js';
import { readTiffTags } from './metadata/tiff-tags.js';
import type { RgbImage } from './rgb-image.js';
import { sharp } from './sharp.js';
import { turnUpright } from './turn-upright.js';

export type { RgbImage };

export interface DecodeLimits {
  /** Width times height, read from the header before a pixel is decoded. */
  readonly pixelsMax: number;
}

export const DECODE_LIMITS: DecodeLimits = { pixelsMax: 100_000_000 };

/** The HEIC decoder takes some 20 bytes a pixel and 50 ms a megapixel, more than libvips' decoders. */
export const HEIC_PIXELS_MAX = 50_000_000;

export interface DecodeOptions {
  /** Waits for the HEIC decoder where many pictures are queued, instead of being refused. */
  readonly wait?: boolean;
  /** Called when the HEIC decoder begins with the picture, for measurements. */
  readonly begun?: () => void;
  /** The memory for the picture is taken of it before decoding; the caller releases it. */
  readonly share?: Pick<DecodeShare, 'take'>;
  /** The HEIC decoder; the process's own by default. */
  readonly heic?: Pick<HeicThread, 'checkInstalled' | 'decode'>;
}

/**
 * Decodes JPEG, PNG, WebP, AVIF, TIFF, GIF, and HEIC where the package for it is installed (by content, not by name), to
 * upright 8-bit RGB, as Pillow's `exif_transpose(image).convert('RGB')` does: a colour profile is ignored, alpha is dropped and
 * not blended, grey is repeated, of an animation or a multi-page file the first picture counts. For 8-bit RGB JPEG and PNG the
 * pixels equal Pillow's bit for bit. 16-bit samples keep their upper byte. CMYK becomes `(255 − K)·(255 − C)/255` per channel,
 * rounded as Pillow rounds it (16-bit CMYK goes libvips' own way).
 *
 * HEIC is decoded in one thread of the process, so only the main thread should ask for it.
 * @throws `image_empty`, `not_an_image`, `unsupported_format`, `image_truncated`, `image_damaged`, `image_too_large`,
 * `heic_decoder_missing`, `decoder_busy` (later; HEIC only).
 */
export async function decodeImage(
  bytes: Uint8Array,
  limits: DecodeLimits = DECODE_LIMITS,
  options: DecodeOptions = {},
): Promise<RgbImage> {
  if (bytes.length === 0) throw fault('image_empty', 'Expected a picture, got a file of zero bytes.');
  const format = imageFormat(bytes);
  refuseFormat(format, bytes.length);
  if (checkHeif(bytes, format, limits, options) === 'hevc') return decodeHevc(bytes, format, limits, options);
  if (isCutShort(bytes, format.name)) throw imageTruncated(format.name, bytes.length, 'it ends before its data does');
  try {
    const header = await sharp()(bytes, { limitInputPixels: false, failOn: 'truncated' }).metadata();
    refuseSize(header.width, header.height, limits.pixelsMax);
    await options.share?.take(decodeBytes(header, bytes), pictureOf(format, header));
    const image = await pixels(bytes, header, limits);
    return format.name === 'PNG' && header.orientation === undefined ? turnUpright(image, orientationOf(bytes)) : image;
  } catch (error) {
    throw decodeError(error, format, bytes.length);
  }
}

/** Names of the codings of HEIF's item types; AV1 is left to libvips. */
const CODINGS: Readonly<Record<string, string>> = {
  jpeg: 'JPEG',
  avc1: 'H.264',
  vvc1: 'H.266',
  evc1: 'EVC',
  j2k1: 'JPEG 2000',
  unci: 'uncompressed pixels',
};

/**
 * Refuses a HEIF file by its header: cut short, a coding that nothing here reads, too many pixels, HEVC without the package
 * that decodes it.
 * @returns the picture's coding, null for a file of another kind
 * @throws `image_truncated`, `image_damaged`, `unsupported_format`, `image_too_large`, `heic_decoder_missing`
 */
export function checkHeif(
  bytes: Uint8Array,
  format: ImageFormat,
  { pixelsMax }: DecodeLimits,
  { heic = heicThread }: DecodeOptions = {},
): 'hevc' | 'av1' | null {
  if (format.kind !== 'heif') return null;
  const { coding, width, height } = readHeifHeader(bytes, format.name);
  if (coding === 'av01') return 'av1';
  if (coding === null) throw unsupportedFormat(`${format.name} that holds a video and no still picture`);
  if (coding !== 'hvc1') throw unsupportedFormat(`HEIF with ${CODINGS[coding] ?? `items of type ${coding}`} inside`);
  refuseSize(width, height, pixelsMax);
  if (width * height > HEIC_PIXELS_MAX) throw imageTooLarge(width, height, HEIC_PIXELS_MAX, 'use a smaller copy');
  heic.checkInstalled();
  return 'hevc';
}

/** Memory is taken when the picture's turn has come, so that waiting pictures hold none. */
function decodeHevc(
  bytes: Uint8Array,
  format: ImageFormat,
  { pixelsMax }: DecodeLimits,
  { heic = heicThread, share, begun, ...rest }: DecodeOptions,
): Promise<RgbImage> {
  const size = readHeifHeader(bytes, format.name);
  const take = async () => {
    await share?.take(size.width * size.height * HEVC_BYTES_PER_PIXEL, pictureOf(format, size));
    begun?.();
  };
  return heic.decode({ bytes, pixelsMax: Math.min(HEIC_PIXELS_MAX, pixelsMax) }, { ...rest, begun: take });
}

function pictureOf({ name }: ImageFormat, { width, height }: { readonly width: number; readonly height: number }) {
  return `${name} of ${width} x ${height}`;
}

async function pixels(bytes: Uint8Array, header: Metadata, limits: DecodeLimits): Promise<RgbImage> {
  const cmyk = header.space === 'cmyk' && header.depth === 'uchar';
  const source = sharp()(bytes, {
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

/**
 * Orientation of a PNG whose EXIF is in a raw profile or after the pixels, where libvips does not look; 1 where there is none.
 */
function orientationOf(bytes: Uint8Array): number {
  for (const block of findMetadata(bytes).exif) {
    const value = readTiffTags(block)?.tags.Orientation?.value;
    const orientation = Array.isArray(value) ? value[0] : value;
    if (typeof orientation === 'number') return orientation;
  }
  return 1;
}

function rgbOfGrey(grey: Uint8Array): Uint8Array {
  const rgb = new Uint8Array(grey.length * 3);
  for (let i = 0, o = 0; i < grey.length; i++, o += 3) rgb.fill(present(grey[i]), o, o + 3);
  return rgb;
}

function rgbOfCmyk(cmyk: Uint8Array, channels: number): Uint8Array {
  const rgb = new Uint8Array((cmyk.length / channels) * 3);
  for (let i = 0, o = 0; i < cmyk.length; i += channels, o += 3) {
    const light = 255 - present(cmyk[i + 3]);
    for (let c = 0; c < 3; c++) {
      const product = present(cmyk[i + c]) * light + 128;
      rgb[o + c] = light - (((product >> 8) + product) >> 8);
    }
  }
  return rgb;
}

/** @throws `not_an_image`, `unsupported_format` for what the signature rules out. */
export function refuseFormat(format: ImageFormat, length: number): void {
  if (format.kind === 'other') {
    throw fault('not_an_image', `Expected a picture, got ${format.name} (${length} bytes).`);
  }
  if (format.kind === 'image') throw unsupportedFormat(format.name);
}

function refuseSize(width: number, height: number, pixelsMax: number): void {
  if (width * height > pixelsMax) {
    throw imageTooLarge(width, height, pixelsMax, 'use a smaller copy, or raise pixels_max');
  }
}

const TRUNCATED =
  /premature|truncat|unexpected end|end of (file|stream|image)|not enough|short (read|data)|read error|eof|unable to read|incomplete|failed to read|bad seek/i;

function decodeError(error: unknown, format: ImageFormat, length: number): StreetdexError {
  if (error instanceof StreetdexError) return error;
  const reason = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ').trim().slice(0, 200);
  if (/pixel limit/i.test(reason)) {
    return fault('image_too_large', `The ${format.name} file unfolds to more pixels than are allowed.`, {
      cause: error,
    });
  }
  if (TRUNCATED.test(reason)) return imageTruncated(format.name, length, reason, error);
  return imageDamaged(format.name, reason, error);
}
