import { fault, type StreetdexError } from '../domain/errors.js';

/** `unsupported_format`. `name`: the format that came. */
export function unsupportedFormat(name: string, cause?: unknown): StreetdexError {
  return fault(
    'unsupported_format',
    `Expected JPEG, PNG, WebP, AVIF, TIFF, GIF or HEIC, got ${name}; convert it to one of these.`,
    { cause },
  );
}

/** `image_too_large`. `remedy`: what to do, for the end of the sentence. */
export function imageTooLarge(width: number, height: number, pixelsMax: number, remedy: string): StreetdexError {
  return fault(
    'image_too_large',
    `Expected at most ${pixelsMax / 1e6} megapixels, got ${width} x ${height} (${((width * height) / 1e6).toFixed(1)}); ${remedy}.`,
  );
}

/** `image_truncated`. `length`: bytes that came. */
export function imageTruncated(name: string, length: number, reason: string, cause?: unknown): StreetdexError {
  return fault(
    'image_truncated',
    `Expected a whole ${name} file, got one cut short (${length} bytes; ${reason}); copy it again from its source.`,
    { cause },
  );
}

/** `image_damaged` */
export function imageDamaged(name: string, reason: string, cause?: unknown): StreetdexError {
  return fault('image_damaged', `Expected a readable ${name} file, but it cannot be decoded: ${reason}.`, {
    cause,
  });
}
