import { describe, expect, it } from '@jest/globals';
import { openCheckpoint } from '../../../../../src/clip/import/checkpoint/checkpoint.js';
import { readClipArchitecture } from '../../../../../src/clip/import/checkpoint/clip-architecture.js';
import { parseClipConfig } from '../../../../../src/clip/import/checkpoint/clip-config.js';
import { withTransformersConfig } from '../../../../../src/clip/import/checkpoint/open-clip-config.js';
import { withTransformersNames } from '../../../../../src/clip/import/checkpoint/open-clip-names.js';
import { fixture, fixtureBytes } from '../../../../support/fixtures.js';

const config = JSON.parse(fixtureBytes('checkpoints', 'open-clip.config.json').toString()) as {
  model_cfg: { vision_cfg: object; text_cfg: object };
};

describe("a checkpoint under open_clip's names", () => {
  it('gives, value for value, the tensors of the same network under the names of transformers', async () => {
    const theirs = await openCheckpoint(fixture('checkpoints', 'clip.safetensors'));
    const ours = await openCheckpoint(fixture('checkpoints', 'open-clip.bin'));
    expect([...ours.tensors.keys()].toSorted()).toEqual([...theirs.tensors.keys()].toSorted());
    for (const [name, info] of theirs.tensors) {
      expect(ours.tensors.get(name)).toMatchObject({ name, shape: info.shape });
      expect(await ours.read(name)).toEqual(await theirs.read(name));
    }
    await ours.close();
    await theirs.close();
  });

  it("fits open_clip's own config", async () => {
    const checkpoint = await openCheckpoint(fixture('checkpoints', 'open-clip.bin'));
    const { vision, text, projectionDim } = await readClipArchitecture(config, checkpoint);
    await checkpoint.close();
    expect({ vision, text, projectionDim }).toMatchObject({
      vision: { width: 8, layers: 2, heads: 2, intermediate: 16, imageSize: 8, patchSize: 4, activation: 'quick_gelu' },
      text: {
        width: 4,
        layers: 2,
        heads: 2,
        intermediate: 12,
        vocabSize: 20,
        positions: 5,
        pooling: { kind: 'highest_id' },
      },
      projectionDim: 6,
    });
  });

  it('keeps the text half of later models, and shows what has no counterpart', () => {
    const names = [
      'visual.conv1.weight',
      'visual.proj',
      'text.ln_final.weight',
      'text.transformer.resblocks.3.ln_2.bias',
    ];
    const other = 'visual.transformer.resblocks.0.ls_1.gamma';
    const tensors = new Map(
      [...names, 'text.attn_mask', other].map((name) => [name, { name, type: 'float32' as const, shape: [2, 3] }]),
    );
    const mapped = withTransformersNames({ tensors, read: async () => Float32Array.of(), close: async () => {} });
    expect([...mapped.tensors.keys()]).toEqual([
      'vision_model.embeddings.patch_embedding.weight',
      'visual_projection.weight',
      'text_model.final_layer_norm.weight',
      'text_model.encoder.layers.3.layer_norm2.bias',
      other,
    ]);
  });
});

describe("open_clip's config", () => {
  it("has open_clip's defaults: exact gelu, patches of 16, heads of 64", () => {
    expect(parseClipConfig({ model_cfg: { embed_dim: 512, vision_cfg: {}, text_cfg: {} } })).toMatchObject({
      vision: { width: 768, heads: 12, intermediate: 3072, patchSize: 16, imageSize: 224, activation: 'gelu' },
      text: { width: 512, heads: 8, intermediate: 2048, vocabSize: 49_408, positions: 77, activation: 'gelu' },
    });
  });

  it.each([
    ['a tower of timm', { ...config.model_cfg, vision_cfg: { timm_model_name: 'vit' } }, /timm_model_name/],
    ['a tower of transformers', { ...config.model_cfg, text_cfg: { hf_model_name: 'roberta' } }, /hf_model_name/],
    ['a ResNet', { ...config.model_cfg, vision_cfg: { layers: [3, 4, 6, 3] } }, /vision_cfg\.layers/],
    ['another kind of model', { ...config.model_cfg, multimodal_cfg: {} }, /multimodal_cfg/],
  ])('is refused where it asks for %s', (_name, model_cfg, message) => {
    expect(() => withTransformersConfig({ model_cfg })).toThrow(
      expect.objectContaining({ code: 'model_unsupported', message: expect.stringMatching(message) }),
    );
  });

  it('is only that: a config of transformers stays as it is', () => {
    const plain = { model_type: 'clip' };
    expect(withTransformersConfig(plain)).toBe(plain);
  });
});
