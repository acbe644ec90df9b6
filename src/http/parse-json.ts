import { fault } from '../domain/errors.js';

const DEPTH_MAX = 32;
/** Bytes outside strings, and strings: parsing and checking them takes the main thread's time, a picture's base64 does not. */
const STRUCTURE_BYTES_MAX = 1024 * 1024;
const STRINGS_MAX = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * Parses JSON after a look at its shape, so that no body can hold the server up: depth at most 32, at most 1 MiB of it
 * outside strings, at most 10,000 strings.
 * @throws `json_invalid`, `json_too_complex`
 */
export function parseJson(bytes: Buffer, what = 'the body'): unknown {
  checkShape(bytes, what);
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    // The parser's own message quotes the text, which may be a piece of a photo.
    throw fault('json_invalid', `Expected ${what} to be JSON, but it can not be parsed.`, { cause });
  }
}

function checkShape(bytes: Buffer, what: string): void {
  let depth = 0;
  let outside = 0;
  let strings = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte === QUOTE) {
      i = endOfString(bytes, i + 1);
      strings++;
    } else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (byte === 0x7d || byte === 0x5d) depth--;
    if (++outside > STRUCTURE_BYTES_MAX || depth > DEPTH_MAX || strings > STRINGS_MAX) {
      throw fault(
        'json_too_complex',
        `Expected ${what} to be JSON of depth at most ${DEPTH_MAX}, at most ${STRINGS_MAX} strings and ${STRUCTURE_BYTES_MAX} bytes besides them.`,
      );
    }
  }
}

/** Position of the quote that ends a string; looks for quotes natively, so that megabytes of base64 cost nothing. */
function endOfString(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from), quotes = 0; at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    let backslashes = 0;
    while (at - 1 - backslashes >= from && bytes[at - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return at;
    if (++quotes > STRINGS_MAX) throw fault('json_too_complex', 'Expected strings with fewer escaped quotes.');
  }
  return bytes.length;
}
