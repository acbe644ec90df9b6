import { type FactNote, firstKnown, oncePerKind, type ToldFacts } from './known-facts.js';
import { findMetadata } from './metadata/find-metadata.js';
import { readTiffTags } from './metadata/tiff-tags.js';
import { readExif } from './read-exif.js';
import { readXmp } from './read-xmp.js';

/**
 * Where, when and by whom a photo was taken, from the EXIF and the XMP inside a JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF or
 * JPEG XL file; EXIF first, XMP for what EXIF leaves open. Broken metadata never throws: it gives nothing, and a note.
 */
export function readPhotoFacts(bytes: Uint8Array): ToldFacts {
  const { exif, xmp, notes } = findMetadata(bytes);
  const layers: ToldFacts[] = [];
  const packets: Uint8Array[] = [];
  for (const block of exif) {
    const read = readTiffTags(block);
    if (read === null) notes.push(DAMAGED);
    else layers.push(readExif(read.tags));
    if (read?.xmp != null) packets.push(read.xmp);
  }
  for (const packet of [...xmp, ...packets]) layers.push(readXmp(packet));
  return {
    facts: firstKnown(...layers.map(({ facts }) => facts)),
    notes: oncePerKind([...notes, ...layers.flatMap((layer) => layer.notes)]),
  };
}

const DAMAGED: FactNote = { what: 'The EXIF metadata is damaged and was not read', got: null };
