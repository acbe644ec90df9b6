import type { Posterior } from './blend.js';
import { topIndicesInOrder } from './top-indices.js';

const WITNESSES_MAX = 5;
const SHARE_MIN = 0.05;

/** Positions of the groups and places that a point rests on: at most 5 of each, the strongest first. */
export interface Witnesses {
  readonly groups: readonly number[];
  readonly places: readonly number[];
}

/** Who brings at least a twentieth of what neighbours, or captions, put on the point `at` of an n-point support. */
export function witnessesOf(at: number, n: number, posterior: Posterior): Witnesses {
  return {
    groups: strongest(column(posterior.groupShares, at, n)),
    places: strongest(column(posterior.placeShares, at, n)),
  };
}

function column(shares: Float64Array, at: number, n: number): Float64Array {
  const values = new Float64Array(shares.length / n);
  for (let i = 0; i < values.length; i++) values[i] = shares[i * n + at] as number;
  return values;
}

function strongest(shares: Float64Array): number[] {
  const least = SHARE_MIN * shares.reduce((a, b) => a + b, 0);
  return Array.from(topIndicesInOrder(shares, WITNESSES_MAX)).filter((i) => {
    const share = shares[i] as number;
    return share > 0 && share >= least;
  });
}
