import type { ClipArchitecture } from '../../src/clip/import/checkpoint/clip-shapes.js';
import { clipTensors } from '../../src/clip/import/checkpoint/clip-tensors.js';
import type { Checkpoint } from '../../src/clip/import/checkpoint/stored-tensor.js';
import { seededRandom as seeded } from '../../src/domain/seeded-random.js';

export { seeded };

/** Normally distributed with the standard deviation 1 (Box and Muller). */
export function gaussian(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A CLIP small enough for a test: widths that no block of 128 divides, a last layer that pools. */
export const SMALL_CLIP: ClipArchitecture = {
  vision: {
    ...{ width: 96, layers: 4, heads: 4, intermediate: 192, layerNormEps: 1e-5, activation: 'quick_gelu' },
    ...{ imageSize: 32, patchSize: 8 },
  },
  text: {
    ...{ width: 64, layers: 3, heads: 4, intermediate: 128, layerNormEps: 1e-5, activation: 'quick_gelu' },
    ...{ vocabSize: 200, positions: 16, pooling: { kind: 'highest_id' } },
  },
  projectionDim: 48,
  logitScale: 100,
};

/**
 * A checkpoint in memory with random weights of sizes that keep a signal alive through the layers. `outliers`: channels
 * whose layer norms are made 40 times as strong from the second layer on, as trained CLIPs have a few.
 */
export function randomClip(
  seed: number,
  architecture: ClipArchitecture = SMALL_CLIP,
  outliers: readonly number[] = [],
): Checkpoint {
  const random = seeded(seed);
  const values = new Map<string, Float32Array>();
  const tensors = new Map<string, { name: string; type: 'float32'; shape: readonly number[] }>();
  for (const [name, shape] of clipTensors(architecture)) {
    const count = shape.reduce((product, side) => product * side, 1);
    const inputs = shape.length > 1 ? count / (shape[0] as number) : 1;
    const spread =
      name.includes('embedding') && !name.includes('patch') ? 0.4 : shape.length > 1 ? 1.2 / Math.sqrt(inputs) : 0.1;
    const norm = /norm[^.]*\.weight$/.test(name);
    const data = Float32Array.from({ length: count }, () =>
      norm ? 1 + 0.2 * gaussian(random) : spread * gaussian(random),
    );
    if (norm && /^vision_model\.encoder\.layers\.[1-9]/.test(name)) {
      for (const channel of outliers) data[channel] = 40 * (data[channel] as number);
    }
    tensors.set(name, { name, type: 'float32', shape });
    values.set(name, data);
  }
  return {
    tensors,
    read: async (name) => {
      const data = values.get(name);
      if (data === undefined) throw new Error(`no tensor ${name}`);
      return data.slice();
    },
    close: async () => undefined,
  };
}

/** Pictures of random blobs, so that they differ more than noise would. */
export function randomPictures(seed: number, count: number, side: number): Float32Array[] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => {
    const waves = Array.from(
      { length: 6 },
      () => [gaussian(random), 6 * random(), 6 * random(), 6 * random()] as const,
    );
    return Float32Array.from({ length: 3 * side * side }, (_, i) => {
      const [x, y, channel] = [i % side, Math.floor(i / side) % side, Math.floor(i / (side * side))];
      return (
        waves.reduce((sum, [size, a, b, c]) => sum + size * Math.sin((a * x + b * y) / side + c * (1 + channel)), 0) / 2
      );
    });
  });
}

/** Token ids between a start and an end token, the end having the highest id. */
export function randomCaptions(seed: number, count: number, vocabSize: number): number[][] {
  const random = seeded(seed);
  return Array.from({ length: count }, () => [
    vocabSize - 2,
    ...Array.from({ length: 3 + Math.floor(8 * random()) }, () => Math.floor((vocabSize - 2) * random())),
    vocabSize - 1,
  ]);
}
