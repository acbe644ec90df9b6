import { expect, it } from '@jest/globals';
import { estimateShares } from '../../../src/collection/shares/estimate-shares.js';
import { referenceOf } from '../../support/references.js';

it('walks like these are never surer than these photos, even where no labelled photo has the label', () => {
  const photos = Array.from({ length: 200 }, (_, i) => referenceOf(i, { sequence: `walk ${i % 50}` }));
  const labelled = new Map(photos.slice(0, 50).map(({ id }, i) => [id, i < 2 ? ['rare'] : []]));
  const none = () => 0;
  const data = { photos, labels: ['rare', 'never'], labelled, predicted: none, heldOut: none };
  for (const { interval, low, high, walks } of estimateShares(data, () => 'all')[0]?.shares ?? []) {
    expect(interval).toBe('wilson');
    expect(high).toBeGreaterThan(0.02);
    expect(walks?.low).toBeLessThanOrEqual(low ?? -1);
    expect(walks?.high).toBeGreaterThanOrEqual(high ?? 2);
  }
});
