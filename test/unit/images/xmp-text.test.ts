import { describe, expect, it } from '@jest/globals';
import { xmpText } from '../../../src/images/xmp-text.js';

const TEXT = '<a b="Zoë, Þingvellir, 京都 𝄞"/>';

function utf16(text: string, little: boolean): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return little ? bytes : bytes.swap16();
}

function utf32(text: string, little: boolean): Buffer {
  const bytes = Buffer.from(Uint32Array.from([...text], (character) => character.codePointAt(0) ?? 0).buffer);
  return little ? bytes : bytes.swap32();
}

describe('the encoding of XMP', () => {
  it.each([
    ['UTF-8', Buffer.from(TEXT)],
    ['UTF-8 with a mark', Buffer.from(`\uFEFF${TEXT}`)],
    ['UTF-16 LE', utf16(TEXT, true)],
    ['UTF-16 LE with a mark', utf16(`\uFEFF${TEXT}`, true)],
    ['UTF-16 BE', utf16(TEXT, false)],
    ['UTF-16 BE with a mark', utf16(`\uFEFF${TEXT}`, false)],
    ['UTF-32 LE', utf32(TEXT, true)],
    ['UTF-32 LE with a mark', utf32(`\uFEFF${TEXT}`, true)],
    ['UTF-32 BE', utf32(TEXT, false)],
    ['UTF-32 BE with a mark', utf32(`\uFEFF${TEXT}`, false)],
  ])('is found for %s', (_name, bytes) => {
    expect(xmpText(bytes)).toBe(TEXT);
  });

  it('is found behind spaces', () => {
    for (const little of [true, false]) {
      expect(xmpText(utf16(`\n ${TEXT}`, little))).toBe(`\n ${TEXT}`);
      expect(xmpText(utf32(`\n ${TEXT}`, little))).toBe(`\n ${TEXT}`);
    }
  });

  it.each([
    ['iso-8859-1', 'Zo\xeb', 'Zoë'],
    ['ISO-8859-15', '5 \xa4', '5 €'],
    ['windows-1252', '\x93Zo\xeb\x94', '“Zoë”'],
    ['windows-1251', '\xcc\xee\xf1\xea\xe2\xe0', 'Москва'],
    ['UTF-16', 'Zoe', 'Zoe'],
    ['no-such-encoding', 'Zo\xeb', 'Zoë'],
  ])('is what the declaration says: %s', (label, said, meant) => {
    const declaration = `<?xml version="1.0" encoding="${label}"?>`;
    const bytes = Buffer.concat([Buffer.from(declaration), Buffer.from(`<a b="${said}"/>`, 'latin1')]);
    expect(xmpText(bytes)).toBe(`${declaration}<a b="${meant}"/>`);
  });

  it('is Windows-1252 where bytes are no UTF-8 and nothing is declared', () => {
    expect(xmpText(Buffer.from('<a b="Zo\xeb \x80"/>', 'latin1'))).toBe('<a b="Zoë €"/>');
  });

  it('is some text for any bytes', () => {
    for (let first = 0; first < 256; first++) {
      expect(typeof xmpText(Uint8Array.of(first, 0, 0x3c, 0, 0xd8, first, 0xff))).toBe('string');
    }
    expect(xmpText(new Uint8Array(0))).toBe('');
  });
});
