import { describe, expect, it } from '@jest/globals';
import { duplicates } from '../../../src/cli/commands/duplicates.js';
import { readFilter } from '../../../src/cli/read-filter.js';
import { readInvocation } from '../../../src/cli/read-invocation.js';

const filterOf = (...args: string[]) => readFilter(readInvocation(duplicates, args));

describe('the filter that flags ask for', () => {
  it('is undefined without any', () => {
    expect(filterOf()).toBeUndefined();
  });

  it('has every condition in the words of the index', () => {
    const flags = ['--bbox', '170,-20,-170,10', '--near', '-54.4,18.5,25', '--country', 'Poland,DE'];
    const more = ['--captured-after', '2024-05-01', '--captured-before', '2024-06-01T10:00:00Z'];
    expect(
      filterOf(...flags, ...more, '--author', 'ann', '--author', 'bo', '--sequence', 'w', '--source', 'a/'),
    ).toEqual({
      bbox: { west: 170, south: -20, east: -170, north: 10 },
      near: { lat: -54.4, lon: 18.5, km: 25 },
      country: ['PL', 'DE'],
      ...{ capturedAfter: '2024-05-01', capturedBefore: '2024-06-01T10:00:00Z' },
      ...{ author: ['ann', 'bo'], sequence: ['w'], source: ['a/'] },
    });
  });

  it.each([
    ['--bbox', '1,2,3', '--bbox W,S,E,N, but got 1,2,3'],
    ['--near', '99,0,1', '--near LAT,LON,KM, but got 99,0,1'],
    ['--country', 'Atlantis', 'Atlantis'],
    ['--captured-after', 'May', '--captured-after TIME, but got May'],
    ['--source', '', '--source START, but got nothing'],
  ])('refuses %s %s and says what was expected', (flag, value, said) => {
    expect(() => filterOf(flag, value)).toThrow(
      expect.objectContaining({ code: 'usage', message: expect.stringContaining(said) }),
    );
  });
});
