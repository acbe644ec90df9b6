import { bmffBlocks } from './bmff-blocks.js';
import { gifBlocks } from './gif-blocks.js';
import { jpegBlocks } from './jpeg-blocks.js';
import { type MetadataBlocks, noBlocks, startsAsTiff, textAt } from './metadata-blocks.js';
import { pngBlocks } from './png-blocks.js';
import { webpBlocks } from './webp-blocks.js';

/** The EXIF and XMP that a file holds, by its content; nothing where its format has no place for them. */
export function findMetadata(bytes: Uint8Array): MetadataBlocks {
  if (textAt(bytes, 0, 2) === '\xff\xd8') return jpegBlocks(bytes);
  if (textAt(bytes, 0, 8) === '\x89PNG\r\n\x1a\n') return pngBlocks(bytes);
  if (textAt(bytes, 0, 4) === 'RIFF' && textAt(bytes, 8, 4) === 'WEBP') return webpBlocks(bytes);
  if (textAt(bytes, 0, 4) === 'GIF8') return gifBlocks(bytes);
  if (startsAsTiff(bytes)) return { ...noBlocks(), exif: [bytes] };
  if (/^(ftyp|JXL )$/.test(textAt(bytes, 4, 4))) return bmffBlocks(bytes);
  return noBlocks();
}
