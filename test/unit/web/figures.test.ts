import { describe, expect, it } from '@jest/globals';
import { durationIn, percentIn } from '../../../web/src/text/figures.js';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

describe('a share', () => {
  it.each([
    [1, '100 %'],
    [0.9951, '> 99 %'],
    [0.994, '99 %'],
    [0.624, '62 %'],
    [0.0123, '1,2 %'],
    [0.0006, '0,1 %'],
    [0.0004, '< 0,1 %'],
    [0, '0 %'],
  ])('of %d is %s in German: what is not certain is called neither everything nor nothing', (share, text) => {
    expect(plain(percentIn('de', share))).toBe(text);
  });
});

describe('what is left of a run', () => {
  it.each([
    [8, '8 sec'],
    [98.2, '99 sec'],
    [700, '12 min'],
    [12_000, '3 hr 20 min'],
  ])('of %d seconds is %s', (seconds, text) => {
    expect(plain(durationIn('en', seconds))).toBe(text);
  });
});
