import type { Coverage } from '../api/types.js';
import { cellCentre } from '../geo/cells.js';
import { roundPoint } from '../locate/round.js';
import type { CoverageAnswer } from '../references/catalogue.js';

/**
 * Counts per cell as GeoJSON: a point for each cell, in the mean of what is counted.
 * @param exact whether positions may be told; if not, the point is the middle of the cell
 */
export function shapeCoverage({ resolution, cells }: CoverageAnswer, exact: boolean): Coverage {
  return {
    type: 'FeatureCollection',
    resolution,
    references: cells.reduce((sum, { count }) => sum + count, 0),
    features: cells.map(({ cell, count, point, id }) => {
      const { lat, lon } = roundPoint((exact ? point : null) ?? cellCentre(cell));
      return {
        type: 'Feature',
        id: cell,
        geometry: { type: 'Point', coordinates: [lon, lat] },
        properties: { count, reference_id: exact ? id : null },
      };
    }),
  };
}
