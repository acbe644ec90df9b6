import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cellToChildren, getPentagons, getResolution } from 'h3-js';
import {
  CELL_RESOLUTION_MAX,
  cellCentre,
  cellDiameterKm,
  cellOf,
  cellReachKm,
  childRange,
  coarsestCells,
  finestWider,
  parentCell,
  resolutionAtZoom,
} from '../../../src/geo/cells.js';
import { distanceKm } from '../../../src/geo/distance.js';

const point = fc.record({
  lat: fc.double({ min: -90, max: 90, noNaN: true }),
  lon: fc.double({ min: -180, max: 180, noNaN: true }),
});
const coarser = fc.integer({ min: 0, max: CELL_RESOLUTION_MAX - 1 });

describe('cells', () => {
  it('hold every point and every finer cell within their reach', () => {
    fc.assert(
      fc.property(point, fc.integer({ min: 0, max: CELL_RESOLUTION_MAX }), (at, resolution) => {
        const fine = cellOf(at);
        const centre = cellCentre(parentCell(fine, resolution));
        expect(distanceKm(at, centre)).toBeLessThanOrEqual(cellReachKm(resolution));
        for (let between = resolution; between <= CELL_RESOLUTION_MAX; between++) {
          expect(distanceKm(cellCentre(parentCell(fine, between)), centre)).toBeLessThanOrEqual(
            cellReachKm(resolution),
          );
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('have their children, and no other cell of that resolution, in one range of names', () => {
    const pentagons = Array.from({ length: CELL_RESOLUTION_MAX }, (_, resolution) => getPentagons(resolution)).flat();
    const cell = fc.oneof(
      fc.tuple(point, coarser).map(([at, resolution]) => parentCell(cellOf(at), resolution)),
      fc.constantFrom(...pentagons),
    );
    fc.assert(
      fc.property(cell, point, (parent, elsewhere) => {
        const resolution = getResolution(parent);
        const [first, last] = childRange(parent, resolution);
        const children = cellToChildren(parent, resolution + 1);
        expect(children.every((child) => child >= first && child <= last)).toBe(true);
        const other = parentCell(cellOf(elsewhere), resolution + 1);
        expect(other >= first && other <= last).toBe(children.includes(other));
      }),
    );
  });

  it('of the coarsest resolution are 122, and each point is in one', () => {
    expect(new Set(coarsestCells()).size).toBe(122);
    fc.assert(fc.property(point, (at) => coarsestCells().includes(parentCell(cellOf(at), 0))));
  });
});

describe('the resolution of a map', () => {
  it('is the finest whose cells are still 56 pixels wide', () => {
    for (let zoom = 0; zoom <= 22; zoom += 0.25) {
      const resolution = resolutionAtZoom(zoom);
      const pixels = (r: number) => (cellDiameterKm(r) * 512 * 2 ** zoom) / 40_075;
      if (resolution > 0) expect(pixels(resolution)).toBeGreaterThanOrEqual(56);
      if (resolution < CELL_RESOLUTION_MAX) expect(pixels(resolution + 1)).toBeLessThan(56);
    }
    expect([resolutionAtZoom(0), resolutionAtZoom(22)]).toEqual([0, CELL_RESOLUTION_MAX]);
  });

  it('is 0 where even those cells are too small', () => {
    expect(finestWider(1e6)).toBe(0);
    expect(finestWider(0)).toBe(CELL_RESOLUTION_MAX);
  });
});
