import { brotliCompressSync, deflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import sharp from 'sharp';
import { describeNote } from '../../../../src/images/known-facts.js';
import { readPhotoFacts } from '../../../../src/images/photo-facts.js';
import { gpsEntries, tiffBytes } from '../../../support/tiff-bytes.js';
import { xmpPacket } from '../../../support/xmp-packet.js';

const HERE = { lat: -46.25, lon: 168.5 };
const EXIF = Buffer.from(tiffBytes({ gps: gpsEntries(HERE.lat, HERE.lon) }, false));
const XMP = Buffer.from(xmpPacket('exif:GPSLatitude="46,15.0S" exif:GPSLongitude="168,30.0E"'));
const JPEG_EXIF = Buffer.concat([Buffer.from('Exif\0\0'), EXIF]);
const JPEG_XMP = Buffer.concat([Buffer.from('http://ns.adobe.com/xap/1.0/\0'), XMP]);

const blank = () => sharp({ create: { width: 8, height: 6, channels: 3, background: '#876' } });

function pointOf(file: Uint8Array) {
  const { facts, notes } = readPhotoFacts(file);
  return { point: facts.point, notes: notes.map(describeNote) };
}

const FOUND = { point: HERE, notes: [] };

describe('metadata in JPEG', () => {
  async function jpeg(...segments: readonly (readonly [marker: number, data: Uint8Array])[]): Promise<Buffer> {
    const plain = await blank().jpeg().toBuffer();
    const pieces = segments.map(([marker, data]) => {
      const head = Buffer.from([0xff, marker, 0, 0]);
      head.writeUInt16BE(data.length + 2, 2);
      return Buffer.concat([head, data]);
    });
    return Buffer.concat([plain.subarray(0, 2), ...pieces, plain.subarray(2)]);
  }

  it('is found behind other segments, and whichever APP1 comes first', async () => {
    const icc = Buffer.from('ICC_PROFILE\0\x01\x01abc');
    expect(pointOf(await jpeg([0xe2, Buffer.from('MPF\0abc')], [0xe1, JPEG_EXIF]))).toEqual(FOUND);
    expect(pointOf(await jpeg([0xe1, Buffer.from('QVCI\0other')], [0xe2, icc], [0xe1, JPEG_EXIF]))).toEqual(FOUND);
    expect(pointOf(await jpeg([0xfe, Buffer.from('a comment')], [0xe1, JPEG_XMP]))).toEqual(FOUND);
    const empty = Buffer.concat([
      Buffer.from('Exif\0\0'),
      tiffBytes({ first: [{ tag: 0x013b, type: 2, value: 'A' }] }),
    ]);
    expect(pointOf(await jpeg([0xe1, empty], [0xe1, JPEG_EXIF]))).toEqual(FOUND);
  });

  it('is found behind fill bytes and stray ones', async () => {
    const file = await jpeg([0xe1, JPEG_EXIF]);
    const filled = Buffer.concat([file.subarray(0, 2), Buffer.from([0xff, 0xff, 0, 7]), file.subarray(2)]);
    expect(pointOf(filled)).toEqual(FOUND);
  });

  it('goes on in further segments', async () => {
    const parts = [EXIF.subarray(0, 30), EXIF.subarray(30)].map((part) =>
      Buffer.concat([Buffer.from('Exif\0\0'), part]),
    );
    expect(pointOf(await jpeg(...parts.map((part) => [0xe1, part] as const)))).toEqual(FOUND);
  });

  it('is put together from extended XMP that the main packet names', async () => {
    const guid = 'A'.repeat(31).concat('7');
    const main = Buffer.from(
      `http://ns.adobe.com/xap/1.0/\0${xmpPacket(`xmlns:n="http://ns.adobe.com/xmp/note/" n:HasExtendedXMP="${guid}"`)}`,
    );
    const piece = (start: number, end: number, name = guid, total = XMP.length) => {
      const numbers = Buffer.alloc(8);
      numbers.writeUInt32BE(total, 0);
      numbers.writeUInt32BE(start, 4);
      return Buffer.concat([
        Buffer.from(`http://ns.adobe.com/xmp/extension/\0${name}`),
        numbers,
        XMP.subarray(start, end),
      ]);
    };
    const pieces = [piece(200, XMP.length), piece(0, 200)].map((data) => [0xe1, data] as const);
    expect(pointOf(await jpeg([0xe1, main], ...pieces))).toEqual(FOUND);
    expect(pointOf(await jpeg([0xe1, main], [0xe1, piece(0, XMP.length, 'B'.repeat(32))])).point).toBeNull();
    const huge = await jpeg([0xe1, main], [0xe1, piece(0, 10, guid, 0xfffffff0)]);
    expect(pointOf(huge).notes.join()).toContain('larger than 4 MiB');
  });
});

describe('metadata in PNG', () => {
  function chunk(type: string, ...data: readonly (Uint8Array | string)[]): Buffer {
    const content = Buffer.concat(data.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)));
    const size = Buffer.alloc(4);
    size.writeUInt32BE(content.length);
    return Buffer.concat([size, Buffer.from(type), content, Buffer.alloc(4)]);
  }

  async function png(chunks: readonly Buffer[], afterPixels = false): Promise<Buffer> {
    const plain = await blank().png().toBuffer();
    const at = afterPixels ? plain.length - 12 : 33;
    return Buffer.concat([plain.subarray(0, at), ...chunks, plain.subarray(at)]);
  }

  /** Digits in lines of 72 behind a name and a length, as ImageMagick writes them. */
  function rawProfile(name: string, data: Uint8Array): string {
    const lines =
      Buffer.from(data)
        .toString('hex')
        .match(/.{1,72}/g) ?? [];
    return `\n${name}\n${String(data.length).padStart(8)}\n${lines.join('\n')}\n`;
  }

  it.each<[string, Buffer]>([
    ['eXIf', chunk('eXIf', EXIF)],
    ['eXIf with a header of JPEG', chunk('eXIf', JPEG_EXIF)],
    ['zTXt exif', chunk('zTXt', 'Raw profile type exif\0\0', deflateSync(rawProfile('exif', JPEG_EXIF)))],
    ['tEXt exif', chunk('tEXt', 'Raw profile type exif\0', rawProfile('exif', EXIF))],
    ['iTXt exif', chunk('iTXt', 'Raw profile type exif\0\0\0\0\0', rawProfile('exif', JPEG_EXIF))],
    [
      'iTXt APP1, compressed',
      chunk('iTXt', 'Raw profile type APP1\0\x01\0en\0x\0', deflateSync(rawProfile('APP1', JPEG_EXIF))),
    ],
    [
      'zTXt APP1 of XMP',
      chunk('zTXt', 'Raw profile type APP1\0\0', deflateSync(rawProfile('generic profile'.slice(0, 7), JPEG_XMP))),
    ],
    ['zTXt xmp', chunk('zTXt', 'Raw profile type xmp\0\0', deflateSync(rawProfile('xmp', XMP)))],
    ['upper case', chunk('tEXt', 'Raw Profile Type EXIF\0', rawProfile('exif', JPEG_EXIF).toUpperCase())],
    ['iTXt XMP', chunk('iTXt', 'XML:com.adobe.xmp\0\0\0\0\0', XMP)],
    ['iTXt XMP, compressed', chunk('iTXt', 'XML:com.adobe.xmp\0\x01\0\0\0', deflateSync(XMP))],
    ['tEXt XMP', chunk('tEXt', 'XML:com.adobe.xmp\0', XMP)],
  ])('is found in %s, before the pixels and behind them', async (_name, data) => {
    expect(pointOf(await png([data]))).toEqual(FOUND);
    expect(pointOf(await png([data], true))).toEqual(FOUND);
  });

  it('is not unfolded beyond bounds', async () => {
    const bomb = chunk('zTXt', 'Raw profile type exif\0\0', deflateSync(Buffer.alloc(40 * 1024 * 1024)));
    const file = await png([...Array.from({ length: 200 }, () => bomb), chunk('eXIf', EXIF)]);
    const start = performance.now();
    const { point, notes } = pointOf(file);
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(point).toEqual(HERE);
    expect(notes[0]).toContain('unfolds to too many bytes');
    expect(notes.length).toBeLessThan(10);
  });

  it('that is damaged gives a note', async () => {
    const damaged = chunk('zTXt', 'Raw profile type exif\0\0', Buffer.from('no deflate data'));
    expect(pointOf(await png([damaged])).notes.join()).toContain('compressed data is damaged');
    expect(pointOf(await png([chunk('tEXt', 'Raw profile type exif\0', 'zz')])).point).toBeNull();
  });
});

