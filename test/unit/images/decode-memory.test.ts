import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { hasCode } from '../../../src/domain/errors.js';
import { decodeImage } from '../../../src/images/decode-image.js';
import { DecodeMemory, DecodeShare } from '../../../src/images/decode-memory.js';

const MB = 2 ** 20;
const soon = () => new Promise((resolve) => setTimeout(resolve, 50));

describe('the memory that pictures share', () => {
  it('is had by so many as fit into it, and the others wait for their turn', async () => {
    const memory = new DecodeMemory(10 * MB);
    const done: string[] = [];
    let finish = () => {};
    const first = memory.during(async (share) => {
      await share.take(7 * MB, 'a PNG');
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      done.push('first');
    });
    const second = memory.during(async (share) => {
      await share.take(4 * MB, 'a PNG');
      done.push('second');
    });
    const third = memory.during(async (share) => {
      await share.take(3 * MB, 'a PNG');
      done.push('third');
    });
    await third;
    await soon();
    expect(done).toEqual(['third']);
    finish();
    await Promise.all([first, second]);
    expect(done).toEqual(['third', 'first', 'second']);
    expect(memory.bytesFree).toBe(10 * MB);
  });

  it('comes back from work that fails, and from a thread that is gone with what it had', async () => {
    const memory = new DecodeMemory(10 * MB);
    const failing = memory.during(async (share) => {
      await share.take(10 * MB, 'a PNG');
      throw new Error('no picture');
    });
    await expect(failing).rejects.toThrow('no picture');
    const { part, end } = memory.part();
    await new DecodeShare(part).take(6 * MB, 'a PNG');
    expect(memory.bytesFree).toBe(4 * MB);
    end();
    expect(memory.bytesFree).toBe(10 * MB);
  });
});

/** A lossless WebP of 38 bytes whose header says how large it is (RFC 9649, 3.4). */
function tinyWebp(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(38);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(30, 4);
  bytes.write('WEBPVP8L', 8);
  bytes.writeUInt32LE(18, 16);
  bytes.writeUInt8(0x2f, 20);
  bytes.writeUInt32LE(((width - 1) | ((height - 1) << 14)) >>> 0, 21);
  return bytes;
}

describe('a picture', () => {
  const taking = async (bytes: Uint8Array, memoryMb: number) => {
    const memory = new DecodeMemory(memoryMb * MB);
    let left = 0;
    const problem = await memory
      .during(async (share) => {
        await decodeImage(bytes, undefined, { share }).finally(() => {
          left = memory.bytesFree;
        });
      })
      .catch((error: unknown) => error);
    return { problem, taken: memoryMb * MB - left };
  };

  it('that needs more than there is is refused by its header', async () => {
    const { problem } = await taking(tinyWebp(10_000, 10_000), 512);
    expect(hasCode(problem, 'image_too_large')).toBe(true);
    expect(String(problem)).toMatch(/WebP of 10000 x 10000, which needs about \d{4}; .* raise decode_memory_mb/);
  });

  it.each([
    ['a JPEG, row by row', 4, () => sharp(BLUE).jpeg()],
    ['a JPEG in several passes, whole', 10, () => sharp(BLUE).jpeg({ progressive: true })],
    ['a JPEG that is turned, twice', 7, () => sharp(BLUE).withMetadata({ orientation: 6 }).jpeg()],
    ['a PNG, row by row', 4, () => sharp(BLUE).png()],
    ['a PNG in several passes, whole', 7, () => sharp(BLUE).png({ progressive: true })],
    ['a WebP, whole', 12, () => sharp(BLUE).webp()],
    ['a GIF, whole', 8, () => sharp(BLUE).gif()],
    ['an AVIF, whole and in planes', 20, () => sharp(BLUE).avif({ effort: 0 })],
    ['a TIFF, strip by strip', 4, () => sharp(BLUE).tiff({ compression: 'lzw' })],
  ])('takes what its decoder holds: %s', async (_, bytesPerPixel, make) => {
    const { problem, taken } = await taking(await make().toBuffer(), 256);
    expect(problem).toBeUndefined();
    expect(taken / PIXELS).toBeGreaterThanOrEqual(bytesPerPixel);
    expect(taken / PIXELS).toBeLessThan(bytesPerPixel + 1);
  });
});

const PIXELS = 2000 * 1000;
const BLUE = { create: { width: 2000, height: 1000, channels: 3 as const, background: '#4488aa' } };
