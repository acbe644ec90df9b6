import type { Place } from '../domain/place.js';
import { present as checked } from '../domain/present.js';
import { softmax } from '../domain/softmax.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { BlendProfile } from './blend-profile.js';
import type { Bias } from './caption-bias.js';
import type { CaptionTree } from './caption-tree.js';
import { checkFinite } from './check-finite.js';
import { topIndices, topIndicesInOrder } from './top-indices.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** A leaf of the tree: a city, or the rest of an area beside its cities. */
export interface PlacedMass {
  readonly place: Place;
  readonly rest: boolean;
  readonly probability: number;
}

/** Joint probabilities: countries sum to 1, and so do areas, and so do rests and cities together. */
export interface CaptionScores {
  /** In the order of `tree.countries`. */
  readonly countries: Float64Array;
  /** In the order of `tree.areas`: the whole of each, and what is not in one of its scored cities. */
  readonly areas: Float64Array;
  readonly rests: Float64Array;
  /** The scored cities, by their position in `tree.cities`, ascending. */
  readonly cities: Int32Array;
  readonly cityMass: Float64Array;
  /**
   * What a fit varies the temperatures over: logits less the bias, of `tree.coarse` from the mean over the countries,
   * and of `cities`.
   */
  readonly coarseLogits: Float64Array;
  readonly cityLogits: Float64Array;
}

/** What masses are multiplied by where cities and places are chosen, but not in what they come to. */
export interface ChoiceWeights {
  /** In the order of `tree.areas` and of `tree.cities`. */
  readonly areas: Float64Array;
  readonly cities: Float64Array;
}

const AREA_MASS = 0.99;
const CITIES_MAX = 2_000;

/**
 * Soft hierarchical linear probing: P(country), P(region | country) and P(city | area) by softmaxes in float64, each
 * with its own temperature, where a split country's score is the population-weighted sum over its regions' and so does
 * not grow with their number. Logits count from the mean over the countries' captions: a level's temperature then
 * stretches what tells captions apart, not what they share.
 *
 * @param bias null for none
 * @param weights which areas and cities matter more, where the query brings hints
 */
export function scoreCaptions(
  query: UnitVector,
  tree: CaptionTree,
  bias: Bias | null,
  logitScale: number,
  profile: BlendProfile['captions'],
  weights: ChoiceWeights | null = null,
): CaptionScores {
  const { temperature } = profile;
  const coarse = logits(tree.coarseRows.dots(query), logitScale, bias?.coarse() ?? null);
  const origin = mean(coarse, tree.countries.length);
  const coarseLogits = coarse.map((logit) => logit - origin);
  const areas = new Float64Array(tree.areas.length);
  for (let a = 0; a < areas.length; a++) {
    const { label, logShare, place } = present(tree.areas[a]);
    const level = place.level === 'country' ? temperature.country : temperature.region;
    areas[a] = logShare + present(coarseLogits[label]) / level;
  }
  softmax(areas);
  checkFinite('captions', areas);
  const countries = new Float64Array(tree.countries.length);
  tree.areas.forEach((area, a) => {
    countries[area.country] = present(countries[area.country]) + present(areas[a]);
  });
  const shared = shareOutAreas(query, tree, bias, logitScale, profile, areas, chooseCities(tree, areas, weights));
  return { countries, areas, coarseLogits, ...shared };
}

/** Of the places that are chosen, the share that comes by their area's mass and their population alone. */
const BY_AREA_SHARE = 0.25;

/**
 * At most `count` rests and cities, the heaviest first, ties in the tree's order; their masses renormalised. Three
 * quarters are the heaviest by their own mass, the others the largest cities of the heaviest areas that are not among
 * them: captions tell areas apart better than cities, and the blend can only choose from what stands here. Where weights
 * are given, both are chosen by mass times weight.
 */
export function heaviestPlaces(
  tree: CaptionTree,
  scores: CaptionScores,
  count: number,
  weights: ChoiceWeights | null = null,
): PlacedMass[] {
  const restCount = scores.rests.length;
  const masses = new Float64Array(restCount + scores.cityMass.length);
  masses.set(scores.rests);
  masses.set(scores.cityMass, restCount);
  const byMass = weights === null ? masses : weighedMasses(masses, scores, weights);
  const byArea = massesByArea(tree, scores, weights);
  const heaviest = (some: Float64Array) =>
    topIndicesInOrder(some, count).filter((i) => present(some[i]) > 0 && present(masses[i]) > 0);
  const own = heaviest(byMass);
  const chosen = new Set(own.subarray(0, count - Math.floor(BY_AREA_SHARE * count)));
  for (const order of [heaviest(byArea), own]) {
    for (const i of order) if (chosen.size < count) chosen.add(i);
  }
  const order = [...chosen].sort((a, b) => present(byMass[b]) - present(byMass[a]) || a - b);
  const sum = order.reduce((total, i) => total + present(masses[i]), 0);
  return order.map((i) => ({
    place: i < restCount ? present(tree.areas[i]).place : present(tree.cities[present(scores.cities[i - restCount])]),
    rest: i < restCount,
    probability: present(masses[i]) / sum,
  }));
}

