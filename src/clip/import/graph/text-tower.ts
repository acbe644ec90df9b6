import type { TextPooling, TextShape } from '../checkpoint/clip-architecture.js';
import { writeLayers } from './encoder-layers.js';
import { toFloat16Bits } from './float16-bits.js';
import type { GraphBuilder } from './graph-builder.js';
import { storeWeight } from './linear.js';
import { type TowerOptions, TowerWriter } from './tower-writer.js';

/**
 * input_ids int64 [n, length] → text_embeds float32 [n, projectionDim], not normalised. No attention mask is needed:
 * the text is pooled at its end, and no token sees those after it.
 */
export async function writeTextTower(
  builder: GraphBuilder,
  shape: TextShape,
  projectionDim: number,
  options: TowerOptions,
): Promise<void> {
  const writer = new TowerWriter(builder, 'text', shape, options);
  const { width } = shape;
  const ids = builder.input('input_ids', 'int64', ['batch_size', 'sequence_length']);
  const tokens = await embedTokens(writer, shape, ids);
  const end = endOfText(builder, shape.pooling, ids);
  const row = builder.node('end.row', 'Unsqueeze', [end, builder.ints('end.row.axis', [1])]);
  const seen = builder.node('end.seen', 'Add', [end, builder.ints('end.one', 1)]);
  const pooled = await writeLayers(writer, tokens, {
    prefix: 'text_model',
    causal: true,
    pooling: {
      pick: (name, value) => {
        const rows = builder.node(`${name}.rows`, 'GatherND', [value, row], { batch_dims: 1 });
        return builder.node(name, 'Unsqueeze', [rows, builder.ints(`${name}.axis`, [1])]);
      },
      seen: builder.node('end.seen.int32', 'Cast', [seen], { to: 6 }),
    },
    finalNorm: 'text_model.final_layer_norm',
  });
  const flat = builder.node('pooled', 'Reshape', [pooled, builder.ints('pooled.shape', [-1, width])]);
  await writer.linear('text_embeds', 'projection', null, flat, {
    ...{ tensors: ['text_projection'], inputs: width, outputs: projectionDim, hasBias: false },
  });
  builder.output('text_embeds', 'float32', ['batch_size', projectionDim]);
}

async function embedTokens(
  writer: TowerWriter,
  { vocabSize, positions, width }: TextShape,
  ids: string,
): Promise<string> {
  const { builder, options } = writer;
  const values = await writer.read('text_model.embeddings.token_embedding.weight');
  const stored = options.storage === 'float32' ? values : toFloat16Bits(values);
  const tokens = await builder.weight('token_embedding', options.storage, [vocabSize, width], stored);
  // Rows are widened after they are taken, so a table in half precision stays in half precision in memory too.
  const gathered = builder.node('tokens.stored', 'Gather', [tokens, ids]);
  const rows = options.storage === 'float32' ? gathered : builder.node('tokens', 'Cast', [gathered], { to: 1 });
  const table = await storeWeight(
    builder,
    'positions.all',
    [positions, width],
    await writer.read('text_model.embeddings.position_embedding.weight'),
    options.storage,
  );
  const length = builder.node('length', 'Shape', [ids], { start: 1, end: 2 });
  const begin = builder.ints('length.begin', [0]);
  const used = builder.node('positions', 'Slice', [table, begin, length, builder.ints('length.axis', [0])]);
  return builder.node('tokens.placed', 'Add', [rows, used]);
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
