import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { StreetdexError } from '../../src/domain/errors.js';
import { decodeImage } from '../../src/images/decode-image.js';
import { readPhotoFacts } from '../../src/images/photo-facts.js';
import { fixture, fixtureBytes } from '../support/fixtures.js';
import { describeHeic } from '../support/heic.js';
import { seeded } from '../support/references.js';

const NAMES = readdirSync(fixture('heic')).filter((name) => name.endsWith('.heic'));

/** Mean and largest difference in levels from pillow-heif's decoding. */
async function difference(name: string): Promise<{ mean: number; largest: number; size: number[] }> {
  const golden = await sharp(fixture('heic', name.replace('.heic', '.png')))
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { data, width, height } = await decodeImage(fixtureBytes('heic', name));
  expect([width, height, golden.info.channels]).toEqual([golden.info.width, golden.info.height, 3]);
  let [sum, largest] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    const apart = Math.abs((data[i] as number) - (golden.data[i] as number));
    sum += apart;
    largest = Math.max(largest, apart);
  }
  return { mean: sum / data.length, largest, size: [width, height] };
}

/** What decoding a file gives: `decoded`, or the code of its failure. Anything else is thrown. */
async function outcome(bytes: Uint8Array): Promise<string> {
  try {
    await decodeImage(bytes);
    return 'decoded';
  } catch (error) {
    if (error instanceof StreetdexError && error.family === 'caller') return error.code;
    throw error;
  }
}

describeHeic('HEIC', () => {
  it.each(NAMES)('gives the upright pixels that pillow-heif gives, nearly: %s', async (name) => {
    const { mean, largest } = await difference(name);
    expect(mean).toBeLessThanOrEqual(0.6);
    expect(largest).toBeLessThanOrEqual(12);
  });

  it('is turned once, although EXIF says it a second time', async () => {
    expect(fixtureBytes('heic', 'turned.heic').includes('irot')).toBe(true);
    const plain = await decodeImage(fixtureBytes('heic', 'plain.heic'));
    const turned = await decodeImage(fixtureBytes('heic', 'turned.heic'));
    expect([turned.width, turned.height]).toEqual([plain.height, plain.width]);
    const again = await sharp(plain.data, { raw: { width: plain.width, height: plain.height, channels: 3 } })
      .rotate(90)
      .raw()
      .toBuffer();
    const apart = again.reduce((sum, level, i) => sum + Math.abs(level - (turned.data[i] as number)), 0);
    expect(apart / again.length).toBeLessThan(3);
  });

  it('has its position and time in EXIF', () => {
    const { facts } = readPhotoFacts(fixtureBytes('heic', 'gps.heic'));
    expect(facts).toMatchObject({ capturedAt: '2026-11-28T12:34:56+01:00' });
    expect(facts.point?.lat).toBeCloseTo(48.20833, 4);
    expect(facts.point?.lon).toBeCloseTo(16.37083, 4);
  });

  it('that is damaged fails or gives some picture, and leaves the next one alone', async () => {
    const random = seeded(7);
    const met = new Set<string>();
    for (let round = 0; round < 120; round++) {
      const bytes = Buffer.from(fixtureBytes('heic', NAMES[round % NAMES.length] as string));
      for (let flips = 1 + Math.floor(random() * 8); flips > 0; flips--) {
        const at = 12 + Math.floor(random() * (bytes.length - 12));
        bytes[at] = (bytes[at] as number) ^ (1 << Math.floor(random() * 8));
      }
      met.add(await outcome(bytes));
    }
    expect(met).toContain('image_damaged');
    expect((await difference('plain.heic')).largest).toBeLessThanOrEqual(12);
  });
});

describe('HEIC as the tests have it', () => {
  it('is small, and each picture has its reference', () => {
    expect(NAMES.length).toBe(8);
    expect(NAMES.reduce((bytes, name) => bytes + fixtureBytes('heic', name).length, 0)).toBeLessThan(40_000);
  });
});
