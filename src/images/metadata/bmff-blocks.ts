import { brotliDecompressSync } from 'node:zlib';
import { type Box, boxesIn, boxOf, Cursor } from './bmff-boxes.js';
import { addBlock, BLOCK_BYTES_MAX, type MetadataBlocks, noBlocks, startsAsTiff, textAt } from './metadata-blocks.js';

/**
 * At most so many boxes are decompressed: a file has one of EXIF and one of XMP, and each takes time before it proves too
 * large.
 */
const COMPRESSED_MAX = 4;
const FULL_BOX_BYTES = 4;
const XMP_UUID = '\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac';

/**
 * EXIF and XMP of HEIC, HEIF and AVIF, which are items located by a table (ISO/IEC 14496-12, 8.11, and 23008-12, Annex A), and
 * the boxes that JPEG XL (ISO/IEC 18181-2) and others have at the top.
 */
export function bmffBlocks(file: Uint8Array): MetadataBlocks {
  const blocks = noBlocks();
  let compressed = 0;
  for (const box of boxesIn(file, 0, file.length)) {
    const content = file.subarray(box.start, box.end);
    if (box.type === 'meta') addItems(blocks, file, box);
    else if (box.type === 'Exif') addExif(blocks, content);
    else if (box.type === 'xml ') addBlock(blocks.xmp, content);
    else if (box.type === 'brob' && compressed++ < COMPRESSED_MAX) addCompressed(blocks, content);
    else if (box.type === 'uuid' && textAt(content, 0, 16) === XMP_UUID) addBlock(blocks.xmp, content.subarray(16));
  }
  return blocks;
}

function addItems(blocks: MetadataBlocks, file: Uint8Array, meta: Box): void {
  const names = boxOf(file, meta, 'iinf', FULL_BOX_BYTES);
  const places = boxOf(file, meta, 'iloc', FULL_BOX_BYTES);
  if (names === null || places === null) return;
  const kinds = itemKinds(file, names);
  if (kinds.size === 0) return;
  for (const [id, bytes] of itemBytes(file, places, boxOf(file, meta, 'idat', FULL_BOX_BYTES), kinds)) {
    if (kinds.get(id) === 'exif') addExif(blocks, bytes);
    else addBlock(blocks.xmp, bytes);
  }
}

/** Four bytes give the offset of the TIFF header; some writers count wrongly, so it is searched for. */
function addExif(blocks: MetadataBlocks, content: Uint8Array): void {
  if (content.length < 12) return;
  const said = 4 + new Cursor(content, 0, 4).number(4);
  const candidates = [said, ...Array.from({ length: 32 }, (_, i) => i)];
  const start = candidates.find((at) => startsAsTiff(content.subarray(at, at + 4)));
  addBlock(blocks.exif, content.subarray(start ?? said));
}

/** A Brotli box: the type of its contents, then the compressed bytes. */
function addCompressed(blocks: MetadataBlocks, content: Uint8Array): void {
  const type = textAt(content, 0, 4);
  if (type !== 'Exif' && type !== 'xml ') return;
  try {
    const unfolded = brotliDecompressSync(content.subarray(4), { maxOutputLength: BLOCK_BYTES_MAX });
    if (type === 'Exif') addExif(blocks, unfolded);
    else addBlock(blocks.xmp, unfolded);
  } catch {
    blocks.notes.push({ what: 'The compressed metadata was not read: it is damaged or too large', got: null });
  }
}

type Kind = 'exif' | 'xmp';

function itemKinds(file: Uint8Array, names: Box): ReadonlyMap<number, Kind> {
  const kinds = new Map<number, Kind>();
  const version = file[names.start];
  const entries = names.start + FULL_BOX_BYTES + (version === 0 ? 2 : 4);
  for (const { type, start, end } of boxesIn(file, entries, names.end)) {
    const entryVersion = file[start] ?? 0;
    if (type !== 'infe' || entryVersion < 2 || end - start < 12) continue;
    const cursor = new Cursor(file, start + FULL_BOX_BYTES, end);
    const id = cursor.number(entryVersion === 2 ? 2 : 4);
    const kind = textAt(file, cursor.at + 2, 4);
    const [, contentType = ''] = textAt(file, cursor.at + 6, end - cursor.at - 6).split('\0');
    if (kind === 'Exif') kinds.set(id, 'exif');
    else if (kind === 'mime' && contentType.toLowerCase() === 'application/rdf+xml') kinds.set(id, 'xmp');
  }
  return kinds;
}

/** The bytes of the wanted items, in the table's order; an item may lie in pieces. */
function itemBytes(file: Uint8Array, places: Box, idat: Box | null, asked: ReadonlyMap<number, Kind>) {
  const found: (readonly [id: number, bytes: Uint8Array])[] = [];
  const cursor = new Cursor(file, places.start, places.end);
  try {
    const version = cursor.number(1);
    cursor.at += 3;
    const sizes = cursor.number(2);
    const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15] as const;
    const indexSize = version === 0 ? 0 : sizes & 15;
    const count = cursor.number(version < 2 ? 2 : 4);
    for (let item = 0; item < count; item++) {
      const id = cursor.number(version < 2 ? 2 : 4);
      const method = version === 0 ? 0 : cursor.number(2) & 15;
      cursor.at += 2;
      const base = cursor.number(baseSize);
      const extents = cursor.number(2);
      const pieces: Uint8Array[] = [];
      // Pieces of zero bytes could go on for ever.
      if (extents > 1 && offsetSize + lengthSize + indexSize === 0) return found;
      for (let i = 0; i < extents; i++) {
        cursor.number(indexSize);
        const offset = base + cursor.number(offsetSize);
        const length = cursor.number(lengthSize);
        if (asked.has(id)) pieces.push(pieceOf(file, method, idat, offset, length));
      }
      if (pieces.length > 0 && pieces.length <= PIECES_MAX && found.length < PIECES_MAX)
        found.push([id, joined(pieces)]);
    }
  } catch {
    // A truncated table still locates the items before its end.
  }
  return found;
}

const PIECES_MAX = 256;

/**
 * Bytes of a piece. Method 0 counts from the file's start, 1 from the meta box's own data; method 2, from other items, is
 * written by no camera.
 */
function pieceOf(file: Uint8Array, method: number, idat: Box | null, offset: number, length: number): Uint8Array {
  const from = method === 1 ? idat?.start : 0;
  if (method > 1 || from === undefined) return new Uint8Array(0);
  const start = from + offset;
  return file.subarray(start, length === 0 ? undefined : start + length);
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return size > BLOCK_BYTES_MAX ? new Uint8Array(0) : Buffer.concat(pieces);
}
