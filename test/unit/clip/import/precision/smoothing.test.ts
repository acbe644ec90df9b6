import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Smoothing, TowerSmoothing } from '../../../../../src/clip/import/graph/tower-smoothing.js';
import {
  FLOAT_PRECISIONS,
  type WriteTowersOptions,
  writeTowers,
} from '../../../../../src/clip/import/graph/write-towers.js';
import { type Calibration, calibrate } from '../../../../../src/clip/import/precision/calibrate.js';
import { embedAll } from '../../../../../src/clip/import/precision/measure-parity.js';
import {
  type LinearForm,
  quantisedLinear,
  type TowerForms,
} from '../../../../../src/clip/import/precision/quantised-linear.js';
import { columnMagnitudes, smoothingFactors } from '../../../../../src/clip/import/precision/smoothing.js';
import { filledUp } from '../../../../../src/clip/text-batches.js';
import { cosine, type UnitVector } from '../../../../../src/domain/unit-vector.js';
import {
  gaussian,
  randomCaptions,
  randomClip,
  randomPictures,
  SMALL_CLIP,
  seeded,
} from '../../../../support/random-clip.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';
import { openTowers } from '../../../../support/towers.js';

const pictures = randomPictures(5, 8, SMALL_CLIP.vision.imageSize);
const captions = randomCaptions(6, 8, SMALL_CLIP.text.vocabSize);
const outliers = [7, 33, 50];

interface Vectors {
  readonly images: readonly UnitVector[];
  readonly captions: readonly UnitVector[];
}

async function embed(options: Partial<WriteTowersOptions>): Promise<Vectors> {
  const folder = temporaryFolder();
  const precision = options.precision ?? FLOAT_PRECISIONS.fp32;
  await writeTowers({ checkpoint: randomClip(1), architecture: SMALL_CLIP, folder, ...options, precision });
  const images = await embedAll(
    join(folder, `vision_model${precision.suffix}.onnx`),
    pictures.map((tensor) => ({ tensor })),
  );
  const texts = await embedAll(
    join(folder, `text_model${precision.suffix}.onnx`),
    captions.map((ids) => ({ ids })),
  );
  return { images: images.vectors, captions: texts.vectors };
}

function lowest(a: readonly UnitVector[], b: readonly UnitVector[]): number {
  return Math.min(...a.map((vector, i) => cosine(vector, b[i] as UnitVector)));
}

const everywhere = (form: LinearForm, layers: number): TowerForms =>
  Array.from({ length: layers }, () => ({ qkv: form, out: form, fc1: form, fc2: form }));

const forms = (form: LinearForm) => ({
  vision: everywhere(form, SMALL_CLIP.vision.layers),
  text: everywhere(form, SMALL_CLIP.text.layers),
});

const rounded = (form: LinearForm) => ({
  suffix: '_int8',
  storage: 'float16' as const,
  linear: quantisedLinear(forms(form)),
});

describe('factors of smoothing', () => {
  const magnitudes = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 2, maxLength: 20 });

  it('are those of SmoothQuant but for a common one, and their product is 1', () => {
    fc.assert(
      fc.property(magnitudes, fc.double({ min: 0, max: 1, noNaN: true }), (inputs, strength) => {
        const weights = inputs.map((_, i) => 0.01 * (i + 1));
        const factors = smoothingFactors(Float32Array.from(inputs), Float32Array.from(weights), strength);
        const plain = inputs.map((input, i) => input ** strength / (weights[i] as number) ** (1 - strength));
        plain.forEach((value, i) => {
          expect((factors[i] as number) / (factors[0] as number) / (value / (plain[0] as number))).toBeCloseTo(1, 3);
        });
        expect(factors.reduce((sum, factor) => sum + Math.log(factor), 0)).toBeCloseTo(0, 3);
      }),
    );
  });

  it('are finite also for channels that nothing ever went through', () => {
    const factors = smoothingFactors(Float32Array.of(0, 1), Float32Array.of(1, 0), 0.5);
    expect([...factors].every((factor) => Number.isFinite(factor) && factor > 0)).toBe(true);
  });

  it('come from the largest weight of each column', () => {
    expect(columnMagnitudes(Float32Array.of(1, -5, 2, -3, 4, 0), 3)).toEqual(Float32Array.of(3, 5, 2));
  });

  it('leave what the float32 network gives as it is, whatever they are', async () => {
    const random = seeded(9);
    const factors = (width: number) => Float32Array.from({ length: width }, () => Math.exp(1.5 * gaussian(random)));
    const tower = ({ width, layers }: { width: number; layers: number }): TowerSmoothing => ({
      layers: Array.from({ length: layers }, () => ({ qkv: factors(width), out: factors(width), fc1: factors(width) })),
    });
    const smoothing: Smoothing = { vision: tower(SMALL_CLIP.vision), text: tower(SMALL_CLIP.text) };
    const [plain, smoothed] = [await embed({}), await embed({ smoothing })];
    expect(lowest(plain.images, smoothed.images)).toBeGreaterThan(0.999999);
    expect(lowest(plain.captions, smoothed.captions)).toBeGreaterThan(0.999999);
  });
});

