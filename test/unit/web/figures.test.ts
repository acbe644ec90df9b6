import { describe, expect, it } from '@jest/globals';
import { durationIn, momentIn, percentIn } from '../../../web/src/text/figures.js';

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

describe('when a photo was taken', () => {
  it.each([
    ['2019-06-01T00:30:15+02:00', '1 Jun 2019, 00:30 UTC+02:00'],
    ['2019-06-01T23:30:15.25-05:30', '1 Jun 2019, 23:30 UTC-05:30'],
    ['2019-06-01T09:05:00Z', '1 Jun 2019, 09:05 UTC'],
    ['2019-06-01T09:05:00', '1 Jun 2019, 09:05'],
    ['2019-06-01', '1 Jun 2019'],
    ['some day', 'some day'],
  ])('%s is %s: by the clock that hung there, never moved', (iso, text) => {
    expect(plain(momentIn('en-GB', iso))).toBe(text);
  });
});
