import { decodeWindows1252 } from './windows-1252.js';

/**
 * Decodes an XMP packet or file: by its byte order mark, else by the places of its zero bytes (XML 1.0, appendix F), else by
 * its XML declaration, else as UTF-8, else as Windows-1252, in which every byte is a character.
 */
export function xmpText(bytes: Uint8Array): string {
  return decodeBytes(bytes).replace(/^\uFEFF/, '');
}

function decodeBytes(bytes: Uint8Array): string {
  const wide = wideEncoding(bytes);
  if (wide === 'utf-32le' || wide === 'utf-32be') return decodeUtf32(bytes, wide === 'utf-32le');
  if (wide !== null) return new TextDecoder(wide).decode(bytes);
  const declared = declaredEncoding(bytes);
  try {
    const decoder = declared === null ? null : new TextDecoder(declared);
    if (decoder?.encoding === 'windows-1252') return decodeWindows1252(bytes);
    if (decoder !== null) return decoder.decode(bytes);
  } catch {
    // An unknown encoding is treated like none.
  }
  return utf8OrWindows(bytes);
}

/** Decodes UTF-8, or Windows-1252 (the superset of Latin-1 that old programs meant) where it is not valid. */
export function utf8OrWindows(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return decodeWindows1252(bytes);
  }
}

type Wide = 'utf-16le' | 'utf-16be' | 'utf-32le' | 'utf-32be';

function wideEncoding(bytes: Uint8Array): Wide | null {
  const [a = 1, b = 1, c = 1, d = 1] = bytes;
  if (a === 0xff && b === 0xfe) return c === 0 && d === 0 ? 'utf-32le' : 'utf-16le';
  if (a === 0xfe && b === 0xff) return 'utf-16be';
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return 'utf-32be';
  // Without a mark: every character of markup is ASCII, so the bytes around the first `<` tell.
  const at = bytes.subarray(0, 256).indexOf(0x3c);
  if (at === -1) return null;
  const zero = (offset: number) => bytes[at + offset] === 0;
  if (zero(1) && zero(2) && zero(3) && at % 4 === 0) return 'utf-32le';
  if (at % 4 === 3 && zero(-1) && zero(-2) && zero(-3)) return 'utf-32be';
  if (zero(1) && at % 2 === 0) return 'utf-16le';
  return at % 2 === 1 && zero(-1) && zero(1) ? 'utf-16be' : null;
}

function declaredEncoding(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 256)).toString('latin1');
  const label = /<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]{1,40})["']/i.exec(head)?.[1];
  // Bytes that are not UTF-16 can be declared so by a program that converted them; UTF-8 is tried anyway.
  return label === undefined || /^(utf|ucs|unicode)/i.test(label) ? null : label;
}

function decodeUtf32(bytes: Uint8Array, little: boolean): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: string[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 4) {
    const code = view.getUint32(at, little);
    pieces.push(code <= 0x10ffff ? String.fromCodePoint(code) : '\uFFFD');
  }
  return pieces.join('');
}
