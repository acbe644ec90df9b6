import { addBlock, type MetadataBlocks, noBlocks, textAt, viewOf, withoutExifHeader } from './metadata-blocks.js';

const CHUNKS_MAX = 100_000;

/** The EXIF and XMP chunks of a WebP file (RFC 9649, 2.7.1.5), some with JPEG's `Exif\0\0` before the EXIF. */
export function webpBlocks(bytes: Uint8Array): MetadataBlocks {
  const blocks = noBlocks();
  const view = viewOf(bytes);
  for (let at = 12, count = 0; at + 8 <= bytes.length && count < CHUNKS_MAX; count++) {
    const size = view.getUint32(at + 4, true);
    const type = textAt(bytes, at, 4);
    const data = bytes.subarray(at + 8, at + 8 + size);
    if (type === 'EXIF') addBlock(blocks.exif, withoutExifHeader(data));
    else if (type === 'XMP ' || type === 'XMP\0') addBlock(blocks.xmp, data);
    at += 8 + size + (size % 2);
  }
  return blocks;
}
