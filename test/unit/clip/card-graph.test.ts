import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { graphForCard } from '../../../src/clip/card-graph.js';
import type { ClipArchitecture } from '../../../src/clip/import/checkpoint/clip-shapes.js';
import { decodeModel } from '../../../src/clip/import/graph/onnx-proto.js';
import { FLOAT_PRECISIONS, writeTowers } from '../../../src/clip/import/graph/write-towers.js';
import { cosine, type UnitVector } from '../../../src/domain/unit-vector.js';
import { fixtureBytes } from '../../support/fixtures.js';
import { randomClip, SMALL_CLIP, seeded } from '../../support/random-clip.js';
import { temporaryFolder } from '../../support/temporary-folder.js';
import { openTowers } from '../../support/towers.js';

/** More than 32 tokens each, from where on a card's own attention is wrong. */
const LONG: ClipArchitecture = {
  ...SMALL_CLIP,
  vision: { ...SMALL_CLIP.vision, imageSize: 56 },
  text: { ...SMALL_CLIP.text, positions: 48 },
};

describe('a graph for a card', () => {
  it.each(['fp32', 'fp16'] as const)(
    'has plain attention and products, and gives what the fused ones give, from the same weights: %s',
    async (precision) => {
      const seed = Math.floor(2 ** 31 * Math.random());
      const folder = join(temporaryFolder(), 'onnx');
      await mkdir(folder);
      const checkpoint = randomClip(seed, LONG);
      await writeTowers({ checkpoint, architecture: LONG, folder, precision: FLOAT_PRECISIONS[precision] });
      const end = precision === 'fp32' ? '' : '_fp16';
      for (const tower of ['vision', 'text']) {
        const plain = graphForCard(await readFile(join(folder, `${tower}_model${end}.onnx`)));
        if (plain === null) throw new Error(`The ${tower} graph has no fused attention.`);
        const ops = decodeModel(plain).graph.node.map(({ opType }) => opType);
        expect(ops.filter((op) => /Attention|FusedMatMul/.test(op))).toEqual([]);
        if (precision === 'fp16' && tower === 'text') expect(ops[0]).toBe('Cast');
        expect(ops.filter((op) => op === 'Softmax')).toHaveLength(LONG[tower as 'vision' | 'text'].layers);
        await writeFile(join(folder, `${tower}_model_plain.onnx`), plain);
      }
      const random = seeded(seed);
      const pixels = Float32Array.from({ length: 2 * 3 * 56 * 56 }, () => 4 * random() - 2);
      const text = (length: number) => Array.from({ length }, () => Math.floor(199 * random()));
      const texts = [text(47), text(47), text(47)].map((ids) => [...ids, 199]);
      const [fused, plain] = [await openTowers(folder, end), await openTowers(folder, '_plain')];
      const lowest = (a: readonly UnitVector[], b: readonly UnitVector[]) =>
        Math.min(...a.map((one, i) => cosine(one, b[i] as UnitVector)));
      expect(lowest(await plain.images(pixels, 56), await fused.images(pixels, 56))).toBeGreaterThan(0.999999);
      expect(lowest(await plain.texts(texts), await fused.texts(texts))).toBeGreaterThan(0.999999);
      await fused.close();
      await plain.close();
    },
  );

  it('leaves graphs of others as they are', () => {
    expect(graphForCard(fixtureBytes('tiny-clip', 'onnx', 'vision_model.onnx'))).toBeNull();
  });
});
