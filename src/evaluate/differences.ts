import { present } from '../domain/present.js';
import { PROTOCOL_RADII_KM } from '../locate/decide.js';
import type { ClusterBootstrap } from './cluster-bootstrap.js';
import type { Difference } from './evaluation.js';
import { geoScore, mean } from './metrics.js';
import type { QueryResult } from './query-result.js';
import { errorsOf, hitsWithin } from './side-figures.js';

const BASES = ['retrieval', 'captions'];
const BLEND = 'blend';
/** A side that only the blend is compared with. */
const NEAREST = 'nearest';

/**
 * The blend minus each other side; and each side except retrieval, captions and nearest minus the better of retrieval and
 * captions. The better one is chosen for each figure on the same queries, which flatters it.
 */
export function differences(
  results: readonly QueryResult[],
  sides: readonly string[],
  bootstrap: ClusterBootstrap,
): Difference[] {
  const errors = new Map(sides.map((side) => [side, errorsOf(results, side)]));
  const figures = figuresOf(errors);
  const bases = BASES.filter((side) => errors.has(side));
  const compare = (of: string, against: string, other: (figure: string) => string): Difference => {
    const minus = (figure: string) => bootstrap.difference(figures(of, figure), figures(other(figure), figure));
    const names = [...PROTOCOL_RADII_KM.map(String), 'geoscore'];
    return {
      of,
      against,
      better: against === 'better_side' ? Object.fromEntries(names.map((name) => [name, other(name)])) : null,
      within_percent: Object.fromEntries(PROTOCOL_RADII_KM.map((radius) => [String(radius), minus(String(radius))])),
      geoscore: minus('geoscore'),
    };
  };
  const better = (figure: string): string =>
    bases.reduce((best, side) => (mean(figures(side, figure)) > mean(figures(best, figure)) ? side : best));
  return sides.flatMap((side) => {
    if (bases.includes(side) || side === NEAREST) return [];
    const others = side === BLEND ? sides.filter((other) => other !== BLEND) : [];
    return [
      ...others.map((other) => compare(side, other, () => other)),
      ...(bases.length > 0 ? [compare(side, 'better_side', better)] : []),
    ];
  });
}

/** Each query's figures by side and name: a radius or `geoscore`. */
function figuresOf(errors: ReadonlyMap<string, readonly number[]>) {
  const made = new Map<string, number[]>();
  return (side: string, figure: string): number[] => {
    const key = `${side} ${figure}`;
    const found = made.get(key);
    if (found !== undefined) return found;
    const errorsKm = present(errors.get(side));
    const values = figure === 'geoscore' ? errorsKm.map(geoScore) : hitsWithin(errorsKm, Number(figure));
    made.set(key, values);
    return values;
  };
}
