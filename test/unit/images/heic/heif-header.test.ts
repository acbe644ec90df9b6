import { describe, expect, it } from '@jest/globals';
import { StreetdexError } from '../../../../src/domain/errors.js';
import { decodeImage } from '../../../../src/images/decode-image.js';
import { readHeifHeader } from '../../../../src/images/heic/heif-header.js';
import { fixtureBytes } from '../../../support/fixtures.js';
import { noHeic } from '../../../support/heic.js';

async function failure(bytes: Uint8Array, pixelsMax = 1e8): Promise<StreetdexError> {
  const error = await decodeImage(bytes, { pixelsMax }, { heic: noHeic }).then(
    () => new Error('it was decoded'),
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(StreetdexError);
  return error as StreetdexError;
}

/** The file with every occurrence of some bytes replaced by as many others. */
function changed(name: string, from: string | Uint8Array, to: string | Uint8Array): Buffer {
  const bytes = Buffer.from(fixtureBytes('heic', name));
  let at = bytes.indexOf(from);
  expect(at).not.toBe(-1);
  for (; at !== -1; at = bytes.indexOf(from, at + 1)) bytes.set(Buffer.from(to), at);
  return bytes;
}

const size = (width: number, height: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(width, 0);
  bytes.writeUInt32BE(height, 4);
  return bytes;
};

describe("a HEIF file's header", () => {
  it.each([
    ['plain.heic', { coding: 'hvc1', width: 96, height: 72 }],
    ['odd.heic', { coding: 'hvc1', width: 76, height: 64 }],
    ['turned.heic', { coding: 'hvc1', width: 96, height: 72 }],
    ['alpha.heic', { coding: 'hvc1', width: 96, height: 72 }],
    ['grid.heic', { coding: 'hvc1', width: 256, height: 192 }],
  ])('names coding and coded size of the main picture: %s', (name, header) => {
    expect(readHeifHeader(fixtureBytes('heic', name), 'HEIC')).toMatchObject(header);
  });

  it('knows AV1, which libvips decodes whatever the brand says', async () => {
    const bytes = Buffer.from(fixtureBytes('decode', 'rgb.avif'));
    expect(readHeifHeader(bytes, 'AVIF').coding).toBe('av01');
    for (let at = bytes.indexOf('avif'); at !== -1 && at < 40; at = bytes.indexOf('avif', at + 1))
      bytes.write('mif1', at);
    const image = await decodeImage(bytes, undefined, { heic: noHeic });
    expect([...image.data]).toEqual([...(await decodeImage(fixtureBytes('decode', 'rgb.avif'))).data]);
  });

  it('cut short anywhere is a file cut short, and never anything worse', async () => {
    for (const name of ['plain.heic', 'grid.heic']) {
      const bytes = fixtureBytes('heic', name);
      for (let length = 24; length < bytes.length; length += 7) {
        expect((await failure(bytes.subarray(0, length))).code).toBe('image_truncated');
      }
    }
  });

  it('with any byte changed gives a header or a failure', async () => {
    const whole = fixtureBytes('heic', 'grid.heic');
    const end = whole.indexOf('mdat');
    for (let at = 16; at < end; at++) {
      for (const value of [0, 1, 0x7f, 0xff]) {
        const bytes = Buffer.from(whole);
        bytes[at] = value;
        expect((await failure(bytes)).family).toBe('caller');
      }
    }
  });

  it('that goes round in a circle, or claims four thousand million items, ends', async () => {
    const ids = Buffer.from(fixtureBytes('heic', 'grid.heic'));
    const dimg = ids.indexOf('dimg');
    const grid = ids.readUInt16BE(dimg + 4);
    ids.writeUInt16BE(grid, dimg + 8);
    expect((await failure(ids)).code).toBe('image_damaged');
    const tiles = ids.indexOf('dimg') + 6;
    for (let i = 0; i < ids.readUInt16BE(tiles); i++) ids.writeUInt16BE(grid, tiles + 2 + 2 * i);
    expect((await failure(ids)).code).toBe('image_damaged');
    const many = Buffer.from(fixtureBytes('heic', 'plain.heic'));
    const ipma = many.indexOf('ipma');
    many.writeUInt32BE(0xffffffff, ipma + 8);
    expect((await failure(many)).code).toBe('image_damaged');
  });
});

describe('of HEIF files are refused', () => {
  it.each([
    ['jpeg', 'HEIF with JPEG inside'],
    ['unci', 'HEIF with uncompressed pixels inside'],
    ['avc1', 'HEIF with H.264 inside'],
    ['zzzz', 'HEIF with items of type zzzz inside'],
  ])('those with %s inside', async (type, words) => {
    for (const name of ['plain.heic', 'grid.heic']) {
      const error = await failure(changed(name, 'hvc1', type));
      expect(error.code).toBe('unsupported_format');
      expect(error.message).toContain(words);
    }
  });

  it('those with a video and no still picture', async () => {
    const error = await failure(changed('plain.heic', 'meta', 'moov'));
    expect(error.code).toBe('unsupported_format');
    expect(error.message).toContain('a video and no still picture');
  });

  it('more than 50 megapixels, whatever pixels_max allows, and more than pixels_max', async () => {
    const large = changed('plain.heic', size(96, 72), size(10_000, 5_001));
    const error = await failure(large, 2e8);
    expect(error.code).toBe('image_too_large');
    expect(error.message).toBe('Expected at most 50 megapixels, got 10000 x 5001 (50.0); use a smaller copy.');
    expect((await failure(large, 1e6)).message).toContain('Expected at most 1 megapixels, got 10000 x 5001');
    expect((await failure(changed('plain.heic', size(96, 72), size(10_000, 5_000)))).code).toBe('heic_decoder_missing');
  });

  it('those with HEVC where the package is not installed, by the command that installs it', async () => {
    const error = await failure(fixtureBytes('heic', 'plain.heic'));
    expect([error.family, error.code]).toEqual(['caller', 'heic_decoder_missing']);
    expect(error.message).toContain('npm install --no-save libheif-js@1.23.2');
    expect(error.message).not.toMatch(/\/\w+\//);
  });
});
