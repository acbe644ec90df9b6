import { describe, expect, it } from '@jest/globals';
import { present } from '../../../src/domain/present.js';

describe('a value that must be there', () => {
  it('is given back, also where it is null, 0, empty or not a number', () => {
    for (const value of [null, 0, '', Number.NaN, false]) expect(present<unknown>(value)).toBe(value);
    expect(present(Float32Array.of(0.5)[0])).toBe(0.5);
  });

  it('is an error of ours where an index is out of bounds or a key unknown', () => {
    expect(() => present([1][1])).toThrow(RangeError);
    expect(() => present(Float64Array.of(1)[-1])).toThrow(RangeError);
    expect(() => present(new Map([['a', 1]]).get('b'))).toThrow(RangeError);
  });
});
