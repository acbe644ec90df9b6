import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { fault } from '../../../domain/errors.js';
import { ClipTokenizer, type TokenizerFiles } from '../../tokenizer.js';
import type { TextShape } from './clip-shapes.js';

const ids = z.record(z.string(), z.number().int().nonnegative());
const fastSchema = z.object({
  model: z.object({ type: z.literal('BPE').optional(), vocab: ids }),
  added_tokens: z.array(z.object({ id: z.number().int().nonnegative() })).default([]),
});

/**
 * Checks that a tokenizer belongs to a model: all of its ids have an embedding, and its end token is the one that the network
 * pools. A tokenizer of another model would give wrong vectors without an error.
 *
 * @throws `model_tokenizer_mismatch`, `model_file_altered` when the files are no tokenizer
 */
export async function checkTokenizerFits(files: TokenizerFiles, text: TextShape): Promise<void> {
  const file = 'json' in files ? files.json : files.vocab;
  const known = await readIds(file, 'json' in files);
  const highest = known.reduce((max, id) => Math.max(max, id), -1);
  if (highest >= text.vocabSize) {
    throw mismatch(`${file} has ids up to ${highest}, but the model has ${text.vocabSize} embeddings, from 0`);
  }
  const marks = ClipTokenizer.read(files, text.positions).encode('');
  const end = marks.at(-1);
  if (marks.length !== 2) throw mismatch(`${file} gives ${marks.length} ids for an empty text, not a start and an end`);
  const pooled = text.pooling.kind === 'first_eos' ? text.pooling.eosTokenId : highest;
  if (end !== pooled) {
    throw mismatch(`${file} ends texts with ${end}, but the model looks for ${pooled} as their end`);
  }
}

async function readIds(file: string, fast: boolean): Promise<number[]> {
  try {
    const json: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (!fast) return Object.values(ids.parse(json));
    const { model, added_tokens: added } = fastSchema.parse(json);
    return [...Object.values(model.vocab), ...added.map(({ id }) => id)];
  } catch (cause) {
    throw fault(
      'model_file_altered',
      `Expected a byte-pair tokenizer as CLIP has it in ${file}, but it is none; copy the file from the model's source.`,
      { cause },
    );
  }
}

function mismatch(reason: string): Error {
  return fault(
    'model_tokenizer_mismatch',
    `Expected the tokenizer of this model, but ${reason}; copy the tokenizer from the model's source.`,
  );
}
