import { describe, expect, it } from '@jest/globals';
import { openCheckpoint } from '../../../../../src/clip/import/checkpoint/checkpoint.js';
import { readClipArchitecture } from '../../../../../src/clip/import/checkpoint/clip-architecture.js';
import { parseClipConfig } from '../../../../../src/clip/import/checkpoint/clip-config.js';
import { clipTensors } from '../../../../../src/clip/import/checkpoint/clip-tensors.js';
import type { Checkpoint, StoredType, TensorInfo } from '../../../../../src/clip/import/checkpoint/stored-tensor.js';
import { fixture, fixtureBytes } from '../../../../support/fixtures.js';

const json = (name: string): Record<string, unknown> => JSON.parse(fixtureBytes('checkpoints', name).toString());
const tiny = json('clip.config.json');

/** A checkpoint of names and shapes only; its logit scale is 0. */
function named(tensors: ReadonlyMap<string, readonly number[]>, type: StoredType = 'float32'): Checkpoint {
  return {
    tensors: new Map([...tensors].map(([name, shape]): [string, TensorInfo] => [name, { name, type, shape }])),
    read: async () => Float32Array.of(0),
    close: async () => {},
  };
}

const needed = clipTensors(parseClipConfig(tiny));
const changed = (...changes: [string, readonly number[] | null][]): Checkpoint => {
  const tensors = new Map(needed);
  for (const [name, shape] of changes) {
    if (shape === null) tensors.delete(name);
    else tensors.set(name, shape);
  }
  return named(tensors);
};

const withVision = (fields: object) => ({ ...tiny, vision_config: { ...(tiny.vision_config as object), ...fields } });
const withText = (fields: object) => ({ ...tiny, text_config: { ...(tiny.text_config as object), ...fields } });

describe("a CLIP's architecture", () => {
  it('needs exactly the tensors that transformers gives a CLIPModel of this config, in their shapes', async () => {
    const expected = json('expected.json').clip as Record<string, { shape: number[] }>;
    const shapes = Object.fromEntries(Object.entries(expected).map(([name, { shape }]) => [name, shape]));
    expect(Object.fromEntries(needed)).toEqual(shapes);
  });

  it('is read from a config and a checkpoint, in one file or in shards', async () => {
    for (const name of ['clip.safetensors', 'clip.safetensors.index.json']) {
      const checkpoint = await openCheckpoint(fixture('checkpoints', name));
      const architecture = await readClipArchitecture(tiny, checkpoint);
      await checkpoint.close();
      const common = { layers: 2, heads: 2, layerNormEps: 1e-5, activation: 'quick_gelu' };
      expect(architecture).toEqual({
        vision: { ...common, width: 8, intermediate: 16, imageSize: 8, patchSize: 4 },
        text: {
          ...common,
          width: 4,
          intermediate: 12,
          vocabSize: 20,
          positions: 5,
          pooling: { kind: 'first_eos', eosTokenId: 19 },
        },
        projectionDim: 6,
        logitScale: Math.exp(3.5),
      });
    }
  });

  it("has the documented defaults of CLIPConfig, a ViT-B/32's, where the config leaves them out", () => {
    const common = { layers: 12, layerNormEps: 1e-5, activation: 'quick_gelu' };
    const vitB32 = {
      vision: { ...common, width: 768, heads: 12, intermediate: 3072, imageSize: 224, patchSize: 32 },
      text: {
        ...common,
        width: 512,
        heads: 8,
        intermediate: 2048,
        vocabSize: 49_408,
        positions: 77,
        pooling: { kind: 'first_eos', eosTokenId: 49_407 },
      },
      projectionDim: 512,
    };
    expect(parseClipConfig({})).toEqual(vitB32);
    expect(parseClipConfig({ model_type: 'clip', text_config: {}, vision_config: null })).toEqual(vitB32);
  });

  it('is that of the old *_config_dict where there is one, whose defaults win over the plain values too', () => {
    const { vision, text } = parseClipConfig({
      text_config: { hidden_size: 99, num_hidden_layers: 3, eos_token_id: 7 },
      text_config_dict: { hidden_size: 768, num_attention_heads: 12, eos_token_id: 2 },
      vision_config: { image_size: 99, num_hidden_layers: 3 },
      vision_config_dict: { image_size: 336, patch_size: 14, hidden_act: 'gelu' },
    });
    expect(text).toMatchObject({ width: 768, layers: 12, pooling: { kind: 'highest_id' } });
    expect(vision).toMatchObject({ imageSize: 336, layers: 12, activation: 'gelu' });
  });

  it('pools at the highest id for the legacy end 2, at the first end otherwise', () => {
    expect(parseClipConfig(withText({ eos_token_id: 2 })).text.pooling).toEqual({ kind: 'highest_id' });
    expect(parseClipConfig(withText({ eos_token_id: 3 })).text.pooling).toEqual({ kind: 'first_eos', eosTokenId: 3 });
  });

  it('leaves the position_ids of old checkpoints be, and a logit scale in brackets', async () => {
    const checkpoint = changed(
      ['text_model.embeddings.position_ids', [1, 5]],
      ['vision_model.embeddings.position_ids', [1, 5]],
      ['logit_scale', [1]],
    );
    expect((await readClipArchitecture(tiny, checkpoint)).logitScale).toBe(1);
  });
});

