import { expect, it } from '@jest/globals';
import { describeProgress, duration } from '../../../src/cli/progress.js';
import { table } from '../../../src/cli/table.js';

it('lines columns up, numbers to the right, wide scripts by the columns they take', () => {
  const lines = table(
    [
      ['Sopot', 5, 'a'],
      ['東京', 12345, 'bc'],
    ],
    ['town', 'n', 'x'],
  ).split('\n');
  expect(lines).toEqual(['town   n      x', '─────  ─────  ──', 'Sopot      5  a', '東京   12345  bc']);
});

it('says how far a job is, how fast, how long it still takes, and what failed', () => {
  const state = { done: 50, total: 200, failed: 2, rate: 12.34, secondsLeft: 75 };
  expect(describeProgress('photos', state, false)).toBe('photos  50/200  12/s  1 min 15 s left  2 failed');
  expect(describeProgress('photos', state, true)).toContain(`${'█'.repeat(6)}${'░'.repeat(18)}`);
  expect(describeProgress('photos', { done: 7, total: null, rate: null, secondsLeft: null }, true)).toBe('photos  7');
});

it.each([
  [0.4, '0 s'],
  [59.6, '1 min 0 s'],
  [3725, '1 h 2 min'],
])('writes %p seconds as %p', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
