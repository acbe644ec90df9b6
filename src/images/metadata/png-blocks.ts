import { inflateSync } from 'node:zlib';
import {
  addBlock,
  type MetadataBlocks,
  noBlocks,
  startsAsTiff,
  textAt,
  viewOf,
  withoutExifHeader,
} from './metadata-blocks.js';

const XMP_KEYWORD = 'XML:com.adobe.xmp';
const RAW_PROFILE = /^raw profile type (exif|app1|xmp)$/i;
const XMP_HEADER = 'http://ns.adobe.com/xap/1.0/\0';

/** Enough for the largest packet that is read, as hexadecimal digits in lines. */
const INFLATED_BYTES_MAX = 10 * 1024 * 1024;
/** For all texts of a file together, which may decompress a thousandfold. */
const INFLATED_SUM_MAX = 3 * INFLATED_BYTES_MAX;
const KEYWORD_LENGTH_MAX = 79;
const CHUNKS_MAX = 200_000;
/** At most so many texts are read. */
const TEXTS_MAX = 1000;

/**
 * EXIF of a PNG's eXIf chunk, wherever it is, then the text chunks `Raw profile type exif`, `APP1` or `xmp` of ImageMagick,
 * darktable and others (hexadecimal digits after a name and a length), and XMP in its own text chunk.
 */
export function pngBlocks(bytes: Uint8Array): MetadataBlocks {
  const blocks = noBlocks();
  const raw: Uint8Array[] = [];
  const unfolder = new Unfolder(blocks);
  let texts = 0;
  for (const { type, data } of chunks(bytes)) {
    if (type === 'eXIf' || type === 'exIf') addBlock(blocks.exif, withoutExifHeader(data));
    if (type !== 'tEXt' && type !== 'zTXt' && type !== 'iTXt') continue;
    if (++texts > TEXTS_MAX) continue;
    const keyword = /^[^\0]*/.exec(textAt(data, 0, KEYWORD_LENGTH_MAX + 1))?.[0] ?? '';
    const isProfile = RAW_PROFILE.test(keyword);
    if (!isProfile && keyword !== XMP_KEYWORD) continue;
    const text = unfolder.textOf(type, data, keyword.length + 1);
    if (text === null) continue;
    if (!isProfile) addBlock(blocks.xmp, text);
    else {
      const profile = profileBytes(text);
      if (profile !== null) addBlock(raw, profile);
    }
  }
  for (const profile of raw) {
    const exif = withoutExifHeader(profile);
    if (startsAsTiff(exif)) addBlock(blocks.exif, exif);
    else if (textAt(profile, 0, XMP_HEADER.length) === XMP_HEADER)
      addBlock(blocks.xmp, profile.subarray(XMP_HEADER.length));
    else addBlock(blocks.xmp, profile);
  }
  return blocks;
}

function* chunks(bytes: Uint8Array): Generator<{ readonly type: string; readonly data: Uint8Array }> {
  const view = viewOf(bytes);
  for (let at = 8, count = 0; at + 12 <= bytes.length && count < CHUNKS_MAX; count++) {
    const size = view.getUint32(at);
    const type = textAt(bytes, at + 4, 4);
    yield { type, data: bytes.subarray(at + 8, at + 8 + size) };
    if (type === 'IEND') return;
    at += 12 + size;
  }
}

/** Extracts a chunk's text, decompressed within bounds. */
class Unfolder {
  #left = INFLATED_SUM_MAX;

  readonly #blocks: MetadataBlocks;

  constructor(blocks: MetadataBlocks) {
    this.#blocks = blocks;
  }

  /** PNG specification (third edition), 11.3.3: after the keyword's zero byte come method, language and translation. */
  textOf(type: string, data: Uint8Array, start: number): Uint8Array | null {
    if (type === 'tEXt') return data.subarray(start);
    if (type === 'zTXt') return this.#inflated(data.subarray(start + 1));
    const language = data.indexOf(0, start + 2);
    const translation = language === -1 ? -1 : data.indexOf(0, language + 1);
    if (translation === -1) return null;
    const text = data.subarray(translation + 1);
    return data[start] === 1 ? this.#inflated(text) : text;
  }

  #inflated(data: Uint8Array): Uint8Array | null {
    if (this.#left > 0) {
      try {
        const text = inflateSync(data, { maxOutputLength: Math.min(this.#left, INFLATED_BYTES_MAX) });
        this.#left -= text.length;
        return text;
      } catch (error) {
        // A failed text may have decompressed up to the limit before it failed.
        this.#left -= INFLATED_BYTES_MAX;
        const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
        this.#note(tooLarge ? 'it unfolds to too many bytes' : 'its compressed data is damaged');
      }
    }
    return null;
  }

  #note(reason: string): void {
    if (this.#blocks.notes.some(({ what }) => what.endsWith(reason))) return;
    this.#blocks.notes.push({ what: `The metadata in a text of the PNG was not read: ${reason}`, got: null });
  }
}

/** The bytes of `\nexif\n    1234\n45786966…`; null for anything else. */
function profileBytes(text: Uint8Array): Uint8Array | null {
  const match = /^\s*([!-~]{1,20})\s+(\d{1,9})\s+/.exec(textAt(text, 0, 100));
  if (match === null) return null;
  const digits = textAt(text, match[0].length, text.length).replace(/\s+/g, '');
  const whole = Buffer.from(digits, 'hex');
  return whole.subarray(0, Number(match[2]));
}
