import { expect, it } from '@jest/globals';
import { KEPT, table, wrap } from '../../../src/cli/table.js';

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

it('breaks between words what does not fit, where that takes the fewest lines', () => {
  const rows = [
    ['ash', 'grey bark, black buds', 7],
    ['fir', 'flat needles, and dark', 12],
    ['yew', 'red', 3],
  ];
  expect(table(rows, ['name of the tree', 'what it is', 'n'], 36).split('\n')).toEqual([
    'name of   what it is              n',
    'the tree',
    '────────  ──────────────────────  ──',
    'ash       grey bark, black buds    7',
    'fir       flat needles, and dark  12',
    'yew       red                      3',
  ]);
});

it('breaks a path behind a slash, and never a number', () => {
  const lines = table([['photos/of/a/long/walk/through/the/town.jpg', 123456]], [], 30).split('\n');
  expect(lines[0]).toMatch(/\/ +123456$/);
  expect(lines.map((line) => line.slice(0, 22).trim()).join('')).toBe('photos/of/a/long/walk/through/the/town.jpg');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(30);
});

it('keeps together what is kept together', () => {
  expect(table([[`12${KEPT}km`, 'far from here']], [], 14).split('\n')).toEqual([
    '12 km  far',
    '       from',
    '       here',
  ]);
});

it.each([20, 40, 80])('stays within %p columns whatever stands in it', (width) => {
  const long = 'x'.repeat(200);
  const rows = Array.from({ length: 5 }, (_, i) => [`${i} ${long}`, 'some words that go on and on', `a/${long}/b`, i]);
  const lines = table(rows, ['first', 'second', 'third', 'n'], width).split('\n');
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
  expect(lines.join('').replaceAll(/[^x]/g, '')).toHaveLength(2000);
});

it('indents what it wraps as the first line', () => {
  expect(wrap('  one two three', 10)).toEqual(['  one two', '  three']);
});
