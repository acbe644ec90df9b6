import { present as checked } from '../../domain/present.js';
import { type BlendProfile, DEFAULT_PROFILE } from '../../locate/blend-profile.js';
import { type CaptionTree, withExponent } from '../../locate/caption-tree.js';
import type { WeighedEvidence } from '../../locate/judge.js';
import { negativeExponential } from '../../locate/negative-exponential.js';
import type { Knob } from './knobs.js';
import { logLoss, product } from './log-loss.js';
import { minimise } from './minimise.js';
import { clustersOf, shrunk } from './shrinkage.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

type Captions = BlendProfile['captions'];

/** A query for the fit of captions alone: logits, and the worth of each place on the support. */
export interface CaptionsView {
  readonly weight: number;
  readonly coarseLogits: Float64Array;
  /** Areas with a scored city on the support, and the range of their scored cities in `cities`. */
  readonly segments: readonly { readonly area: number; readonly from: number; readonly to: number }[];
  /** The scored cities by their position in the tree, and their logits. */
  readonly cities: Int32Array;
  readonly cityLogits: Float64Array;
  /** Places on the support: their area, and their index in `cities` (−1 for the rest of the area). */
  readonly placeArea: Int32Array;
  readonly placeCity: Int32Array;
  /** Whether any city of the place's area was scored; else the rest is the whole area. */
  readonly placeShared: Uint8Array;
  /** Σ_j R_ij times the truth's nearness, of each place. */
  readonly worth: Float64Array;
  readonly priorNear: number;
}

/** Positions of places in a tree. */
export interface TreePositions {
  readonly areas: ReadonlyMap<string, number>;
  readonly cities: ReadonlyMap<string, number>;
}

export function treePositions(tree: CaptionTree): TreePositions {
  return {
    areas: new Map(tree.areas.map((area, a) => [area.place.id, a])),
    cities: new Map(tree.cities.map((place, i) => [place.id, i])),
  };
}

/** null for an answer without captions. @param near the truth's nearness at the support's points */
export function viewCaptions(
  { support, posterior, scores, tree }: WeighedEvidence,
  positions: TreePositions,
  near: Float64Array,
  weight: number,
): CaptionsView | null {
  if (scores === null || tree === null || support.places.length === 0) return null;
  const n = support.points.length;
  const scoredAt = new Map<number, number>();
  for (const [i, city] of scores.cities.entries()) scoredAt.set(city, i);
  const ranges = scoredRanges(tree, scores.cities);
  const { places } = support;
  const placeArea = new Int32Array(places.length);
  const placeCity = new Int32Array(places.length).fill(-1);
  const placeShared = new Uint8Array(places.length);
  const worth = new Float64Array(places.length);
  places.forEach(({ place, rest, probability }, i) => {
    const city = rest ? -1 : present(positions.cities.get(place.id));
    const area = rest ? present(positions.areas.get(place.id)) : areaOf(tree, city);
    placeArea[i] = area;
    placeCity[i] = rest ? -1 : present(scoredAt.get(city));
    placeShared[i] = ranges.has(area) ? 1 : 0;
    worth[i] = product(posterior.placeShares.subarray(i * n, (i + 1) * n), near) / probability;
  });
  const withCities = new Set(Array.from(placeArea).filter((_, i) => placeCity[i] !== -1));
  return {
    weight,
    coarseLogits: scores.coarseLogits,
    segments: [...withCities].map((area) => ({ area, ...present(ranges.get(area)) })),
    cities: scores.cities,
    cityLogits: scores.cityLogits,
    placeArea,
    placeCity,
    placeShared,
    worth,
    priorNear: product(support.prior, near),
  };
}

/** For each area with scored cities their range: both are in the tree's order. */
function scoredRanges(tree: CaptionTree, cities: Int32Array): Map<number, { from: number; to: number }> {
  const ranges = new Map<number, { from: number; to: number }>();
  for (let a = 0, next = 0; next < cities.length; a++) {
    const from = next;
    const end = tree.areas[a]?.end ?? Number.POSITIVE_INFINITY;
    while (next < cities.length && present(cities[next]) < end) next++;
    if (next > from) ranges.set(a, { from, to: next });
  }
  return ranges;
}

/** The area of a city, by binary search: areas' ranges of cities ascend. */
function areaOf(tree: CaptionTree, city: number): number {
  let low = 0;
  let high = tree.areas.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (city < present(tree.areas[middle]).end) high = middle;
    else low = middle + 1;
  }
  return low;
}

