import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ClipTokenizer } from '../../src/clip/tokenizer.js';
import { fixture, fixtureBytes } from '../support/fixtures.js';

describe('the tokenizer of CLIP', () => {
  let folder = '';
  let tokenizer: ClipTokenizer;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'streetdex-tokenizer-'));
    for (const file of ['vocab.json', 'merges.txt']) {
      writeFileSync(join(folder, file), fixtureBytes('clip-tokenizer', `${file}.br`));
    }
    tokenizer = ClipTokenizer.read({ vocab: join(folder, 'vocab.json'), merges: join(folder, 'merges.txt') }, 77);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('gives the ids of the reference for all of its 627 strings', () => {
    const expected = JSON.parse(fixtureBytes('clip-tokenizer', 'expected-ids.json.br').toString()) as {
      text: string;
      ids: number[];
    }[];
    expect(expected).toHaveLength(627);
    expect(expected.map(({ text }) => ({ text, ids: tokenizer.encode(text) }))).toEqual(expected);
  });

  it('cuts a long text to the length that the model takes and keeps the end mark', () => {
    const long = tokenizer.encode('street '.repeat(200));
    expect(long).toHaveLength(77);
    expect(long[0]).toBe(49406);
    expect(long[76]).toBe(49407);
    expect(new Set(long.slice(1, 76)).size).toBe(1);
  });

  it('lowers each character by itself, as the reference does: a sigma at the end of a word stays one', () => {
    expect(tokenizer.encode('ͶΣ')).toEqual([49406, 137, 115, 139, 481, 49407]);
    expect(tokenizer.encode('ΠΑΤΡΑΣ')).toEqual(tokenizer.encode('πατρασ'));
  });

  it('reads a tokenizer.json in the form that transformers writes', () => {
    const small = ClipTokenizer.read({ json: fixture('tiny-clip', 'tokenizer.json') }, 77);
    const { captions } = JSON.parse(fixtureBytes('tiny-clip', 'expected.json').toString());
    for (const { text, ids } of captions) expect(small.encode(text)).toEqual(ids);
  });

  it('refuses a file that is no tokenizer', () => {
    writeFileSync(join(folder, 'broken.json'), '{"model"');
    expect(() => ClipTokenizer.read({ json: join(folder, 'broken.json') }, 77)).toThrow(/Expected a CLIP tokenizer in/);
  });
});
