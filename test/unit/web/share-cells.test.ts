import { describe, expect, it } from '@jest/globals';
import type { TagCells } from '../../../src/client/client.js';
import { scaleOf, shareDots } from '../../../web/src/map/share-cells.js';

const cells = (...shares: readonly (readonly [share: number, photos: number, lat?: number])[]): TagCells => ({
  ...{ type: 'FeatureCollection', resolution: 2, share_is: 'likeliest', histogram: [] },
  features: shares.map(([share, photos, lat = 0], i) => ({
    ...{ type: 'Feature', id: `${i}`, properties: { share, photos } },
    geometry: { type: 'Point', coordinates: [10, lat] },
  })),
});

describe('the scale of a map of shares', () => {
  it('ends at the least round figure that no cell of many photos is above', () => {
    expect(scaleOf(cells([0.03, 50], [0.12, 10]))).toBe(0.2);
    expect(scaleOf(cells([0.03, 50]))).toBe(0.05);
    expect(scaleOf(cells([0.6, 50]))).toBe(1);
  });

  it('takes no notice of cells of few photos, unless there are no others', () => {
    expect(scaleOf(cells([0.03, 50], [1, 1]))).toBe(0.05);
    expect(scaleOf(cells([0.4, 2]))).toBe(0.5);
    expect(scaleOf(cells())).toBe(0.05);
    // A share beyond the scale has its strongest colour.
    expect(shareDots(cells([0.03, 50], [1, 1])).map(({ properties }) => properties.of_scale)).toEqual([0.6, 1]);
  });
});

it('a cell is drawn larger far from the equator, as the map draws all that is there', () => {
  const [equator, north] = shareDots(cells([0, 1], [0, 1, 60])).map(({ properties }) => properties.pixels);
  expect((north ?? 0) / (equator ?? 1)).toBeCloseTo(2, 9);
  // A cell of resolution 2 has 86,745 km² on average (H3's own table): a hexagon of 158 km from middle to edge.
  expect(((equator ?? 0) / 512) * 40_075).toBeCloseTo(158, -1);
});