const TEMPERATURE = { low: 0.2, high: 20, scale: 'log' } as const;
export const CAPTION_KNOBS: readonly Knob[] = [
  { name: 'captions.temperature.country', ...TEMPERATURE },
  { name: 'captions.temperature.region', ...TEMPERATURE },
  { name: 'captions.temperature.city', ...TEMPERATURE },
  { name: 'captions.population_exponent', low: 0, high: 1.2, scale: 'linear' },
];

/**
 * The temperatures and the population exponent of the least loss at exponents (0, 1, 0), shrunk towards the defaults.
 * @param every false for few queries: one factor for all three temperatures
 * @param near searches around the start only, which is known to be good
 */
export function fitCaptions(
  views: readonly CaptionsView[],
  tree: CaptionTree,
  start: Captions,
  every: boolean,
  near = false,
): Captions {
  if (!every) {
    const factor: Knob = { name: 'captions.temperature', low: 0.2, high: 10, scale: 'log' };
    const scaled = ([by = 1]: readonly number[]): Captions => {
      const { country, region, city } = start.temperature;
      return { ...start, temperature: { country: country * by, region: region * by, city: city * by } };
    };
    const towards = DEFAULT_PROFILE.captions.temperature.country / start.temperature.country;
    const loss = shrunk([factor], [towards], clustersOf(views), (at) => captionsLoss(views, tree, scaled(at)));
    return scaled(minimise([factor], [1], loss, near).values);
  }
  const { temperature, population_exponent: exponent } = start;
  const settings = ([country, region, city, power]: readonly number[]): Captions => ({
    ...start,
    temperature: { country: present(country), region: present(region), city: present(city) },
    population_exponent: present(power),
  });
  const from = [temperature.country, temperature.region, temperature.city, exponent];
  const { temperature: usual, population_exponent: usualExponent } = DEFAULT_PROFILE.captions;
  const towards = [usual.country, usual.region, usual.city, usualExponent];
  const loss = shrunk(CAPTION_KNOBS, towards, clustersOf(views), (at) => captionsLoss(views, tree, settings(at)));
  return settings(minimise(CAPTION_KNOBS, from, loss, near).values);
}

/** The mean loss of captions alone with these settings, on the places that the views hold. */
export function captionsLoss(views: readonly CaptionsView[], tree: CaptionTree, settings: Captions): number {
  const shared = withExponent(tree, settings.population_exponent);
  let total = 0;
  let weights = 0;
  for (const view of views) {
    total += view.weight * logLoss(expectedNearness(view, shared, settings));
    weights += view.weight;
  }
  return total / weights;
}

function expectedNearness(view: CaptionsView, tree: CaptionTree, settings: Captions): number {
  const areas = areaMasses(view, tree, settings);
  const cities = cityShares(view, tree, settings);
  let mass = 0;
  let near = 0;
  for (let i = 0; i < view.worth.length; i++) {
    const area = present(areas[i]);
    const city = present(view.placeCity[i]);
    const left = view.placeShared[i] === 1 ? settings.rest : 1;
    const p = city === -1 ? area * left : area * (1 - settings.rest) * present(cities[city]);
    mass += p;
    near += p * present(view.worth[i]);
  }
  return ((1 - settings.floor) * near) / mass + settings.floor * view.priorNear;
}

/** P(area) of each place's area, up to a common factor. */
function areaMasses(view: CaptionsView, tree: CaptionTree, { temperature }: Captions): Float64Array {
  const masses = new Float64Array(view.placeArea.length);
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < masses.length; i++) {
    const { label, logShare, place } = present(tree.areas[present(view.placeArea[i])]);
    const level = place.level === 'country' ? temperature.country : temperature.region;
    const log = logShare + present(view.coarseLogits[label]) / level;
    masses[i] = log;
    if (log > most) most = log;
  }
  for (let i = 0; i < masses.length; i++) masses[i] = negativeExponential(most - present(masses[i]));
  return masses;
}

/** P(city | area) of the scored cities of the segments. */
function cityShares(view: CaptionsView, tree: CaptionTree, { temperature }: Captions): Float64Array {
  const shares = new Float64Array(view.cities.length);
  for (const { from, to } of view.segments) {
    let most = Number.NEGATIVE_INFINITY;
    for (let i = from; i < to; i++) {
      const log = present(tree.cityLogShare[present(view.cities[i])]) + present(view.cityLogits[i]) / temperature.city;
      shares[i] = log;
      if (log > most) most = log;
    }
    let sum = 0;
    for (let i = from; i < to; i++) sum += shares[i] = negativeExponential(most - present(shares[i]));
    for (let i = from; i < to; i++) shares[i] = present(shares[i]) / sum;
  }
  return shares;
}
