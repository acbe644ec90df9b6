import type { StreetdexError } from '../../domain/errors.js';
import { fault } from '../../domain/errors.js';
import { imageDamaged, imageTooLarge, imageTruncated, unsupportedFormat } from '../image-errors.js';
import type { RgbImage } from '../rgb-image.js';
import type { Libheif } from './libheif.js';

/** From libheif's heif_library.h and heif_image.h: 8-bit RGB, interleaved. */
const COLOUR_SPACE_RGB = 1;
const CHROMA_INTERLEAVED_RGB = 10;
const CHANNEL_INTERLEAVED = 10;

/** From heif_error.h. */
const UNSUPPORTED_FILE_TYPE = 3;
const UNSUPPORTED_FEATURE = 4;
const OUT_OF_MEMORY = 6;
const END_OF_DATA = 100;
const LIMIT_EXCEEDED = 1000;

/** `int code, int subcode, const char *message`. */
const ERROR_BYTES = 12;

/**
 * The main picture of a HEIC file, upright: libheif turns, mirrors and crops it as the file's own properties say, which
 * stand before EXIF's orientation. Alpha is dropped, 10 and 12 bits become 8. Blocks its thread, about 50 ms a megapixel.
 *
 * After a failure the module's memory holds what was not freed, or worse: it must not be used again.
 * @throws `image_too_large`, `image_truncated`, `image_damaged`, `unsupported_format`; whatever WebAssembly throws
 */
export function decodePrimary(libheif: Libheif, bytes: Uint8Array, pixelsMax: number): RgbImage {
  const file = allocate(libheif, bytes.length);
  libheif.HEAPU8.set(bytes, file);
  const scratch = allocate(libheif, ERROR_BYTES + 4);
  const out = scratch + ERROR_BYTES;
  const check = () => checkError(libheif, scratch, bytes.length);
  const context = libheif._heif_context_alloc();
  // For tiles and the coded picture too, which may be larger than the header says.
  libheif._heif_context_set_maximum_image_size_limit(context, Math.ceil(Math.sqrt(pixelsMax)));
  libheif._heif_context_read_from_memory_without_copy(scratch, context, file, bytes.length, 0);
  check();
  libheif._heif_context_get_primary_image_handle(scratch, context, out);
  check();
  const handle = readUint32(libheif, out);
  const [width, height] = [libheif._heif_image_handle_get_width(handle), libheif._heif_image_handle_get_height(handle)];
  if (width * height > pixelsMax) throw imageTooLarge(width, height, pixelsMax, 'use a smaller copy');
  libheif._heif_decode_image(scratch, handle, out, COLOUR_SPACE_RGB, CHROMA_INTERLEAVED_RGB, 0);
  check();
  const decoded = readUint32(libheif, out);
  const image = copyPixels(libheif, decoded, out);
  libheif._heif_image_release(decoded);
  libheif._heif_image_handle_release(handle);
  libheif._heif_context_free(context);
  libheif._free(scratch);
  libheif._free(file);
  return image;
}

/** Row by row, since libheif aligns rows to 16 bytes or more. */
function copyPixels(libheif: Libheif, decoded: number, out: number): RgbImage {
  const width = libheif._heif_image_get_width(decoded, CHANNEL_INTERLEAVED);
  const height = libheif._heif_image_get_height(decoded, CHANNEL_INTERLEAVED);
  const plane = libheif._heif_image_get_plane_readonly2(decoded, CHANNEL_INTERLEAVED, out);
  const stride = readUint32(libheif, out);
  if (plane === 0 || !(width > 0 && height > 0)) throw imageDamaged('HEIC', 'it has no pixels');
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    const row = plane + y * stride;
    data.set(libheif.HEAPU8.subarray(row, row + width * 3), y * width * 3);
  }
  return { data, width, height };
}

function allocate(libheif: Libheif, bytes: number): number {
  const pointer = libheif._malloc(bytes);
  if (pointer === 0) throw tooMuchMemory();
  return pointer;
}

function checkError(libheif: Libheif, at: number, length: number): void {
  const code = readUint32(libheif, at);
  if (code === 0) return;
  const subcode = readUint32(libheif, at + 4);
  const message = readText(libheif, readUint32(libheif, at + 8));
  if (code === OUT_OF_MEMORY || subcode === LIMIT_EXCEEDED) throw tooMuchMemory();
  if (subcode === END_OF_DATA) throw imageTruncated('HEIC', length, message);
  if (code === UNSUPPORTED_FILE_TYPE || code === UNSUPPORTED_FEATURE) {
    throw unsupportedFormat(`a kind of HEIC that libheif does not read (${message})`);
  }
  throw imageDamaged('HEIC', message);
}

function tooMuchMemory(): StreetdexError {
  return fault(
    'image_too_large',
    'The HEIC file unfolds to more pixels or memory than is allowed; use a smaller copy.',
  );
}

function readUint32({ HEAPU8 }: Libheif, at: number): number {
  return new DataView(HEAPU8.buffer).getUint32(at, true);
}

/** A C string, at most 200 bytes of it. */
function readText({ HEAPU8 }: Libheif, at: number): string {
  const bytes = HEAPU8.subarray(at, at + 200);
  const end = bytes.indexOf(0);
  return Buffer.from(end === -1 ? bytes : bytes.subarray(0, end))
    .toString('latin1')
    .replace(/[\s.]+$/, '');
}
