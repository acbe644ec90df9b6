import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { allCountryFacts } from '../../../src/pocket-world/country-facts.js';
import { renderScene, sceneSvg } from '../../../src/pocket-world/render-scene.js';
import { describeScene } from '../../../src/pocket-world/scene.js';
import { town } from './towns-of-tests.js';

describe('renderScene', () => {
  it('gives the same bytes for the same town and seed', async () => {
    const [first, second] = await Promise.all([renderScene(town('JP'), 'a'), renderScene(town('JP'), 'a')]);
    expect(first.equals(second)).toBe(true);
  });

  it('gives other bytes for another seed and for another town', async () => {
    const first = await renderScene(town('JP'), 'a');
    expect(first.equals(await renderScene(town('JP'), 'b'))).toBe(false);
    expect(first.equals(await renderScene(town('JP', { id: 'another' }), 'a'))).toBe(false);
  });

  it('is a JPEG of the size asked for', async () => {
    for (const [width, height] of [
      [320, 240],
      [640, 480],
    ] as const) {
      const { data, info } = await sharp(await renderScene(town('BR'), 'a', { width, height }))
        .raw()
        .toBuffer({ resolveWithObject: true });
      expect([info.width, info.height, info.channels]).toEqual([width, height, 3]);
      expect(new Set(data).size).toBeGreaterThan(100);
    }
  });

  it('draws every country without a number that is not one', () => {
    for (const { iso2 } of allCountryFacts())
      for (const seed of ['a', 'b'])
        expect(sceneSvg(describeScene(town(iso2), seed))).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('paints the own lane on the right in Germany and on the left in Britain', async () => {
    // The middle line runs from the vanishing point down through the half of the picture that the own kerb is not in.
    for (const [iso2, side] of [
      ['DE', 'left'],
      ['GB', 'right'],
    ] as const) {
      let left = 0;
      let right = 0;
      for (let i = 0; i < 12; i++) {
        const scene = describeScene(town(iso2), `line ${i}`);
        const plain = {
          ...scene,
          vehicles: [],
          snow: false,
          weather: 'overcast' as const,
          facts: { ...scene.facts, edgeLine: null },
        };
        const { data } = await sharp(Buffer.from(sceneSvg(plain)))
          .removeAlpha()
          .raw()
          .toBuffer({ resolveWithObject: true });
        for (let y = 180; y < 240; y++)
          for (let x = 60; x < 260; x++) {
            const at = (y * 320 + x) * 3;
            const bright = Math.min(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0) > 195;
            if (bright && x < 150) left++;
            if (bright && x > 170) right++;
          }
      }
      expect(left > right ? 'left' : 'right').toBe(side);
    }
  });
});
