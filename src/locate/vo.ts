import { EARTH_RADIUS_KM, type GeoPoint } from '../domain/geo-point.js';
import { present as checked } from '../domain/present.js';
import { distanceKm } from '../geo/distance.js';
import { chordSquared, fromSphere, RADIANS, type SpherePoint, toSphere } from '../geo/sphere.js';
import { vmfKernel } from '../geo/von-mises-fisher.js';
import type { Neighbour } from '../references/reader.js';
import { voWeights } from './retrieve.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const NEIGHBOURS = 100;
const SIGMA_KM = 4 * RADIANS * EARTH_RADIUS_KM;
const SNAP_KM = 100;
const STEPS_MAX = 500;
/** About 60 cm. */
const STEP_MIN = 1e-14;

export interface VoAnswer {
  readonly point: GeoPoint;
  /** Where the density of the neighbours is greatest. */
  readonly mode: GeoPoint;
}

/**
 * The answer of Vo, Jacobs and Hays, "Revisiting IM2GPS in the Deep Learning Era" (ICCV 2017, arXiv 1705.04838), as the
 * code that they published computes it: the 100 nearest neighbours, each for itself, weighed by the 10th power of the
 * inverse squared distance; Gaussians of 4°; the mode of their sum; and in its place the most similar neighbour within
 * 100 km of it, where there is one. Theirs lies on a grid of latitudes and longitudes, which has an edge at 180° and
 * narrows the kernel towards the poles; this one is on the sphere.
 *
 * @param neighbours by descending cosine, not grouped
 * @returns null where there are none
 */
export function voAnswer(neighbours: readonly Neighbour[]): VoAnswer | null {
  const nearest = neighbours.slice(0, NEIGHBOURS);
  if (nearest.length === 0) return null;
  const mode = fromSphere(
    findMode(
      nearest.map(({ point }) => toSphere(point)),
      voWeights(nearest.map(({ score }) => score)),
    ),
  );
  const snapped = nearest.find(({ point }) => distanceKm(point, mode) < SNAP_KM);
  return { point: snapped?.point ?? mode, mode };
}

/**
 * Climbs from every centre that no centre within one standard deviation stands above: x ← the direction of
 * Σ w_i K(x; x_i) x_i, which never lowers the density.
 */
function findMode(centres: readonly SpherePoint[], weights: Float64Array): SpherePoint {
  const densities = centres.map((centre) => pull(centre, centres, weights).density);
  const near = (SIGMA_KM / EARTH_RADIUS_KM) ** 2;
  // Of equal ones at one place the first: a hundred frames of one spot are one start.
  const below = (k: number, i: number) => {
    const [other, own] = [present(densities[k]), present(densities[i])];
    return other < own || (other === own && k >= i);
  };
  const starts = centres.filter((a, i) => centres.every((b, k) => below(k, i) || chordSquared(a, b) > near));
  let best: { readonly at: SpherePoint; readonly density: number } | undefined;
  for (const start of starts) {
    const top = climb(start, centres, weights);
    if (best === undefined || top.density > best.density) best = top;
  }
  return best?.at ?? present(centres[0]);
}

function climb(start: SpherePoint, centres: readonly SpherePoint[], weights: Float64Array) {
  let at = start;
  for (let step = 0; step < STEPS_MAX; step++) {
    const { towards } = pull(at, centres, weights);
    const length = Math.hypot(...towards);
    const next: SpherePoint = [towards[0] / length, towards[1] / length, towards[2] / length];
    const moved = chordSquared(at, next);
    at = next;
    if (moved < STEP_MIN) break;
  }
  return { at, density: pull(at, centres, weights).density };
}

/** Σ w_i K(x; x_i), relative to the peak of K, and Σ w_i K(x; x_i) x_i. */
function pull(x: SpherePoint, centres: readonly SpherePoint[], weights: Float64Array) {
  const { halfKappa } = vmfKernel(SIGMA_KM);
  const towards: [number, number, number] = [0, 0, 0];
  let density = 0;
  centres.forEach((centre, i) => {
    const share = present(weights[i]) * Math.exp(-halfKappa * chordSquared(x, centre));
    density += share;
    for (const axis of [0, 1, 2] as const) towards[axis] += share * centre[axis];
  });
  return { density, towards };
}
