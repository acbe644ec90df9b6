import type { GeoPoint } from '../domain/geo-point.js';
import { present as checked } from '../domain/present.js';
import { kmToChordSquared, toSphere } from '../geo/sphere.js';
import { vmfKernel } from '../geo/von-mises-fisher.js';
import { checkFinite } from './check-finite.js';
import type { NeighbourGroup } from './group-neighbours.js';
import type { SupportPoint } from './hint-anchors.js';
import { negativeExponential } from './negative-exponential.js';
import type { Prior } from './prior.js';
import type { PlacedMass } from './score-captions.js';
import { scratch } from './scratch.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** A place that speaks on the support: `at` is the position of its point there. */
export interface SupportPlace extends PlacedMass {
  readonly at: number;
}

/** The points that carry the posterior, at most 200. Matrices are row-major, n × n. */
export interface Support {
  readonly points: readonly GeoPoint[];
  /** Country of each point, null at sea: what stands for borders on the support. */
  readonly iso2: readonly (string | null)[];
  readonly chordSquared: Float64Array;
  /** a_j = 1/Σ_m K(x_j; x_m, 25 km): the area, in km², that a point stands for. */
  readonly area: Float64Array;
  /** P_0 ∝ p_0(x_j) a_j, summing to 1. */
  readonly prior: Float64Array;
  /** For each group, in order, the position of its representative. */
  readonly groupAt: Int32Array;
  /** The places that hold the captions' mass, summing to 1, the heaviest first. */
  readonly places: readonly SupportPlace[];
}

const roomBelow = scratch();

/**
 * The representatives' positions, the places' and the hints' anchors, each joined to the first point within `mergeM`
 * metres.
 */
export function buildSupport(
  groups: readonly NeighbourGroup[],
  places: readonly PlacedMass[],
  prior: Prior,
  options: { readonly mergeM: number; readonly areaScaleKm: number; readonly anchors?: readonly SupportPoint[] },
): Support {
  const points: GeoPoint[] = [];
  const most = groups.length + places.length + (options.anchors?.length ?? 0);
  const spheres = new Float64Array(3 * most);
  // Row by row below the diagonal: the search for a near point gives the distances to all.
  const below = roomBelow((most * (most - 1)) / 2);
  let used = 0;
  const iso2: (string | null)[] = [];
  const reach = kmToChordSquared(options.mergeM / 1000);
  const add = (point: GeoPoint, country: string | null): number => {
    const [x, y, z] = toSphere(point);
    const n = points.length;
    for (let i = 0, k = 0; i < n; i++) {
      const dx = present(spheres[k++]) - x;
      const dy = present(spheres[k++]) - y;
      const dz = present(spheres[k++]) - z;
      const chord2 = dx * dx + dy * dy + dz * dz;
      if (chord2 <= reach) {
        iso2[i] ??= country;
        return i;
      }
      below[used + i] = chord2;
    }
    used += n;
    spheres.set([x, y, z], 3 * n);
    iso2.push(country);
    return points.push(point) - 1;
  };
  const groupAt = Int32Array.from(groups, ({ representative: r }) => add(r.point, r.iso2));
  const placed = places.map((leaf) => ({ ...leaf, at: add(leaf.place.point, leaf.place.iso2) }));
  for (const anchor of options.anchors ?? []) add(anchor.point, anchor.iso2);

  const chords = square(below, points.length);
  const area = areas(chords, points.length, options.areaScaleKm);
  const density = Float64Array.from(points, (point, j) => prior.density(point) * present(area[j]));
  const sum = density.reduce((a, b) => a + b, 0);
  const mass = density.map((value) => value / sum);
  checkFinite('prior', mass);
  return { points, iso2, chordSquared: chords, area, prior: mass, groupAt, places: placed };
}

/** A symmetric matrix, row-major, from what is below its diagonal of zeros. */
function square(below: Float64Array, n: number): Float64Array {
  const full = new Float64Array(n * n);
  for (let i = 0, at = 0; i < n; i++) {
    for (let j = 0; j < i; j++, at++) {
      const value = present(below[at]);
      full[i * n + j] = value;
      full[j * n + i] = value;
    }
  }
  return full;
}

/** 1/Σ_m K(x_j; x_m). */
function areas(chords: Float64Array, n: number, scaleKm: number): Float64Array {
  const { logPeak, halfKappa } = vmfKernel(scaleKm);
  const peak = Math.exp(logPeak);
  // Each counts itself with e⁰.
  const sums = new Float64Array(n).fill(1);
  for (let i = 0; i < n; i++) {
    for (let j = 0, at = i * n; j < i; j++, at++) {
      const share = negativeExponential(halfKappa * present(chords[at]));
      if (share === 0) continue;
      sums[i] = present(sums[i]) + share;
      sums[j] = present(sums[j]) + share;
    }
  }
  return sums.map((sum) => 1 / (peak * sum));
}