describe('a checkpoint that does not fit its config', () => {
  it.each<[string, Checkpoint, string, RegExp]>([
    [
      'a tensor missing',
      changed(['text_projection.weight', null]),
      'model_tensor_missing',
      /but 1 are missing: text_projection\.weight;/,
    ],
    [
      'more missing than a message holds',
      changed(
        ...[...needed.keys()].filter((name) => name.includes('layers.1')).map((name): [string, null] => [name, null]),
      ),
      'model_tensor_missing',
      /but 32 are missing: vision_model\.encoder\.layers\.1\.layer_norm1\.weight, .* …;/,
    ],
    [
      'a tensor of another shape',
      changed(['vision_model.encoder.layers.1.mlp.fc1.weight', [8, 16]]),
      'model_shape_mismatch',
      /the tensor vision_model\.encoder\.layers\.1\.mlp\.fc1\.weight in the shape \[16, 8\] by config\.json, found \[8, 16\];/,
    ],
    [
      'several of other shapes',
      changed(['text_model.final_layer_norm.bias', [5]], ['text_projection.weight', [6, 5]]),
      'model_shape_mismatch',
      /final_layer_norm\.bias in the shape \[4\] by config\.json, found \[5\], and 1 more differ;/,
    ],
    [
      'more tensors',
      changed(['vision_model.encoder.layers.2.mlp.fc1.weight', [16, 8]]),
      'model_tensor_unknown',
      /but 1 more are there: vision_model\.encoder\.layers\.2\.mlp\.fc1\.weight;/,
    ],
    ['whole numbers for weights', named(needed, 'int8'), 'tensor_type_unsupported', /stored as int8/],
  ])('is refused with %s', async (_name, checkpoint, code, message) => {
    await expect(readClipArchitecture(tiny, checkpoint)).rejects.toMatchObject({
      family: 'operator',
      code,
      message: expect.stringMatching(message),
    });
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, 1000, -1000])(
    'is refused with a logit scale of exp(%d)',
    async (value) => {
      const checkpoint = { ...named(needed), read: async () => Float32Array.of(value) };
      await expect(readClipArchitecture(tiny, checkpoint)).rejects.toMatchObject({ code: 'model_unsupported' });
    },
  );
});

describe('a config that no CLIP can have', () => {
  it.each<[string, unknown, string, RegExp]>([
    ['a list', [], 'model_config_invalid', /expected object/],
    [
      'heads that do not divide the width',
      withVision({ num_attention_heads: 3 }),
      'model_config_invalid',
      /vision_config\.hidden_size 8 is not a multiple of num_attention_heads 3/,
    ],
    [
      'heads that do not divide the width of the texts',
      withText({ num_attention_heads: 3 }),
      'model_config_invalid',
      /text_config\.hidden_size 4/,
    ],
    [
      'patches that do not divide the picture',
      withVision({ patch_size: 3 }),
      'model_config_invalid',
      /image_size 8 is not a multiple of patch_size 3/,
    ],
    [
      'an end that is not in the vocabulary',
      withText({ eos_token_id: 20 }),
      'model_config_invalid',
      /eos_token_id 20 is not below vocab_size 20/,
    ],
    ['a width of 0', withText({ hidden_size: 0 }), 'model_config_invalid', /text_config\.hidden_size/],
    ['a width in words', withVision({ hidden_size: 'wide' }), 'model_config_invalid', /vision_config\.hidden_size/],
    ['a million layers', withVision({ num_hidden_layers: 1_000_000 }), 'model_config_invalid', /num_hidden_layers/],
    [
      'another activation',
      withVision({ hidden_act: 'gelu_new' }),
      'model_unsupported',
      /vision_config\.hidden_act is "gelu_new" instead of quick_gelu or gelu/,
    ],
    ['pictures of one channel', withVision({ num_channels: 1 }), 'model_unsupported', /num_channels is 1 instead of 3/],
  ])('is refused with %s', async (_name, config, code, message) => {
    await expect(readClipArchitecture(config, named(needed))).rejects.toMatchObject({
      family: 'operator',
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe('what is not CLIP', () => {
  it.each([
    ['siglip', /SigLIP/],
    ['siglip2', /SigLIP 2/],
    ['blip', /BLIP/],
    ['blip-2', /BLIP-2/],
    ['vit', /a ViT, which has no text half/],
    ['bert', /BERT, which has no picture half/],
    ['clip_vision_model', /CLIP's picture half alone/],
    ['clip_text_model', /CLIP's text half alone/],
    ['llama', /a model of the type "llama"/],
  ])('is named by its model_type: %s', async (type, message) => {
    await expect(readClipArchitecture({ model_type: type }, named(needed))).rejects.toMatchObject({
      family: 'operator',
      code: 'model_not_clip',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['vision_model.head.probe', /SigLIP/],
    ['logit_bias', /SigLIP/],
    ['vision_model.encoder.layers.0.self_attn.qkv.weight', /BLIP/],
    ['text_decoder.bert.embeddings.word_embeddings.weight', /BLIP/],
    ['query_tokens', /BLIP-2/],
    ['vit.embeddings.cls_token', /a ViT/],
    ['blocks.0.attn.qkv.weight', /a ViT of timm/],
    ['bert.embeddings.word_embeddings.weight', /a text encoder like BERT/],
    ['embeddings.word_embeddings.weight', /a text encoder like BERT/],
    ['visual.layer1.0.conv1.weight', /a ResNet/],
    ['visual.trunk.patch_embed.proj.weight', /timm/],
    ['vision_model.embeddings.class_embedding', /CLIP's picture half alone/],
    ['text_model.embeddings.token_embedding.weight', /CLIP's text half alone/],
    ['fc.weight', /something else, by its tensors, fc\.weight/],
  ])('is named by its tensors where the config says CLIP: %s', async (name, message) => {
    await expect(readClipArchitecture({ model_type: 'clip' }, named(new Map([[name, [1]]])))).rejects.toMatchObject({
      family: 'operator',
      code: 'model_not_clip',
      message: expect.stringMatching(message),
    });
  });
});
