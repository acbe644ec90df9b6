import type { GeoPoint } from '../domain/geo-point.js';
import { chordSquared, kmToChordSquared, type SpherePoint, toSphere } from '../geo/sphere.js';
import { vmfKernel } from '../geo/von-mises-fisher.js';
import { checkFinite } from './check-finite.js';
import type { NeighbourGroup } from './group-neighbours.js';
import type { SupportPoint } from './hint-anchors.js';
import { negativeExponential } from './negative-exponential.js';
import type { Prior } from './prior.js';
import type { PlacedMass } from './score-captions.js';

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
  const spheres: SpherePoint[] = [];
  const iso2: (string | null)[] = [];
  const reach = kmToChordSquared(options.mergeM / 1000);
  const add = (point: GeoPoint, country: string | null): number => {
    const at = toSphere(point);
    let near = 0;
    while (near < spheres.length && chordSquared(at, spheres[near] as SpherePoint) > reach) near++;
    if (near < spheres.length) {
      iso2[near] ??= country;
      return near;
    }
    spheres.push(at);
    iso2.push(country);
    return points.push(point) - 1;
  };
  const groupAt = Int32Array.from(groups, ({ representative: r }) => add(r.point, r.iso2));
  const placed = places.map((leaf) => ({ ...leaf, at: add(leaf.place.point, leaf.place.iso2) }));
  for (const anchor of options.anchors ?? []) add(anchor.point, anchor.iso2);

  const chords = pairwise(spheres);
  const area = areas(chords, points.length, options.areaScaleKm);
  const density = Float64Array.from(points, (point, j) => prior.density(point) * (area[j] as number));
  const sum = density.reduce((a, b) => a + b, 0);
  const mass = density.map((value) => value / sum);
  checkFinite('prior', mass);
  return { points, iso2, chordSquared: chords, area, prior: mass, groupAt, places: placed };
}

function pairwise(spheres: readonly SpherePoint[]): Float64Array {
  const n = spheres.length;
  const xyz = Float64Array.from(spheres.flat());
  const chords = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    const [x, y, z] = [xyz[3 * i] as number, xyz[3 * i + 1] as number, xyz[3 * i + 2] as number];
    for (let j = i + 1; j < n; j++) {
      const dx = (xyz[3 * j] as number) - x;
      const dy = (xyz[3 * j + 1] as number) - y;
      const dz = (xyz[3 * j + 2] as number) - z;
      const chord2 = dx * dx + dy * dy + dz * dz;
      chords[i * n + j] = chord2;
      chords[j * n + i] = chord2;
    }
  }
  return chords;
}

function areas(chords: Float64Array, n: number, scaleKm: number): Float64Array {
  const { logPeak, halfKappa } = vmfKernel(scaleKm);
  const peak = Math.exp(logPeak);
  const area = new Float64Array(n);
  for (let j = 0; j < n; j++) {
    let sum = 0;
    for (let at = j * n, end = at + n; at < end; at++) sum += negativeExponential(halfKappa * (chords[at] as number));
    area[j] = 1 / (peak * sum);
  }
  return area;
}
