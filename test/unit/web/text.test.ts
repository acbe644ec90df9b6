import { describe, expect, it } from '@jest/globals';
import { ERROR_CODES } from '../../../src/domain/error-codes.js';
import { de } from '../../../web/src/text/de.js';
import { en } from '../../../web/src/text/en.js';

type Leaves = readonly (readonly [path: string, text: unknown])[];

function leaves(tree: unknown, path = ''): Leaves {
  if (typeof tree !== 'object' || tree === null) return [[path, tree]];
  return Object.entries(tree).flatMap(([key, inner]) => leaves(inner, `${path}.${key}`));
}

it('the page has sentences only for codes that there are', () => {
  expect(Object.keys(en.problem.codes).filter((code) => !(code in ERROR_CODES))).toEqual([]);
});

describe('the German catalogue', () => {
  it('has every text of the English one and no other', () => {
    expect(leaves(de).map(([path]) => path)).toEqual(leaves(en).map(([path]) => path));
  });

  it('has no empty text, and none that was left in English', () => {
    const english = new Map(leaves(en));
    const same = leaves(de).filter(
      ([path, text]) => typeof text === 'string' && text.length > 25 && english.get(path) === text,
    );
    // The example searches stay: the model reads English.
    expect(same.map(([path]) => path)).toEqual(['.browse.wordsExample', '.label.example']);
    for (const [, text] of leaves(de)) expect(text).not.toBe('');
  });
});
