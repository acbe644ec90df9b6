import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parseClipConfig } from '../../../../../src/clip/import/checkpoint/clip-config.js';
import { checkTokenizerFits } from '../../../../../src/clip/import/checkpoint/clip-tokenizer-fit.js';
import { fixture, fixtureBytes } from '../../../../support/fixtures.js';
import { temporaryFolder } from '../../../../support/temporary-folder.js';

const openai = temporaryFolder({
  'vocab.json': fixtureBytes('clip-tokenizer', 'vocab.json.br'),
  'merges.txt': fixtureBytes('clip-tokenizer', 'merges.txt.br'),
});
const pair = { vocab: join(openai, 'vocab.json'), merges: join(openai, 'merges.txt') };
const small = { json: fixture('tiny-clip', 'tokenizer.json') };
const text = (fields: object = {}) => parseClipConfig({ text_config: fields }).text;

describe('a tokenizer and a model', () => {
  it("fit: OpenAI's vocabulary and a CLIP's 49,408 embeddings, by either rule of pooling", async () => {
    await expect(checkTokenizerFits(pair, text())).resolves.toBeUndefined();
    await expect(checkTokenizerFits(pair, text({ eos_token_id: 2 }))).resolves.toBeUndefined();
  });

  it('fit: a small vocabulary and a small model, whose last two of 642 ids are the marks', async () => {
    await expect(checkTokenizerFits(small, text({ vocab_size: 642, eos_token_id: 641 }))).resolves.toBeUndefined();
  });

  it.each([
    [
      'ids without an embedding',
      pair,
      { vocab_size: 49_407, eos_token_id: 2 },
      /ids up to 49407, but the model has 49407 embeddings/,
    ],
    ['an end that the model does not look for', small, {}, /ends texts with 641, but the model looks for 49407/],
  ])('do not fit where there are %s', async (_name, files, fields, message) => {
    await expect(checkTokenizerFits(files, text(fields))).rejects.toMatchObject({
      family: 'operator',
      code: 'model_tokenizer_mismatch',
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ['of sentence pieces', JSON.stringify({ model: { type: 'Unigram', vocab: [['a', -1]] } })],
    ['cut off', '{"model":'],
    ['a list', '[]'],
  ])('do not fit where the tokenizer is %s', async (_name, content) => {
    const folder = temporaryFolder({ 'tokenizer.json': content });
    await expect(checkTokenizerFits({ json: join(folder, 'tokenizer.json') }, text())).rejects.toMatchObject({
      code: 'model_file_altered',
    });
  });
});
