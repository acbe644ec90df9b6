import { type FactNote, firstKnown, oncePerKind, type ToldFacts } from './known-facts.js';
import { findMetadata } from './metadata/find-metadata.js';
import { readTiffTags } from './metadata/tiff-tags.js';
import { readExif } from './read-exif.js';
import { readXmp, XMP_BYTES_MAX, XMP_TOO_LARGE } from './read-xmp.js';

/** The largest packet and as much again of others: at worst some seconds of parsing. */
const XMP_SUM_MAX = 2 * XMP_BYTES_MAX;

/**
 * Where, when and by whom a photo was taken, from the EXIF and the XMP inside a JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or JPEG
 * XL file; EXIF first, XMP for what EXIF lacks. Broken metadata never throws: it gives a note instead of facts.
 * @param xmpBytesMax bytes of all XMP packets together; the rest is noted and not read
 */
export function readPhotoFacts(bytes: Uint8Array, xmpBytesMax = XMP_SUM_MAX): ToldFacts {
  const { exif, xmp, notes } = findMetadata(bytes);
  const layers: ToldFacts[] = [];
  const packets: Uint8Array[] = [];
  for (const block of exif) {
    const read = readTiffTags(block);
    if (read === null) notes.push(DAMAGED);
    else layers.push(readExif(read.tags));
    if (read?.xmp != null) packets.push(read.xmp);
  }
  let bytesLeft = xmpBytesMax;
  for (const packet of [...xmp, ...packets]) {
    bytesLeft -= packet.length;
    if (bytesLeft >= 0) layers.push(readXmp(packet));
    else notes.push({ what: XMP_TOO_LARGE, got: null });
  }
  return {
    facts: firstKnown(...layers.map(({ facts }) => facts)),
    notes: oncePerKind([...notes, ...layers.flatMap((layer) => layer.notes)]),
  };
}

const DAMAGED: FactNote = { what: 'The EXIF metadata is damaged and was not read', got: null };
