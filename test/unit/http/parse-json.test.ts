import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJson } from '../../../src/http/parse-json.js';

describe('parsing JSON', () => {
  it('gives what JSON.parse gives, for any value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const text = JSON.stringify(value);
        expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('is not led astray by quotes, backslashes and brackets within strings', () => {
    const values = ['"', '\\', '\\"', '[[[['.repeat(100), '{"a":', '\\\\"]', 'é"日本', ''];
    for (const value of values) expect(parseJson(Buffer.from(JSON.stringify({ value })))).toEqual({ value });
  });

  it('takes megabytes within one string', () => {
    const text = 'A'.repeat(5_000_000);
    expect(parseJson(Buffer.from(JSON.stringify({ text })))).toEqual({ text });
  });

  it.each([
    ['too deep', '['.repeat(33) + ']'.repeat(33)],
    ['too long outside strings', `[${'1,'.repeat(600_000)}1]`],
    ['of too many strings', `[${'"",'.repeat(10_001)}""]`],
  ])('refuses what is %s', (_name, text) => {
    JSON.parse(text);
    expect(() => parseJson(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'json_too_complex' }));
  });

  it('never quotes what it can not parse', () => {
    for (const text of ['{"a": secret}', '"secret', '', '{"secret":1,}']) {
      expect(() => parseJson(Buffer.from(text))).toThrow(
        expect.objectContaining({ code: 'json_invalid', message: expect.not.stringContaining('secret') }),
      );
    }
  });
});