describe('rounded products', () => {
  let exact: Vectors;
  beforeAll(async () => {
    exact = await embed({});
  });

  it.each(['token', 'block'] as const)(
    'of the form %s give texts that share a run what they give them alone',
    async (form) => {
      const folder = temporaryFolder();
      await writeTowers({ checkpoint: randomClip(1), architecture: SMALL_CLIP, folder, precision: rounded(form) });
      const towers = await openTowers(folder, '_int8');
      const { ids, length } = filledUp(captions);
      const together = await towers.texts(captions.map((_, i) => ids.slice(i * length, (i + 1) * length)));
      const alone = await Promise.all(
        captions.map(async (caption) => (await towers.texts([caption]))[0] as UnitVector),
      );
      expect(lowest(together, alone)).toBeGreaterThan(0.999999);
      await towers.close();
    },
  );

  it.each(['tensor', 'token', 'block'] as const)('of the form %s stay near float32 on even weights', async (form) => {
    const vectors = await embed({ precision: rounded(form) });
    expect(lowest(exact.images, vectors.images)).toBeGreaterThan(0.998);
    expect(lowest(exact.captions, vectors.captions)).toBeGreaterThan(0.998);
    // Rounding has an effect, or the test would compare float32 with itself.
    expect(lowest(exact.images, vectors.images)).toBeLessThan(0.9999999);
  });

  it.each([
    ['token', true],
    ['block', true],
    ['tensor', false],
  ] as const)('of the form %s do not depend on what else is in the batch: %s', async (form, independent) => {
    const folder = temporaryFolder();
    await writeTowers({ checkpoint: randomClip(1), architecture: SMALL_CLIP, folder, precision: rounded(form) });
    const session = await InferenceSession.create(join(folder, 'vision_model_int8.onnx'));
    const side = SMALL_CLIP.vision.imageSize;
    const [first, second] = [pictures[0] as Float32Array, (pictures[1] as Float32Array).map((value) => 8 * value)];
    const run = async (values: Float32Array, count: number) => {
      const output = await session.run({ pixel_values: new Tensor('float32', values, [count, 3, side, side]) });
      return (output.image_embeds as Tensor).data.slice(0, SMALL_CLIP.projectionDim) as Float32Array;
    };
    const alone = await run(first, 1);
    const together = await run(Float32Array.from([...first, ...second]), 2);
    const difference = Math.max(...alone.map((value, i) => Math.abs(value - (together[i] as number))));
    const size = Math.max(...alone.map(Math.abs));
    if (independent) expect(difference / size).toBeLessThan(1e-4);
    else expect(difference / size).toBeGreaterThan(1e-3);
    await session.release();
  });
});

describe('smoothing found by calibration, on a network with outliers', () => {
  const checkpoint = randomClip(3, SMALL_CLIP, outliers);
  let calibration: Calibration;
  let exact: Vectors;
  beforeAll(async () => {
    calibration = await calibrate({
      ...{ checkpoint, architecture: SMALL_CLIP, folder: temporaryFolder() },
      images: randomPictures(11, 6, SMALL_CLIP.vision.imageSize),
      captions: randomCaptions(12, 6, SMALL_CLIP.text.vocabSize),
    });
    exact = await embed({ checkpoint });
  });

  it('evens the outliers out: their factors are the largest of their layers', () => {
    const { vision } = calibration.smoothing.rows;
    for (const layer of vision?.layers.slice(1) ?? []) {
      for (const factors of [layer.qkv, layer.fc1]) {
        const order = [...(factors ?? [])]
          .map((factor, channel) => ({ factor, channel }))
          .sort((a, b) => b.factor - a.factor);
        expect(
          order
            .slice(0, 3)
            .map(({ channel }) => channel)
            .sort((a, b) => a - b),
        ).toEqual(outliers);
      }
    }
  });

  it.each([
    ['block', 'blocks'],
    ['tensor', 'rows'],
    ['token', 'rows'],
  ] as const)('brings the form %s nearer to float32 than it is without', async (form, kind) => {
    const plain = await embed({ checkpoint, precision: rounded(form) });
    const smoothed = await embed({ checkpoint, precision: rounded(form), smoothing: calibration.smoothing[kind] });
    const [before, after] = [lowest(exact.images, plain.images), lowest(exact.images, smoothed.images)];
    expect(1 - after).toBeLessThan(0.7 * (1 - before));
  });

  it('keeps what float32 gave, to compare with', () => {
    const { vision, text } = calibration.observations;
    expect(vision.vectors).toHaveLength(6);
    expect(text.vectors).toHaveLength(6);
    expect(vision.layers).toHaveLength(SMALL_CLIP.vision.layers);
    // 17 tokens, every second one: 9 rows of the width.
    expect(vision.layers[0]?.qkv[0]?.rows).toHaveLength(9 * SMALL_CLIP.vision.width);
    // The last layer goes on with the pooled token alone.
    expect(vision.layers.at(-1)?.fc2[0]?.rows).toHaveLength(SMALL_CLIP.vision.intermediate);
  });
});

describe('copies of a channel that reaches far', () => {
  it.each(['tensor', 'token'] as const)('bring the form %s nearer to float32 than smoothing alone', async (form) => {
    // One channel: copies of three would be more than an eighth of so few.
    const checkpoint = randomClip(3, SMALL_CLIP, [7]);
    const { smoothing, split } = await calibrate({
      ...{ checkpoint, architecture: SMALL_CLIP, folder: temporaryFolder() },
      images: randomPictures(11, 6, SMALL_CLIP.vision.imageSize),
      captions: randomCaptions(12, 6, SMALL_CLIP.text.vocabSize),
    });
    expect(split.copies.vision.map(({ qkv }) => new Set(qkv))).toEqual([
      new Set(),
      ...Array(SMALL_CLIP.vision.layers - 1).fill(new Set([7])),
    ]);
    const exact = await embed({ checkpoint });
    const plain = await embed({ checkpoint, precision: rounded(form), smoothing: smoothing.rows });
    const precision = { ...rounded(form), linear: quantisedLinear(forms(form), split.copies) };
    const copied = await embed({ checkpoint, precision, smoothing: split.smoothing });
    const [before, after] = [lowest(exact.images, plain.images), lowest(exact.images, copied.images)];
    expect(1 - after).toBeLessThan(0.7 * (1 - before));
  });
});
