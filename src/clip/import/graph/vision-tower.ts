import type { VisionShape } from '../checkpoint/clip-shapes.js';
import { writeLayers, writeNorm } from './encoder-layers.js';
import type { GraphBuilder } from './graph-builder.js';
import { type TowerOptions, TowerWriter } from './tower-writer.js';

/** pixel_values float32 [n, 3, side, side] → image_embeds float32 [n, projectionDim], not normalised. */
export async function writeVisionTower(
  builder: GraphBuilder,
  shape: VisionShape,
  projectionDim: number,
  options: TowerOptions,
): Promise<void> {
  const writer = new TowerWriter(builder, 'vision', shape, options);
  const { width, imageSize } = shape;
  const pixels = builder.input('pixel_values', 'float32', ['batch_size', 3, imageSize, imageSize]);
  const patches = await embedPatches(writer, shape, pixels);
  const tokens = await embedPositions(writer, await prependClass(writer, patches), width);
  const pooled = await writeLayers(writer, tokens, {
    prefix: 'vision_model',
    bias: null,
    pooling: {
      pick: (name, value) =>
        builder.node(name, 'Slice', [
          value,
          builder.ints(`${name}.begin`, [0]),
          builder.ints(`${name}.end`, [1]),
          builder.ints(`${name}.axis`, [1]),
        ]),
      bias: null,
    },
    finalNorm: 'vision_model.post_layernorm',
  });
  const flat = builder.node('pooled', 'Reshape', [pooled, builder.ints('pooled.shape', [-1, width])]);
  await writer.linear('image_embeds', 'projection', null, flat, {
    ...{ tensors: ['visual_projection'], inputs: width, outputs: projectionDim, hasBias: false },
  });
  builder.output('image_embeds', 'float32', ['batch_size', projectionDim]);
}

/** The convolution, whose stride is the patch's side, as a matrix product: [n, grid · grid, width]. */
async function embedPatches(writer: TowerWriter, shape: VisionShape, pixels: string): Promise<string> {
  const { builder } = writer;
  const { imageSize, patchSize, width } = shape;
  const grid = imageSize / patchSize;
  const inputs = 3 * patchSize * patchSize;
  const cut = builder.node('patches.cut', 'Reshape', [
    pixels,
    builder.ints('patches.cut.shape', [-1, 3, grid, patchSize, grid, patchSize]),
  ]);
  const turned = builder.node('patches.turned', 'Transpose', [cut], { perm: [0, 2, 4, 1, 3, 5] });
  const rows = builder.node('patches.rows', 'Reshape', [
    turned,
    builder.ints('patches.rows.shape', [-1, grid * grid, inputs]),
  ]);
  return writer.linear('patches', 'patch', null, rows, {
    ...{ tensors: ['vision_model.embeddings.patch_embedding'], inputs, outputs: width, hasBias: false },
  });
}

/** The class token before the patches: [n, 1 + patches, width]. */
async function prependClass(writer: TowerWriter, patches: string): Promise<string> {
  const { builder } = writer;
  const { width } = writer.shape;
  const token = await builder.weight(
    'class_embedding',
    'float32',
    [1, 1, width],
    await writer.read('vision_model.embeddings.class_embedding'),
  );
  const count = builder.node('batch', 'Shape', [patches], { start: 0, end: 1 });
  const shape = builder.node('class.shape', 'Concat', [count, builder.ints('class.shape.rest', [1, width])], {
    axis: 0,
  });
  const tokens = builder.node('class', 'Expand', [token, shape]);
  return builder.node('tokens', 'Concat', [tokens, patches], { axis: 1 });
}

/** Adds positions, and applies pre_layrnorm (so spelled in the checkpoints). */
async function embedPositions(writer: TowerWriter, tokens: string, width: number): Promise<string> {
  const { builder } = writer;
  const positions = await writer.read('vision_model.embeddings.position_embedding.weight');
  const table = await builder.weight('positions', 'float32', [positions.length / width, width], positions);
  const placed = builder.node('tokens.placed', 'Add', [tokens, table]);
  return writeNorm(writer, 'pre_norm', placed, 'vision_model.pre_layrnorm', null);
}
