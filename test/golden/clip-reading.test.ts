import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openCheckpoint } from '../../src/clip/import/checkpoint/checkpoint.js';
import { readClipArchitecture } from '../../src/clip/import/checkpoint/clip-architecture.js';
import { bitsOf } from '../support/checkpoints.js';
import { describeShared } from '../support/shared.js';

describeShared('the reference checkpoints of clip-import-reference', (shared) => {
  const reference = (...parts: string[]) => join(shared, 'clip-import-reference', ...parts);
  const config = (name: string): unknown => JSON.parse(readFileSync(reference(name, 'config.json'), 'utf8'));

  it('give from the pickle, bit for bit, what they give from safetensors', async () => {
    const safe = await openCheckpoint(reference('quickgelu-eos2', 'model.safetensors'));
    const torch = await openCheckpoint(reference('quickgelu-eos2', 'pytorch_model.bin'));
    const extra = [...torch.tensors.keys()].filter((name) => !safe.tensors.has(name));
    expect(safe.tensors.size).toBe(94);
    expect(extra.toSorted()).toEqual(['text_model.embeddings.position_ids', 'vision_model.embeddings.position_ids']);
    for (const [name, info] of safe.tensors) {
      expect(torch.tensors.get(name)?.shape).toEqual(info.shape);
      expect(bitsOf(await torch.read(name))).toEqual(bitsOf(await safe.read(name)));
    }
    await safe.close();
    await torch.close();
  });

  it.each([
    ['quickgelu-eos2', 'model.safetensors', 'quick_gelu', { kind: 'highest_id' }],
    ['quickgelu-eos2', 'pytorch_model.bin', 'quick_gelu', { kind: 'highest_id' }],
    ['gelu-eos49407', 'model.safetensors', 'gelu', { kind: 'first_eos', eosTokenId: 49407 }],
  ])('are the CLIP that their config describes: %s, %s', async (name, file, activation, pooling) => {
    const checkpoint = await openCheckpoint(reference(name, file));
    const architecture = await readClipArchitecture(config(name), checkpoint);
    await checkpoint.close();
    const common = { heads: 2, layerNormEps: 1e-5, activation };
    expect(architecture).toEqual({
      vision: { ...common, width: 64, layers: 3, intermediate: 128, imageSize: 48, patchSize: 16 },
      text: { ...common, width: 32, layers: 2, intermediate: 64, vocabSize: 49408, positions: 77, pooling },
      projectionDim: 32,
      logitScale: expect.any(Number),
    });
    // What the reference multiplied its cosines by.
    const { image_embeds, text_embeds, logits_per_image } = JSON.parse(
      readFileSync(reference(name, 'expected.json'), 'utf8'),
    ) as Record<string, number[][]>;
    const image = image_embeds?.[0] ?? [];
    const cosine = image.reduce((sum, value, i) => sum + value * (text_embeds?.[0]?.[i] ?? 0), 0);
    expect(architecture.logitScale * cosine).toBeCloseTo(logits_per_image?.[0]?.[0] ?? 0, 3);
  });

  it('take safetensors where a folder holds both', async () => {
    const checkpoint = await openCheckpoint(reference('quickgelu-eos2'));
    expect(checkpoint.tensors.has('text_model.embeddings.position_ids')).toBe(false);
    await checkpoint.close();
  });

  it('refuse the hostile pickle by the name of what it would call, and do not run its command', async () => {
    const before = process.cwd();
    const empty = await mkdtemp(join(tmpdir(), 'streetdex-hostile-'));
    process.chdir(empty);
    try {
      await expect(openCheckpoint(reference('hostile', 'pytorch_model.bin'))).rejects.toMatchObject({
        family: 'operator',
        code: 'checkpoint_unsafe',
        message: expect.stringMatching(/refused posix\.system; nothing was run/),
      });
      // A command would need a moment to start.
      await new Promise((resolve) => setTimeout(resolve, 200));
      expect(await readdir(empty)).toEqual([]);
    } finally {
      process.chdir(before);
    }
    expect(existsSync('pwned-by-pickle')).toBe(false);
  });
});

describe('bits', () => {
  it('tell a zero from a negative zero, so that bit for bit means it', () => {
    expect(bitsOf(Float32Array.of(0))).not.toEqual(bitsOf(Float32Array.of(-0)));
  });
});
