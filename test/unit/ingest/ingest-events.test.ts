import { describe, expect, it } from '@jest/globals';
import { type IngestEvent, ProgressMeter } from '../../../src/ingest/ingest-events.js';

const COUNTS = { added: 3, updated: 1, linked: 2, unchanged: 4, failed: 5 };

function meter(total: number) {
  const events: IngestEvent[] = [];
  const clock = { ms: 0 };
  const progress = new ProgressMeter(
    total,
    (event) => events.push(event),
    () => clock.ms,
  );
  const at = (ms: number, done: number, force = false) => {
    clock.ms = ms;
    progress.update(done, COUNTS, force);
    return events.at(-1);
  };
  return { events, at };
}

describe('the progress of an ingest', () => {
  it('is told a few times a second, and always when asked', () => {
    const { events, at } = meter(100);
    for (let ms = 0; ms < 1000; ms += 10) at(ms, ms / 10);
    expect(events).toHaveLength(5);
    at(1001, 100, true);
    expect(events).toHaveLength(6);
    expect(events.at(-1)).toMatchObject({ done: 100, total: 100, added: 3, updated: 1, unchanged: 6, failed: 5 });
  });

  it('gives the rate of the last seconds and the time left at it', () => {
    const { at } = meter(1000);
    expect(at(0, 0)).toMatchObject({ rate: null, seconds_left: null });
    // Half of it was known already and went by in a second; what is left goes at 10 a second.
    at(1000, 500);
    for (let s = 2; s < 30; s++) at(s * 1000, 500 + 10 * (s - 1));
    const last = at(30_000, 790);
    if (last?.type !== 'progress' || last.rate === null) throw new Error('no progress');
    expect(last.rate).toBeCloseTo(10, 5);
    expect(last.seconds_left).toBeCloseTo(21, 5);
  });

  it('never says more done than there is', () => {
    expect(meter(5).at(0, 7)).toMatchObject({ done: 7, total: 7 });
  });
});
