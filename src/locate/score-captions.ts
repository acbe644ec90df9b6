import type { Place } from '../domain/place.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { CaptionSet } from '../references/caption-set.js';
import type { BlendProfile } from './blend-profile.js';
import type { Bias } from './caption-bias.js';
import type { Area, CaptionTree } from './caption-tree.js';
import { checkFinite } from './check-finite.js';
import { topIndices } from './top-indices.js';

/** A leaf of the tree: a city, or the rest of an area beside its cities. */
export interface PlacedMass {
  readonly place: Place;
  readonly rest: boolean;
  readonly probability: number;
}

/** Joint probabilities: countries sum to 1, and so do areas, and so do leaves. */
export interface CaptionScores {
  /** In the order of `tree.countries`. */
  readonly countries: Float64Array;
  /** In the order of `tree.areas`. */
  readonly areas: Float64Array;
  readonly leaves: readonly PlacedMass[];
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
 */
export function scoreCaptions(
  query: UnitVector,
  captions: CaptionSet,
  tree: CaptionTree,
  bias: Bias | null,
  logitScale: number,
  profile: BlendProfile['captions'],
): CaptionScores {
  const { temperature } = profile;
  const coarse = logits(captions.cosines(query, tree.coarseIds), logitScale, bias?.coarse() ?? null);
  const origin = mean(coarse, tree.countries.length);
  const areaLog = Float64Array.from(tree.areas, (area) => {
    const level = area.place.level === 'country' ? temperature.country : temperature.region;
    return area.logShare + ((coarse[area.label] as number) - origin) / level;
  });
  const areas = softmax(areaLog);
  checkFinite('captions', areas);
  const countries = new Float64Array(tree.countries.length);
  tree.areas.forEach((area, a) => {
    countries[area.country] = (countries[area.country] as number) + (areas[a] as number);
  });
  return { countries, areas, leaves: leavesOf(query, captions, tree, bias, logitScale, profile, areas) };
}

function leavesOf(
  query: UnitVector,
  captions: CaptionSet,
  tree: CaptionTree,
  bias: Bias | null,
  logitScale: number,
  profile: BlendProfile['captions'],
  areas: Float64Array,
): PlacedMass[] {
  const chosen = chooseCities(tree, areas);
  const cosines = captions.cosines(
    query,
    Array.from(chosen, (city) => tree.cityIds[city] as string),
  );
  checkFinite('captions', cosines);
  const leaves: PlacedMass[] = [];
  let next = 0;
  tree.areas.forEach((area, a) => {
    const first = next;
    while (next < chosen.length && (chosen[next] as number) < area.end) next++;
    const mass = areas[a] as number;
    leaves.push({ place: area.place, rest: true, probability: next > first ? mass * profile.rest : mass });
    if (next === first) return;
    const shares = softmax(
      Float64Array.from(chosen.subarray(first, next), (city, i) => {
        const logit = logitScale * (cosines[first + i] as number) - (bias?.city(city) ?? 0);
        return Math.log(tree.cityShare[city] as number) + logit / profile.temperature.city;
      }),
    );
    checkFinite('captions', shares);
    shares.forEach((share, i) => {
      const place = tree.cities[chosen[first + i] as number] as Place;
      leaves.push({ place, rest: false, probability: mass * (1 - profile.rest) * share });
    });
  });
  return leaves;
}

/** The cities of the areas that hold 99 %, at most 2,000: those of the greatest mass before they are looked at. */
function chooseCities(tree: CaptionTree, areas: Float64Array): Int32Array {
  const positions: number[] = [];
  const masses: number[] = [];
  for (const a of areasHolding(areas, AREA_MASS)) {
    const { start, end } = tree.areas[a] as Area;
    for (let city = start; city < end; city++) {
      positions.push(city);
      masses.push((areas[a] as number) * (tree.cityShare[city] as number));
    }
  }
  return topIndices(Float64Array.from(masses), CITIES_MAX).map((i) => positions[i] as number);
}

/** The fewest areas that hold this much, in the tree's order. */
function areasHolding(areas: Float64Array, mass: number): number[] {
  const order = Array.from(areas.keys()).sort((a, b) => (areas[b] as number) - (areas[a] as number) || a - b);
  let held = 0;
  let n = 0;
  while (n < order.length && held < mass) held += areas[order[n++] as number] as number;
  return order.slice(0, n).sort((a, b) => a - b);
}

function logits(cosines: Float64Array, logitScale: number, bias: Float64Array | null): Float64Array {
  const values = cosines.map((cosine, i) => logitScale * cosine - (bias === null ? 0 : (bias[i] as number)));
  checkFinite('captions', values);
  return values;
}

function mean(values: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += values[i] as number;
  return sum / count;
}

/** Probabilities from their logarithms, in place. */
function softmax(logs: Float64Array): Float64Array {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of logs) if (value > most) most = value;
  let sum = 0;
  for (let i = 0; i < logs.length; i++) sum += logs[i] = Math.exp((logs[i] as number) - most);
  for (let i = 0; i < logs.length; i++) logs[i] = (logs[i] as number) / sum;
  return logs;
}