describe('metadata in other formats', () => {
  async function webp(...chunks: readonly (readonly [type: string, data: Buffer])[]): Promise<Buffer> {
    const plain = await blank().webp().toBuffer();
    const pieces = chunks.map(([type, data]) => {
      const size = Buffer.alloc(4);
      size.writeUInt32LE(data.length);
      return Buffer.concat([Buffer.from(type), size, data, Buffer.alloc(data.length % 2)]);
    });
    return Buffer.concat([plain, ...pieces]);
  }

  it('is found in WebP, with the header of JPEG and without', async () => {
    expect(pointOf(await webp(['EXIF', EXIF]))).toEqual(FOUND);
    expect(pointOf(await webp(['ICCP', Buffer.from('odd')], ['EXIF', JPEG_EXIF]))).toEqual(FOUND);
    expect(pointOf(await webp(['XMP ', XMP]))).toEqual(FOUND);
  });

  it('is found in TIFF, EXIF and XMP', () => {
    expect(pointOf(EXIF)).toEqual(FOUND);
    expect(pointOf(tiffBytes({ first: [{ tag: 700, type: 1, value: XMP }] }))).toEqual(FOUND);
  });

  it('is found in GIF', async () => {
    const plain = await blank().gif().toBuffer();
    const trailer = Buffer.from([1, ...Array.from({ length: 256 }, (_, i) => 255 - i), 0]);
    const extension = Buffer.concat([Buffer.from('\x21\xff\x0bXMP DataXMP', 'latin1'), XMP, trailer]);
    expect(pointOf(Buffer.concat([plain.subarray(0, -1), extension, plain.subarray(-1)]))).toEqual(FOUND);
  });

  const box = (type: string, ...content: readonly Uint8Array[]): Buffer => {
    const head = Buffer.alloc(8);
    head.writeUInt32BE(8 + content.reduce((sum, part) => sum + part.length, 0));
    head.write(type, 4, 'latin1');
    return Buffer.concat([head, ...content]);
  };

  /** An item of HEIC or AVIF that lies in the meta box's own data (method 1), in as many pieces as are asked for. */
  function bmff(brand: string, kind: string, item: Buffer, pieces = 1): Buffer {
    const entry = box('infe', Buffer.from([2, 0, 0, 0, 0, 1, 0, 0]), Buffer.from(`${kind}\0application/rdf+xml\0`));
    const extents = Array.from({ length: pieces }, (_, i) => {
      const [start, end] = [i, i + 1].map((n) => Math.floor((item.length * n) / pieces)) as [number, number];
      const numbers = Buffer.alloc(8);
      numbers.writeUInt32BE(start, 0);
      numbers.writeUInt32BE(end - start, 4);
      return numbers;
    });
    const iloc = box('iloc', Buffer.from([1, 0, 0, 0, 0x44, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0, pieces]), ...extents);
    const iinf = box('iinf', Buffer.from([0, 0, 0, 0, 0, 1]), entry);
    return Buffer.concat([
      box('ftyp', Buffer.from(`${brand}\0\0\0\0`)),
      box('meta', Buffer.alloc(4), iinf, iloc, box('idat', item)),
    ]);
  }

  it.each(['heic', 'mif1', 'avif', 'hevx', 'jxl '])('is found among the items of a file of brand %s', (brand) => {
    for (const pieces of [1, 3]) {
      expect(pointOf(bmff(brand, 'Exif', Buffer.concat([Buffer.from([0, 0, 0, 6]), JPEG_EXIF]), pieces))).toEqual(
        FOUND,
      );
      expect(pointOf(bmff(brand, 'Exif', Buffer.concat([Buffer.alloc(4), JPEG_EXIF]), pieces))).toEqual(FOUND);
      expect(pointOf(bmff(brand, 'mime', XMP, pieces))).toEqual(FOUND);
    }
  });

  it('is found in the boxes of JPEG XL, compressed too', () => {
    const head = Buffer.from('\0\0\0\x0cJXL \r\n\x87\n', 'latin1');
    const exif = Buffer.concat([Buffer.alloc(4), EXIF]);
    expect(pointOf(Buffer.concat([head, box('Exif', exif)]))).toEqual(FOUND);
    expect(pointOf(Buffer.concat([head, box('brob', Buffer.from('Exif'), brotliCompressSync(exif))]))).toEqual(FOUND);
    expect(pointOf(Buffer.concat([head, box('brob', Buffer.from('xml '), brotliCompressSync(XMP))]))).toEqual(FOUND);
    const bomb = brotliCompressSync(Buffer.alloc(64 * 1024 * 1024));
    expect(pointOf(Buffer.concat([head, box('brob', Buffer.from('xml '), bomb)])).notes.join()).toContain('too large');
  });

  it('never throws and never hangs on damaged files', async () => {
    const files = [
      bmff('heic', 'Exif', Buffer.concat([Buffer.alloc(4), EXIF]), 3),
      await webp(['EXIF', EXIF]),
      await blank()
        .withExif({ IFD0: { Artist: 'A' } })
        .png()
        .toBuffer(),
      EXIF,
    ];
    fc.assert(
      fc.property(
        fc.constantFrom(...files),
        fc.nat(2000),
        fc.uint8Array({ minLength: 1, maxLength: 6 }),
        (file, at, bytes) => {
          const from = at % file.length;
          const changed = Buffer.concat([file.subarray(0, from), bytes, file.subarray(from + bytes.length)]);
          expect(() => readPhotoFacts(changed)).not.toThrow();
          expect(() => readPhotoFacts(file.subarray(0, from))).not.toThrow();
        },
      ),
      { numRuns: 1000 },
    );
  });
});
