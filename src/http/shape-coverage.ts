import { cellCentre } from '../geo/cells.js';
import type { CoverageAnswer } from '../references/reader.js';

const round5 = (degrees: number): number => Math.round(degrees * 1e5) / 1e5 + 0;

/** Counts per cell as GeoJSON: a point in the middle of each cell. Five decimals are a metre. */
export function shapeCoverage({ resolution, cells }: CoverageAnswer) {
  return {
    type: 'FeatureCollection' as const,
    resolution,
    references: cells.reduce((sum, { count }) => sum + count, 0),
    features: cells.map(({ cell, count }) => {
      const { lat, lon } = cellCentre(cell);
      return {
        type: 'Feature' as const,
        id: cell,
        geometry: { type: 'Point' as const, coordinates: [round5(lon), round5(lat)] },
        properties: { count },
      };
    }),
  };
}
