import { present as checked } from '../../domain/present.js';
import { seededRandom } from '../../domain/seeded-random.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Weight of each query: 1 over its cluster's queries, times how often the cluster was drawn. */
export interface Redrawn {
  readonly masses: Float64Array;
}

export interface Clusters extends Redrawn {
  readonly clusters: number;
  /** The same number of clusters, drawn with replacement; the same seed gives the same draw. */
  again(seed: number): Redrawn;
}

/** @param clusterOf the cluster of each query */
export function drawClusters(clusterOf: readonly string[]): Clusters {
  const numbers = new Map<string, number>();
  const of = clusterOf.map((cluster) => {
    const known = numbers.get(cluster) ?? numbers.size;
    numbers.set(cluster, known);
    return known;
  });
  const sizes = new Float64Array(numbers.size);
  for (const c of of) sizes[c] = present(sizes[c]) + 1;
  const masses = Float64Array.from(of, (c) => 1 / present(sizes[c]));
  return {
    clusters: sizes.length,
    masses,
    again: (seed) => {
      const random = seededRandom(seed);
      const times = new Float64Array(sizes.length);
      for (let i = 0; i < times.length; i++) {
        const drawn = Math.floor(random() * times.length);
        times[drawn] = present(times[drawn]) + 1;
      }
      return { masses: masses.map((mass, i) => mass * present(times[present(of[i])])) };
    },
  };
}
