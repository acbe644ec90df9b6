import ExifReader from 'exifreader';
import { firstKnown, type KnownFacts } from './known-facts.js';
import { type ExifTags, readExif } from './read-exif.js';
import { readXmp } from './read-xmp.js';

/** What a photo's own metadata says, and what in it could not be used. */
export interface EmbeddedFacts {
  readonly facts: KnownFacts;
  /** Sentences, such as that a GPS position lacks its hemisphere letter. */
  readonly notes: readonly string[];
}

/**
 * Where, when and by whom a photo was taken, from the EXIF and the XMP inside a JPEG, PNG, WebP, AVIF, HEIC or TIFF
 * file; EXIF first, XMP for what EXIF leaves open. Broken metadata never throws: it gives nothing, and a note.
 */
export function readPhotoFacts(bytes: Uint8Array): EmbeddedFacts {
  const notes: string[] = [];
  const packets: string[] = [];
  const exif = loadExif(bytes, packets, notes);
  const layers = [readExif(exif, notes), ...packets.map((packet) => readXmp(packet, notes))];
  return { facts: firstKnown(...layers), notes };
}

function loadExif(bytes: Uint8Array, packets: string[], notes: string[]): ExifTags {
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
    if (!isAbsent(error)) notes.push('The EXIF metadata is damaged and was not read.');
    return {};
  }
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && /no exif data|invalid image format/i.test(error.message);
}
