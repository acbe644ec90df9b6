import { type MetadataBlocks, noBlocks, textAt, viewOf, withoutExifHeader } from './metadata-blocks.js';

/** The EXIF and XMP chunks of a WebP file (RFC 9649, 2.7.1.5), some with JPEG's `Exif\0\0` before the EXIF. */
export function webpBlocks(bytes: Uint8Array): MetadataBlocks {
  const blocks = noBlocks();
  const view = viewOf(bytes);
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = view.getUint32(at + 4, true);
    const type = textAt(bytes, at, 4);
    const data = bytes.subarray(at + 8, at + 8 + size);
    if (type === 'EXIF') blocks.exif.push(withoutExifHeader(data));
    else if (type === 'XMP ' || type === 'XMP\0') blocks.xmp.push(data);
    at += 8 + size + (size % 2);
  }
  return blocks;
}
