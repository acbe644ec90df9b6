import { expect, it } from '@jest/globals';
import { didYouMean, nearestWords } from '../../../src/domain/nearest-words.js';

const WORDS = ['harvest', 'harvester', 'plough', 'sow', 'index mend', 'index sow'];

it.each([
  ['a letter too few', 'harvst', ['harvest']],
  ['a letter too many', 'ploughh', ['plough']],
  ['another letter', 'plaugh', ['plough']],
  ['two that changed places', 'polugh', ['plough']],
  ['the beginning of a word', 'plo', ['plough']],
  ['another case', 'PLOUGH', ['plough']],
  ['two words', 'indx mend', ['index mend']],
  ['one slip in a short word', 'saw', ['sow']],
])('finds a word by %s', (_what, text, found) => {
  expect(nearestWords(text, WORDS).slice(0, found.length)).toEqual(found);
});

it('finds nothing that is another word altogether, and the nearest first', () => {
  expect(nearestWords('reap', WORDS)).toEqual([]);
  expect(nearestWords('xyz', WORDS)).toEqual([]);
  expect(nearestWords('harveste', WORDS)).toEqual(['harvester', 'harvest']);
});

it('asks about one word, two or three', () => {
  expect(didYouMean([])).toBe('');
  expect(didYouMean(['a'])).toBe(' Did you mean a?');
  expect(didYouMean(['a', 'b', 'c'])).toBe(' Did you mean a, b or c?');
});
