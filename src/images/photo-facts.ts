import ExifReader from 'exifreader';
import { type FactNote, firstKnown, type ToldFacts } from './known-facts.js';
import { type ExifTags, readExif } from './read-exif.js';
import { readXmp } from './read-xmp.js';

/**
 * Where, when and by whom a photo was taken, from the EXIF and the XMP inside a JPEG, PNG, WebP, AVIF, HEIC or TIFF
 * file; EXIF first, XMP for what EXIF leaves open. Broken metadata never throws: it gives nothing, and a note.
 */
export function readPhotoFacts(bytes: Uint8Array): ToldFacts {
  const notes: FactNote[] = [];
  const packets: string[] = [];
  const exif = loadExif(bytes, packets, notes);
  const layers = [readExif(exif), ...packets.map((packet) => readXmp(packet))];
  return {
    facts: firstKnown(...layers.map(({ facts }) => facts)),
    notes: [...notes, ...layers.flatMap((layer) => layer.notes)],
  };
}

function loadExif(bytes: Uint8Array, packets: string[], notes: FactNote[]): ExifTags {
  try {
    const tags = ExifReader.loadView(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
      expanded: true,
      includeTags: { exif: true, xmp: true },
      // ExifReader gives no access to the XMP's text but through its parser, which would expand entities.
      domParser: {
        parseFromString(packet: string) {
          if (!packets.includes(packet)) packets.push(packet);
          throw new Error('read by read-xmp');
        },
      },
    });
    return (tags.exif ?? {}) as ExifTags;
  } catch (error) {
    if (!isAbsent(error)) notes.push({ what: 'The EXIF metadata is damaged and was not read', got: null });
    return {};
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && /no exif data|invalid image format/i.test(error.message);
}