/** What the scored cities' masses would be if their own captions said nothing; 0 for rests. */
function massesByArea(tree: CaptionTree, scores: CaptionScores, weights: ChoiceWeights | null): Float64Array {
  const { areas, cities, rests } = scores;
  const masses = new Float64Array(rests.length + cities.length);
  for (let i = 0, a = 0; i < cities.length; i++) {
    const city = present(cities[i]);
    while (city >= present(tree.areas[a]).end) a++;
    masses[rests.length + i] =
      present(areas[a]) * present(tree.cityShare[city]) * (weights === null ? 1 : present(weights.cities[city]));
  }
  return masses;
}

function weighedMasses(masses: Float64Array, { rests, cities }: CaptionScores, weights: ChoiceWeights): Float64Array {
  return masses.map((mass, i) => {
    const weight = i < rests.length ? weights.areas[i] : weights.cities[present(cities[i - rests.length])];
    return mass * present(weight);
  });
}

function shareOutAreas(
  query: UnitVector,
  tree: CaptionTree,
  bias: Bias | null,
  logitScale: number,
  profile: BlendProfile['captions'],
  areas: Float64Array,
  cities: Int32Array,
): Pick<CaptionScores, 'rests' | 'cities' | 'cityMass' | 'cityLogits'> {
  const cityLogits = tree.cityRows.dots(query, cities);
  const biases = bias?.cities(cities) ?? null;
  const mass = new Float64Array(cityLogits.length);
  for (let i = 0; i < mass.length; i++) {
    const city = present(cities[i]);
    const logit = logitScale * present(cityLogits[i]) - (biases === null ? 0 : present(biases[i]));
    cityLogits[i] = logit;
    mass[i] = present(tree.cityLogShare[city]) + logit / profile.temperature.city;
  }
  checkFinite('captions', mass);
  const rests = areas.slice();
  for (let a = 0, next = 0; next < cities.length; a++) {
    const first = next;
    while (next < cities.length && present(cities[next]) < present(tree.areas[a]).end) next++;
    if (next === first) continue;
    rests[a] = present(areas[a]) * profile.rest;
    const shares = softmax(mass.subarray(first, next));
    for (let i = 0; i < shares.length; i++) {
      shares[i] = present(shares[i]) * present(areas[a]) * (1 - profile.rest);
    }
  }
  return { rests, cities, cityMass: mass, cityLogits };
}

/** The cities of the areas that hold 99 %, at most 2,000: those of the greatest mass before they are looked at. */
function chooseCities(tree: CaptionTree, areas: Float64Array, weights: ChoiceWeights | null): Int32Array {
  const weighed = weights === null ? areas : share(areas.map((mass, a) => mass * present(weights.areas[a])));
  const holding = areasHolding(weighed, AREA_MASS);
  const count = holding.reduce((sum, a) => sum + present(tree.areas[a]).end - present(tree.areas[a]).start, 0);
  const positions = new Int32Array(count);
  const masses = new Float64Array(count);
  let n = 0;
  for (const a of holding) {
    const { start, end } = present(tree.areas[a]);
    const mass = present(areas[a]);
    for (let city = start; city < end; city++) {
      positions[n] = city;
      masses[n++] = mass * present(tree.cityShare[city]) * (weights === null ? 1 : present(weights.cities[city]));
    }
  }
  return topIndices(masses, CITIES_MAX).map((i) => present(positions[i]));
}

/** The fewest areas that hold this much (and those that tie with the least of them), in the tree's order. */
function areasHolding(areas: Float64Array, mass: number): number[] {
  let held = 0;
  let least = Number.POSITIVE_INFINITY;
  for (const area of areas.toSorted().reverse()) {
    if (held >= mass) break;
    held += area;
    least = area;
  }
  const holding: number[] = [];
  areas.forEach((area, a) => {
    if (area >= least) holding.push(a);
  });
  return holding;
}

/** Values that sum to 1. */
function share(values: Float64Array): Float64Array {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
}

function logits(cosines: Float64Array, logitScale: number, bias: Float64Array | null): Float64Array {
  const values = cosines.map((cosine, i) => logitScale * cosine - (bias === null ? 0 : present(bias[i])));
  checkFinite('captions', values);
  return values;
}

function mean(values: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += present(values[i]);
  return sum / count;
}
