import { TEXTS_DIM } from '../../text-batches.js';
import type { TextPooling, TextShape } from '../checkpoint/clip-shapes.js';
import { writeLayers } from './encoder-layers.js';
import { toFloat16Bits } from './float16-bits.js';
import type { GraphBuilder } from './graph-builder.js';
import { storeWeight } from './linear.js';
import { type PackedTexts, packTexts } from './packed-texts.js';
import { type TowerOptions, TowerWriter } from './tower-writer.js';

/**
 * input_ids int64 [n, length] → text_embeds float32 [n, projectionDim], not normalised. No attention mask is needed: the text
 * is pooled at its end, and no token sees those after it. Padding after a text's end costs nothing, and neither do shared
 * beginnings (packed-texts.ts). Memory grows with the square of the remaining tokens, so a batch should have a few hundred.
 */
export async function writeTextTower(
  builder: GraphBuilder,
  shape: TextShape,
  projectionDim: number,
  options: TowerOptions,
): Promise<void> {
  const writer = new TowerWriter(builder, 'text', shape, options);
  const { width } = shape;
  const ids = builder.input('input_ids', 'int64', [TEXTS_DIM, 'sequence_length']);
  const columns = columnsOf(builder, ids);
  const packed = packTexts(builder, ids, endOfText(builder, shape.pooling, ids), columns);
  const pooled = await writeLayers(writer, await embedTokens(writer, shape, packed, columns), {
    prefix: 'text_model',
    bias: packed.bias,
    pooling: {
      pick: (name, value) => builder.node(name, 'Gather', [value, packed.ends], { axis: 1 }),
      bias: builder.node('ends.bias', 'Gather', [packed.bias, packed.ends], { axis: 2 }),
    },
    finalNorm: 'text_model.final_layer_norm',
  });
  const flat = builder.node('pooled', 'Reshape', [pooled, builder.ints('pooled.shape', [-1, width])]);
  await writer.linear('text_embeds', 'projection', null, flat, {
    ...{ tensors: ['text_projection'], inputs: width, outputs: projectionDim, hasBias: false },
  });
  builder.output('text_embeds', 'float32', [TEXTS_DIM, projectionDim]);
}

function columnsOf(builder: GraphBuilder, ids: string): string {
  const length = builder.node('length', 'Shape', [ids], { start: 1, end: 2 });
  const scalar = builder.node('length.scalar', 'Squeeze', [length, builder.ints('length.axis', [0])]);
  return builder.node('columns', 'Range', [builder.ints('columns.begin', 0), scalar, builder.ints('columns.step', 1)]);
}

/** [1, tokens, width] */
async function embedTokens(
  writer: TowerWriter,
  { vocabSize, positions, width }: TextShape,
  packed: PackedTexts,
  columns: string,
): Promise<string> {
  const { builder, options } = writer;
  const values = await writer.read('text_model.embeddings.token_embedding.weight');
  const stored = options.storage === 'float32' ? values : toFloat16Bits(values);
  const tokens = await builder.weight('token_embedding', options.storage, [vocabSize, width], stored);
  // Rows are widened after they are gathered, so a table in half precision stays so in memory.
  const gathered = builder.node('tokens.stored', 'Gather', [tokens, packed.ids]);
  const rows = options.storage === 'float32' ? gathered : builder.node('tokens', 'Cast', [gathered], { to: 1 });
  const table = await storeWeight(
    builder,
    'positions.all',
    [positions, width],
    await writer.read('text_model.embeddings.position_embedding.weight'),
    options.storage,
  );
  // For every column, so that rows longer than the table are refused wherever their texts end.
  const used = builder.node('positions', 'Gather', [table, columns]);
  const placed = builder.node('positions.placed', 'Gather', [used, packed.positions]);
  const sum = builder.node('tokens.sum', 'Add', [rows, placed]);
  return builder.node('tokens.placed', 'Unsqueeze', [sum, builder.ints('tokens.axis', [0])]);
}

/**
 * Where each text ends, int64 [n]: the first of the highest id, or the first end token (0 where there is none), as
 * transformers' CLIPTextTransformer pools.
 */
function endOfText(builder: GraphBuilder, pooling: TextPooling, ids: string): string {
  const first = { axis: 1, keepdims: 0 };
  if (pooling.kind === 'highest_id') return builder.node('end', 'ArgMax', [ids], first);
  const equal = builder.node('end.equal', 'Equal', [ids, builder.ints('end.id', pooling.eosTokenId)]);
  const ones = builder.node('end.ones', 'Cast', [equal], { to: 6 });
  return builder.node('end', 'ArgMax', [ones], first);
}
