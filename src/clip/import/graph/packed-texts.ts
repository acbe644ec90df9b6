import type { GraphBuilder } from './graph-builder.js';

/** Several texts as one sequence in which common beginnings occur once. All int64, except the bias. */
export interface PackedTexts {
  /** [tokens]: the ids, text after text, each without the beginning that it shares with an earlier text. */
  readonly ids: string;
  /** [tokens]: each token's position in its text. */
  readonly positions: string;
  /** [n]: for each text, the index of its end token. */
  readonly ends: string;
  /** float32 [1, 1, tokens, tokens]: 0 where a token sees another (itself and those before it in its text), else HIDDEN. */
  readonly bias: string;
}

/** Added to a score, gives a weight of exactly 0. */
const HIDDEN = -1e9;

/**
 * Packs texts. In a causal network a token depends only on itself and those before it, so tokens at the same position after the
 * same beginning have the same values, and one of them is enough. Tokens after a text's end are left out. This is exact, and
 * captions of places share more than half of their tokens.
 *
 * @param ids int64 [n, length]
 * @param end int64 [n]: where each text ends
 * @param columns int64 [length]: 0, 1, 2 …
 */
export function packTexts(builder: GraphBuilder, ids: string, end: string, columns: string): PackedTexts {
  const name = (part: string) => `packed.${part}`;
  const seen = seenTokens(builder, ids, end, columns);
  const earlier = builder.node(name('earlier'), 'Trilu', [seen, builder.ints(name('earlier.below'), -1)], { upper: 0 });
  const shared = builder.node(name('shared'), 'ReduceMax', [earlier], { axes: [1], keepdims: 1 });
  const last = unsqueezed(builder, name('last'), end, 1);
  const isBehind = builder.node(name('behind'), 'GreaterOrEqual', [columns, shared]);
  const isWithin = builder.node(name('within'), 'LessOrEqual', [columns, last]);
  const places = builder.node(name('places'), 'NonZero', [builder.node(name('kept'), 'And', [isBehind, isWithin])]);
  const rows = row(builder, name('rows'), places, 0);
  const positions = row(builder, name('positions'), places, 1);
  const turned = builder.node(name('turned'), 'Transpose', [places], { perm: [1, 0] });
  // [n, tokens]: how many tokens of this token's text belong to the n-th text as well.
  const ofText = builder.node(name('of_text'), 'Gather', [seen, rows], { axis: 1 });
  const isOwn = builder.node(name('own'), 'Less', [positions, ofText]);
  const isLast = builder.node(name('is_last'), 'Equal', [positions, last]);
  const isEnd = builder.node(name('is_end'), 'And', [isOwn, isLast]);
  return {
    ids: builder.node(name('ids'), 'GatherND', [ids, turned]),
    positions,
    ends: builder.node(name('ends'), 'ArgMax', [builder.node(name('is_end.int'), 'Cast', [isEnd], { to: 6 })], {
      ...{ axis: 1, keepdims: 0 },
    }),
    bias: hide(builder, builder.node(name('visible'), 'Gather', [isOwn, rows], { axis: 0 }), positions),
  };
}

/** [n, n]: how many of the first tokens of text b, up to its end, are those of text a. */
function seenTokens(builder: GraphBuilder, ids: string, end: string, columns: string): string {
  const [a, b] = [unsqueezed(builder, 'packed.a', ids, 1), unsqueezed(builder, 'packed.b', ids, 0)];
  const isEqual = builder.node('packed.equal', 'Equal', [a, b]);
  const beyond = builder.ints('packed.beyond', 2 ** 31 - 1);
  const differs = builder.node('packed.differs', 'Where', [isEqual, beyond, columns]);
  const common = builder.node('packed.common', 'ReduceMin', [differs], { axes: [2], keepdims: 0 });
  const lengths = builder.node('packed.lengths', 'Add', [end, builder.ints('packed.one', 1)]);
  return builder.node('packed.seen', 'Min', [common, lengths]);
}

/** @param own bool [tokens, tokens]: whether one token belongs to the other's text, before or after it */
function hide(builder: GraphBuilder, own: string, positions: string): string {
  const notAfter = builder.node('packed.not_after', 'LessOrEqual', [
    ...[positions, unsqueezed(builder, 'packed.standing', positions, 1)],
  ]);
  const isSeen = builder.node('packed.is_seen', 'And', [own, notAfter]);
  const [none, hidden] = [builder.float('packed.none', 0), builder.float('packed.hidden', HIDDEN)];
  const bias = builder.node('packed.bias.flat', 'Where', [isSeen, none, hidden]);
  return builder.node('packed.bias', 'Unsqueeze', [bias, builder.ints('packed.bias.axes', [0, 1])]);
}

function unsqueezed(builder: GraphBuilder, name: string, value: string, axis: number): string {
  return builder.node(name, 'Unsqueeze', [value, builder.ints(`${name}.axis`, [axis])]);
}

function row(builder: GraphBuilder, name: string, value: string, index: number): string {
  return builder.node(name, 'Gather', [value, builder.ints(`${name}.row`, index)], { axis: 0 });
}
