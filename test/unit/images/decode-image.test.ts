import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { StreetdexError } from '../../../src/domain/errors.js';
import { decodeImage } from '../../../src/images/decode-image.js';
import { imageFormat } from '../../../src/images/image-format.js';
import { fixture, fixtureBytes } from '../../support/fixtures.js';

interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly rgb: string;
}

const expected = JSON.parse(fixtureBytes('decode', 'expected.json').toString()) as Record<string, Pixels>;

async function failure(bytes: Uint8Array, pixelsMax = 1e8): Promise<StreetdexError> {
  const error = await decodeImage(bytes, { pixelsMax }).then(
    () => new Error('it was decoded'),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(StreetdexError);
  return error as StreetdexError;
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
}

/** A PNG's first 33 bytes: signature and header of a picture of this size. */
function pngHeader(width: number, height: number): Buffer {
  const bytes = Buffer.from(readFileSync(fixture('decode', 'rgb.png')));
  bytes.writeUInt32BE(width, 16);
  bytes.writeUInt32BE(height, 20);
  bytes.writeInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

function crc32(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc;
}

describe('decodeImage', () => {
  const exact = Object.keys(expected).filter((name) => !/avif|bmp/.test(name));

  it.each(exact)('gives the upright RGB pixels that Pillow gives, bit for bit: %s', async (name) => {
    const { width, height, rgb } = expected[name] as Pixels;
    const image = await decodeImage(fixtureBytes('decode', name));
    expect({ width: image.width, height: image.height }).toEqual({ width, height });
    expect(largestDifference(image.data, Buffer.from(rgb, 'base64'))).toBe(0);
  });

  it.each(['rgb.avif', 'turned.avif'])('decodes AVIF upright, up to the rounding of its colours: %s', async (name) => {
    const { width, height, rgb } = expected[name] as Pixels;
    const image = await decodeImage(fixtureBytes('decode', name));
    expect({ width: image.width, height: image.height }).toEqual({ width, height });
    const reference = Buffer.from(rgb, 'base64');
    const mean = image.data.reduce((sum, value, i) => sum + Math.abs(value - (reference[i] as number)), 0) / rgb.length;
    expect(mean).toBeLessThan(5);
  });

  it('ignores a colour profile', async () => {
    const plain = sharp(fixture('decode', 'rgb.png'));
    const tagged = await plain.clone().keepIccProfile().withIccProfile('p3', { attach: true }).png().toBuffer();
    const raw = await sharp(tagged, { ignoreIcc: true }).raw().toBuffer();
    const { data } = await decodeImage(tagged);
    expect((await sharp(tagged).metadata()).icc).toBeDefined();
    expect(largestDifference(data, raw)).toBe(0);
    expect(largestDifference(data, await sharp(tagged).raw().toBuffer())).toBeGreaterThan(0);
  });

  it('keeps the upper byte of 16-bit samples', async () => {
    const samples = Uint16Array.from({ length: 12 * 3 }, (_, i) => (i * 1801) & 0xffff);
    const png = await sharp(samples, { raw: { width: 4, height: 3, channels: 3 } })
      .toColourspace('rgb16')
      .png()
      .toBuffer();
    expect((await sharp(png).metadata()).depth).toBe('ushort');
    const { data } = await decodeImage(png);
    expect([...data]).toEqual([...samples].map((sample) => sample >> 8));
    const greys = Uint16Array.from({ length: 12 }, (_, i) => (i * 5413) & 0xffff);
    const grey = await sharp(greys, { raw: { width: 4, height: 3, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer();
    expect(await sharp(grey).metadata()).toMatchObject({ depth: 'ushort', channels: 1 });
    expect([...(await decodeImage(grey)).data]).toEqual(
      [...greys].flatMap((level) => [level, level, level].map((v) => v >> 8)),
    );
  });

  it('goes by content and not by a name', async () => {
    expect(imageFormat(fixtureBytes('decode', 'rgb.png')).name).toBe('PNG');
    expect((await decodeImage(fixtureBytes('decode', 'lossy.webp'))).width).toBe(40);
  });

  it('reads from within a larger buffer', async () => {
    const file = fixtureBytes('decode', 'lzw.tif');
    const padded = Buffer.concat([Buffer.alloc(13, 7), file, Buffer.alloc(5, 7)]);
    const image = await decodeImage(padded.subarray(13, 13 + file.length));
    expect(image.data.length).toBe(40 * 30 * 3);
  });
});

describe('decodeImage refuses', () => {
  it('a file of zero bytes', async () => {
    expect((await failure(new Uint8Array())).code).toBe('image_empty');
  });

  it.each([
    ['a web page', '<!DOCTYPE html><html></html>'],
    ['text', 'lat,lon\n1,2\n'],
    ['a PDF document', '%PDF-1.7\n'],
    ['a zip archive', 'PK\x03\x04rest'],
    ['data of an unknown kind', '\x00\x01\x02\x03\x04\x05'],
    ['a video', '\0\0\0\x18ftypisom\0\0\0\0isommp42'],
    ['a RIFF file (sound or video)', 'RIFF\x10\0\0\0WAVEfmt '],
  ])('%s, and says that it is one', async (name, content) => {
    const error = await failure(Buffer.from(content, 'latin1'));
    expect([error.family, error.code]).toEqual(['caller', 'not_an_image']);
    expect(error.message).toContain(name);
  });

  it.each([
    ['HEIF in its short form', '\0\0\0\x10ftypmif3\0\0\0\0'],
    ['JPEG XL', '\xff\x0a\0\0'],
    ['SVG', '<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ['Canon raw (CR2)', 'II*\0\x10\0\0\0CR\x02\0'],
  ])('%s, which nothing here reads', async (name, content) => {
    const error = await failure(Buffer.from(content, 'latin1'));
    expect(error.code).toBe('unsupported_format');
    expect(error.message).toContain(name);
  });

  it('BMP', async () => {
    expect((await failure(fixtureBytes('decode', 'rgb.bmp'))).code).toBe('unsupported_format');
  });

  const whole = Object.keys(expected).filter((name) => !/bmp|animated.gif|pages/.test(name));
  it.each(whole)('%s when it is cut short', async (name) => {
    const bytes = fixtureBytes('decode', name);
    for (const part of [0.9, 0.5, 0.2]) {
      expect((await failure(bytes.subarray(0, Math.floor(bytes.length * part)))).code).toBe('image_truncated');
    }
  });

  it('a picture whose inside is damaged', async () => {
    const bytes = Buffer.from(fixtureBytes('decode', 'rgb.png'));
    bytes.fill(0x55, 60, bytes.length - 20);
    expect(['image_damaged', 'image_truncated']).toContain((await failure(bytes)).code);
  });

  it('200 megapixels by the header alone, before it looks for a pixel', async () => {
    const error = await failure(pngHeader(20_000, 10_000));
    expect(error.code).toBe('image_too_large');
    expect(error.message).toContain('20000 x 10000 (200.0)');
  });

  it('one pixel more than the limit, and takes as many as it', async () => {
    const bytes = fixtureBytes('decode', 'turned.jpg');
    expect((await failure(bytes, 1199)).code).toBe('image_too_large');
    expect((await decodeImage(bytes, { pixelsMax: 1200 })).width).toBe(30);
  });

  it('a bomb: a small file that unfolds to 150 megapixels', async () => {
    const bomb = await sharp({ create: { width: 15_000, height: 10_000, channels: 3, background: 'white' } })
      .png({ compressionLevel: 9 })
      .toBuffer();
    expect(bomb.length).toBeLessThan(1e6);
    expect((await failure(bomb)).code).toBe('image_too_large');
  });
});

describe('a PNG whose EXIF stands behind its pixels', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'with orientation %d comes upright, as libvips turns it where it stands before',
    async (orientation) => {
      const pixels = Buffer.from(Array.from({ length: 5 * 3 * 3 }, (_, i) => (i * 37) % 256));
      const before = await sharp(pixels, { raw: { width: 5, height: 3, channels: 3 } })
        .withMetadata({ orientation })
        .png()
        .toBuffer();
      const chunk = /eXIf/.exec(before.toString('latin1'))?.index ?? 0;
      const [from, to] = [chunk - 4, chunk + 8 + before.readUInt32BE(chunk - 4)];
      const end = before.length - 12;
      const behind = Buffer.concat([
        before.subarray(0, from),
        before.subarray(to, end),
        before.subarray(from, to),
        before.subarray(end),
      ]);
      expect((await sharp(behind).metadata()).orientation).toBeUndefined();
      expect(await decodeImage(behind)).toEqual(await decodeImage(before));
    },
  );
});
