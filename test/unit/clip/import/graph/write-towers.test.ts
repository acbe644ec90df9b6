import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ClipArchitecture, TextPooling } from '../../../../../src/clip/import/checkpoint/clip-shapes.js';
import { floatLinear } from '../../../../../src/clip/import/graph/linear.js';
import { decodeModel } from '../../../../../src/clip/import/graph/onnx-proto.js';
import type { LayerSmoothing } from '../../../../../src/clip/import/graph/tower-smoothing.js';
import {
  FLOAT_PRECISIONS,
  type WriteTowersOptions,
  writeTowers,
} from '../../../../../src/clip/import/graph/write-towers.js';
import { filledUp } from '../../../../../src/clip/text-batches.js';
import { cosine, toUnitVector, type UnitVector } from '../../../../../src/domain/unit-vector.js';
import { PlainClip, randomClip } from '../../../../support/plain-clip.js';
import { seeded } from '../../../../support/references.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';
import { openTowers } from '../../../../support/towers.js';

const SIDE = 12;
const VOCABULARY = 30;
const EOS = 17;

function architectureOf(
  activation: 'quick_gelu' | 'gelu' = 'quick_gelu',
  pooling: TextPooling = { kind: 'highest_id' },
): ClipArchitecture {
  const common = { heads: 2, layerNormEps: 1e-5, activation };
  return {
    vision: { ...common, width: 16, layers: 3, intermediate: 20, imageSize: SIDE, patchSize: 4 },
    text: { ...common, width: 8, layers: 2, intermediate: 24, vocabSize: VOCABULARY, positions: 9, pooling },
    projectionDim: 6,
    logitScale: 100,
  };
}

async function write(architecture: ClipArchitecture, options: Partial<WriteTowersOptions> = {}) {
  const folder = join(temporaryFolder(), 'onnx');
  await mkdir(folder);
  const checkpoint = randomClip(architecture, 7);
  await writeTowers({ checkpoint, architecture, folder, precision: FLOAT_PRECISIONS.fp32, ...options });
  return { folder, plain: await PlainClip.read(architecture, checkpoint) };
}

function pictures(count: number, seed = 3): Float32Array {
  const random = seeded(seed);
  return Float32Array.from({ length: count * 3 * SIDE * SIDE }, () => random() * 4 - 2);
}

/** The largest angle is what counts: cosines of the two lists, each with its own. */
function lowest(a: readonly UnitVector[], b: readonly (readonly number[])[]): number {
  expect(a).toHaveLength(b.length);
  return Math.min(...a.map((vector, i) => cosine(vector, toUnitVector(b[i] as number[]))));
}

const ids = fc.array(fc.integer({ min: 0, max: VOCABULARY - 1 }), { minLength: 1, maxLength: 9 });

