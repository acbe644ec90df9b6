import type { FactNote } from '../known-facts.js';
import { XMP_BYTES_MAX } from '../read-xmp.js';

/** A file's metadata as raw blocks, in order of precedence. */
export interface MetadataBlocks {
  /** Each from its byte order mark (`II*\0` or `MM\0*`) on. */
  readonly exif: Uint8Array[];
  readonly xmp: Uint8Array[];
  readonly notes: FactNote[];
}

/** Real files have a handful; a malicious one could have millions. */
const BLOCKS_MAX = 32;
export const BLOCK_BYTES_MAX = XMP_BYTES_MAX;

export function addBlock(blocks: Uint8Array[], block: Uint8Array): void {
  if (blocks.length < BLOCKS_MAX) blocks.push(block);
}

export function noBlocks(): MetadataBlocks {
  return { exif: [], xmp: [], notes: [] };
}

/** A stretch of bytes as Latin-1 text, cut where the bytes end. */
export function textAt(bytes: Uint8Array, offset: number, length: number): string {
  if (offset < 0 || offset >= bytes.length) return '';
  const size = Math.min(length, bytes.length - offset);
  return Buffer.from(bytes.buffer, bytes.byteOffset + offset, size).toString('latin1');
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** EXIF without the `Exif\0\0` that JPEG puts before it and that some writers put everywhere. */
export function withoutExifHeader(bytes: Uint8Array): Uint8Array {
  return textAt(bytes, 0, 5) === 'Exif\0' ? bytes.subarray(6) : bytes;
}

export function startsAsTiff(bytes: Uint8Array): boolean {
  const mark = textAt(bytes, 0, 4);
  return mark === 'II*\0' || mark === 'MM\0*';
}
