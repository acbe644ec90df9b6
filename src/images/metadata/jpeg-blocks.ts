import { present } from '../../domain/present.js';
import { XMP_TOO_LARGE } from '../read-xmp.js';
import {
  addBlock,
  BLOCK_BYTES_MAX,
  type MetadataBlocks,
  noBlocks,
  startsAsTiff,
  textAt,
  viewOf,
  withoutExifHeader,
} from './metadata-blocks.js';

const XMP = 'http://ns.adobe.com/xap/1.0/\0';
const EXTENDED_XMP = 'http://ns.adobe.com/xmp/extension/\0';
const GUID_LENGTH = 32;

/**
 * EXIF and XMP in the APP1 segments before a JPEG's picture, whichever of them come first and whatever lies between. EXIF that
 * is longer than a segment continues in the next ones; extended XMP (XMP specification part 3, 1.1.3.1) is assembled where the
 * main packet names it.
 */
export function jpegBlocks(bytes: Uint8Array): MetadataBlocks {
  const blocks = noBlocks();
  const extended = new ExtendedXmp();
  for (const segment of app1Segments(bytes)) {
    if (textAt(segment, 0, 5) === 'Exif\0') addExif(blocks, withoutExifHeader(segment));
    else if (textAt(segment, 0, XMP.length) === XMP) addBlock(blocks.xmp, segment.subarray(XMP.length));
    else if (textAt(segment, 0, EXTENDED_XMP.length) === EXTENDED_XMP) {
      extended.add(segment.subarray(EXTENDED_XMP.length));
    }
  }
  extended.finish(blocks);
  return blocks;
}

function addExif(blocks: MetadataBlocks, part: Uint8Array): void {
  const last = blocks.exif.at(-1);
  if (startsAsTiff(part) || last === undefined) addBlock(blocks.exif, part);
  else if (last.length + part.length <= BLOCK_BYTES_MAX)
    blocks.exif[blocks.exif.length - 1] = Buffer.concat([last, part]);
}

const SEGMENTS_MAX = 4096;

function* app1Segments(bytes: Uint8Array): Generator<Uint8Array> {
  const view = viewOf(bytes);
  let at = 2;
  for (let count = 0; count < SEGMENTS_MAX; count++) {
    // Fill bytes may stand before a marker, and writers leave stray bytes behind a segment.
    while (at + 4 <= bytes.length && !(bytes[at] === 0xff && isMarker(present(bytes[at + 1])))) at++;
    if (at + 4 > bytes.length) return;
    const marker = present(bytes[at + 1]);
    if (marker === 0xda || marker === 0xd9) return;
    const size = view.getUint16(at + 2);
    if (marker === 0xe1 && size > 2) yield bytes.subarray(at + 4, at + 2 + size);
    at += 2 + Math.max(2, size);
  }
}

/** Markers with a length of their own; those without one (restarts, start of image) do not occur between segments. */
function isMarker(code: number): boolean {
  return code >= 0xc0 && code < 0xff && !(code >= 0xd0 && code <= 0xd8);
}

class ExtendedXmp {
  readonly #parts = new Map<string, { readonly total: number; readonly pieces: [number, Uint8Array][] }>();

  /** Adds a segment: a GUID, the whole length, the piece's offset, and the piece. */
  add(segment: Uint8Array): void {
    if (segment.length < GUID_LENGTH + 8) return;
    const guid = textAt(segment, 0, GUID_LENGTH);
    const view = viewOf(segment);
    const known = this.#parts.get(guid) ?? { total: view.getUint32(GUID_LENGTH), pieces: [] };
    known.pieces.push([view.getUint32(GUID_LENGTH + 4), segment.subarray(GUID_LENGTH + 8)]);
    this.#parts.set(guid, known);
  }

  finish(blocks: MetadataBlocks): void {
    if (this.#parts.size === 0) return;
    const main = blocks.xmp.map((packet) => textAt(packet, 0, packet.length)).join();
    for (const [guid, { total, pieces }] of this.#parts) {
      if (!main.includes(guid)) continue;
      if (total > BLOCK_BYTES_MAX) {
        blocks.notes.push({ what: XMP_TOO_LARGE, got: `${total} bytes` });
        continue;
      }
      const whole = new Uint8Array(total);
      for (const [offset, piece] of pieces) if (offset + piece.length <= total) whole.set(piece, offset);
      addBlock(blocks.xmp, whole);
    }
  }
}
