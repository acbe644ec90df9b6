import { expect, it } from '@jest/globals';
import { restartPauseMs } from '../../../src/domain/restart-pause.js';

it('what ends again and again is started after pauses that double, the first time at once, up to a limit', () => {
  const pauses = Array.from({ length: 12 }, (_, ends) => restartPauseMs(ends, { firstMs: 100, mostMs: 10_000 }));
  expect(pauses).toEqual([0, 0, 100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000, 10_000]);
});
