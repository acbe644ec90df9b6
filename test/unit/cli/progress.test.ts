import { describe, expect, it } from '@jest/globals';
import { describeProgress, duration, Progress } from '../../../src/cli/progress.js';
import { isDumbTerminal } from '../../../src/config/terminal.js';

const state = { done: 50, total: 200, failed: 2, rate: 12.34, secondsLeft: 75 };

function written(columns: number | undefined, redraws?: boolean): string {
  let text = '';
  const stream = {
    isTTY: true,
    columns: columns as number,
    write: (part: string) => {
      text += part;
    },
  };
  const progress = new Progress('washing plates', stream, redraws ?? true);
  progress.update(state);
  progress.end();
  return text;
}

describe('describeProgress', () => {
  it('says how far a job is, how fast, how long it still takes, and what failed', () => {
    expect(describeProgress('photos', state)).toBe('photos  50/200  12/s  1 min 15 s left  2 failed');
    expect(describeProgress('photos', state, 80)).toContain(`${'█'.repeat(6)}${'░'.repeat(18)}`);
    expect(describeProgress('photos', { done: 7, total: null, rate: null, secondsLeft: null }, 80)).toBe('photos  7');
  });

  it('leaves out what there is least need of where it does not fit', () => {
    expect(describeProgress('photos', state, 50)).toBe('photos  50/200  12/s  1 min 15 s left  2 failed');
    expect(describeProgress('photos', state, 45)).toBe('photos  50/200  1 min 15 s left  2 failed');
    expect(describeProgress('photos', state, 35)).toBe('50/200  1 min 15 s left  2 failed');
    expect(describeProgress('photos', state, 19)).toBe('50/200  2 failed');
    expect(describeProgress('photos', state, 9)).toBe('50/200');
    expect(describeProgress('photos', state, 3)).toBe('50/');
  });
});

describe('Progress', () => {
  it.each([20, 40, 80, 200])('redraws one line that never reaches the last of %p columns', (columns) => {
    const [line] = written(columns)
      .split('\r\x1b[K')
      .filter((part) => part !== '');
    expect(line?.length).toBeLessThan(columns);
    expect(line).toContain('50/200');
  });

  it.each([undefined, 0])('takes a terminal that says %p columns for one of 80', (columns) => {
    expect(written(columns)).toBe(written(80));
  });

  it('writes lines without any control character where the terminal can redraw none', () => {
    expect(written(80, false)).toBe('washing plates  50/200  12/s  1 min 15 s left  2 failed\n');
  });
});

it.each([
  ['dumb', true],
  ['xterm-256color', false],
])('takes TERM=%s for dumb: %p', (TERM, dumb) => {
  expect(isDumbTerminal({ TERM })).toBe(dumb);
});

it.each([
  [0.4, '0 s'],
  [59.6, '1 min 0 s'],
  [3725, '1 h 2 min'],
])('writes %p seconds as %p', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