describe('the graphs of both towers', () => {
  it.each([
    ['quick_gelu', { kind: 'highest_id' }],
    ['gelu', { kind: 'first_eos', eosTokenId: EOS }],
  ] as const)('give what CLIP by the book gives, with %s and pooling %j', async (activation, pooling) => {
    const { folder, plain } = await write(architectureOf(activation, pooling));
    const towers = await openTowers(folder);
    const pixels = pictures(3);
    const wanted = [0, 1, 2].map((i) =>
      plain.image(pixels.slice((i * pixels.length) / 3, ((i + 1) * pixels.length) / 3)),
    );
    expect(lowest(await towers.images(pixels, SIDE), wanted)).toBeGreaterThan(0.9999999);
    await fc.assert(
      fc.asyncProperty(ids, async (text) => {
        expect(lowest(await towers.texts([text]), [plain.text(text)])).toBeGreaterThan(0.9999999);
      }),
      { numRuns: 60 },
    );
    await towers.close();
  });

  it.each([false, true])(
    'give the same with every product written apart, as precisions do that round them (Q, K, V apart: %s)',
    async (projectionsApart) => {
      const { folder, plain } = await write(architectureOf(), {
        precision: { suffix: '_apart', linear: floatLinear('float32'), storage: 'float32', projectionsApart },
      });
      const towers = await openTowers(folder, '_apart');
      const pixels = pictures(1);
      expect(lowest(await towers.images(pixels, SIDE), [plain.image(pixels)])).toBeGreaterThan(0.9999999);
      for (const text of [[29], [1, 2, 29, 4], [9, 8, 7, 6, 5, 4, 3, 2, 1]]) {
        expect(lowest(await towers.texts([text]), [plain.text(text)])).toBeGreaterThan(0.9999999);
      }
      await towers.close();
    },
  );

  it('give each text of a batch what they give it alone, wherever each ends', async () => {
    const { folder, plain } = await write(architectureOf());
    const towers = await openTowers(folder);
    const batch = fc.integer({ min: 1, max: 9 }).chain((length) =>
      fc.array(fc.array(fc.integer({ min: 0, max: VOCABULARY - 1 }), { minLength: length, maxLength: length }), {
        minLength: 1,
        maxLength: 5,
      }),
    );
    await fc.assert(
      fc.asyncProperty(batch, async (texts) => {
        expect(
          lowest(
            await towers.texts(texts),
            texts.map((text) => plain.text(text)),
          ),
        ).toBeGreaterThan(0.9999999);
      }),
      { numRuns: 40 },
    );
    await towers.close();
  });

  it('give texts of several lengths what they give them alone, also where one begins another or is there twice', async () => {
    const { folder, plain } = await write(architectureOf('quick_gelu', { kind: 'first_eos', eosTokenId: EOS }));
    const towers = await openTowers(folder);
    // Few ids, so that most texts begin alike; without an end among them the first token is pooled, and the rest cut off.
    const few = fc.array(fc.constantFrom(3, 4, EOS), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(fc.array(few, { minLength: 1, maxLength: 8 }), async (texts) => {
        const { ids, length } = filledUp(texts.map((text) => [...text, EOS].slice(0, 9)));
        const rows = Array.from({ length: texts.length }, (_, i) => ids.slice(i * length, (i + 1) * length));
        expect(
          lowest(
            await towers.texts(rows),
            rows.map((row) => plain.text(row)),
          ),
        ).toBeGreaterThan(0.9999999);
      }),
      { numRuns: 60 },
    );
    await towers.close();
  });

  it('do not see what comes after a text, and do see every token before its end', async () => {
    const { folder } = await write(architectureOf());
    const towers = await openTowers(folder);
    const text = [20, 3, 4, 5, VOCABULARY - 1];
    const [plain] = (await towers.texts([text])) as [UnitVector];
    const [padded] = (await towers.texts([[...text, 0, 0, 9]])) as [UnitVector];
    expect(cosine(plain, padded)).toBeGreaterThan(0.9999999);
    for (let i = 0; i < text.length - 1; i++) {
      const other = text.with(i, 11);
      const [vector] = (await towers.texts([other])) as [UnitVector];
      expect(cosine(plain, vector)).toBeLessThan(0.9999);
    }
    await towers.close();
  });

  it('refuse a text that is longer than their positions', async () => {
    const { folder } = await write(architectureOf());
    const towers = await openTowers(folder);
    await expect(towers.texts([Array(10).fill(1)])).rejects.toThrow();
    await towers.close();
  });

  it('store weights in half the bytes as fp16, and compute in float32 with them', async () => {
    const { folder, plain } = await write(architectureOf());
    const half = await write(architectureOf(), { precision: FLOAT_PRECISIONS.fp16 });
    const towers = await openTowers(half.folder, '_fp16');
    const pixels = pictures(1);
    const [vector] = await towers.images(pixels, SIDE);
    const angle = cosine(vector as UnitVector, toUnitVector(plain.image(pixels)));
    expect(angle).toBeGreaterThan(0.9999);
    expect(angle).toBeLessThan(1 - 1e-12);
    await towers.close();
    const types = async (file: string) => {
      const { graph } = decodeModel(await readFile(file));
      return new Set(graph.initializer.filter(({ dims }) => dims.length > 1).map(({ dataType }) => dataType));
    };
    expect(await types(join(folder, 'text_model.onnx'))).toEqual(new Set([1]));
    expect(await types(join(half.folder, 'text_model_fp16.onnx'))).toEqual(new Set([10]));
  });

  it.each([true, false])(
    'stay what they are when smoothing is folded in (attention fused: %s)',
    async (fusedAttention) => {
      const architecture = architectureOf();
      const random = seeded(5);
      const factors = (width: number) => Float32Array.from({ length: width }, () => Math.exp(random() * 4 - 2));
      const smooth = (width: number, layers: number) => ({
        layers: Array.from({ length: layers }, (): LayerSmoothing => {
          return { qkv: factors(width), out: factors(width), fc1: factors(width) };
        }),
      });
      const { folder, plain } = await write(architecture, {
        precision: { ...FLOAT_PRECISIONS.fp32, fusedAttention },
        smoothing: { vision: smooth(16, 3), text: smooth(8, 2) },
      });
      const towers = await openTowers(folder);
      const pixels = pictures(1);
      expect(lowest(await towers.images(pixels, SIDE), [plain.image(pixels)])).toBeGreaterThan(0.999999);
      expect(lowest(await towers.texts([[1, 2, 29]]), [plain.text([1, 2, 29])])).toBeGreaterThan(0.999999);
      await towers.close();
    },
  );

  it('keep each weight at the start of a page of the data file, one after another', async () => {
    const { folder } = await write(architectureOf());
    const { graph } = decodeModel(await readFile(join(folder, 'vision_model.onnx')));
    const outside = graph.initializer.filter(({ dataLocation }) => dataLocation === 1);
    expect(outside.length).toBeGreaterThan(10);
    let end = 0;
    for (const { externalData = [], dims } of outside) {
      const { location, offset, length } = Object.fromEntries(externalData.map(({ key, value }) => [key, value]));
      expect(location).toBe('vision_model.onnx_data');
      expect(Number(offset) % 4096).toBe(0);
      expect(Number(offset)).toBeGreaterThanOrEqual(end);
      expect(Number(length)).toBe(4 * dims.reduce((product, side) => product * side, 1));
      end = Number(offset) + Number(length);
    }
    expect((await stat(join(folder, 'vision_model.onnx_data'))).size).toBe(end);
  });

  it('are refused in words when the disk is full, and fail where there is no folder', async () => {
    const architecture = architectureOf();
    const checkpoint = randomClip(architecture, 7);
    const folder = temporaryFolder();
    const options = { checkpoint, architecture, precision: FLOAT_PRECISIONS.fp32 };
    if (existsSync('/dev/full')) {
      await symlink('/dev/full', join(folder, 'vision_model.onnx_data'));
      await expect(writeTowers({ ...options, folder })).rejects.toMatchObject({ family: 'later', code: 'disk_full' });
    }
    await expect(writeTowers({ ...options, folder: join(folder, 'none') })).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('tell how far they are, up to the end', async () => {
    const seen: number[] = [];
    let total = 0;
    await write(architectureOf(), {
      onProgress: (done, of) => {
        seen.push(done);
        total = of;
      },
    });
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
    expect(seen.at(-1)).toBe(total);
  });
});
