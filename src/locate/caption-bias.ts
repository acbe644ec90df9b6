import type { Place } from '../domain/place.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { CaptionSet } from '../references/caption-set.js';
import type { CaptionTree } from './caption-tree.js';

/** A country's groups in the index: how many, and the mean of their vectors, not normalised. */
export interface CountryMean {
  readonly iso2: string;
  readonly groups: number;
  readonly mean: Float32Array;
}

/** What captions win with whatever the picture, in logits: to be taken away before they are compared. */
export interface Bias {
  /** Of the captions of `tree.coarse`. */
  coarse(): Float64Array;
  /** Of a city by its position in `tree.cities`. */
  city(index: number): number;
}

/** Under this many countries an index says more about itself than about the captions. */
const COUNTRIES_MIN = 10;

/**
 * What a caption wins with whatever the picture, in logits: λ·(mean over the index's countries other than the
 * caption's own of the caption's mean logit over that country's groups − the median of that over captions of its
 * level), λ = n/(n + pull), n the number of those countries. Leaving out a caption's own country keeps the country that
 * the index is mostly about; the median leaves levels comparable.
 */
export class CaptionBias implements Bias {
  readonly #sum: Float64Array;
  readonly #own: ReadonlyMap<string, Float32Array>;
  readonly #coarse: Float64Array;
  readonly #cities: Float64Array;

  constructor(
    private readonly tree: CaptionTree,
    private readonly captions: CaptionSet,
    private readonly logitScale: number,
    private readonly pull: number,
    means: readonly CountryMean[],
  ) {
    this.#own = new Map(means.map((country) => [country.iso2, country.mean]));
    this.#sum = new Float64Array(captions.dimension);
    for (const { mean } of means) for (let i = 0; i < this.#sum.length; i++) add(this.#sum, i, mean[i] as number);
    const raw = Float64Array.from(tree.coarse, (place) => this.#meanLogit(place));
    const middles = {
      country: median(raw.slice(0, tree.countries.length)),
      region: median(raw.slice(tree.countries.length)),
    };
    this.#coarse = raw.map((value, i) => {
      const place = tree.coarse[i] as Place;
      return this.#lambda(place) * (value - (place.level === 'country' ? middles.country : middles.region));
    });
    this.#cities = new Float64Array(tree.cities.length).fill(Number.NaN);
  }

  coarse(): Float64Array {
    return this.#coarse;
  }

  /**
   * Computed when first asked for. Without the median, which is the same for all cities of a country and so says
   * nothing about which of them it is.
   */
  city(index: number): number {
    const known = this.#cities[index] as number;
    if (!Number.isNaN(known)) return known;
    const place = this.tree.cities[index] as Place;
    const bias = this.#lambda(place) * this.#meanLogit(place);
    this.#cities[index] = bias;
    return bias;
  }

  #others(place: Place): number {
    return this.#own.size - (this.#own.has(place.iso2) ? 1 : 0);
  }

  #lambda(place: Place): number {
    const n = this.#others(place);
    return n / (n + this.pull);
  }

  #meanLogit(place: Place): number {
    const vector = this.captions.vector(place.id) as UnitVector;
    const own = this.#own.get(place.iso2);
    const total = dot(this.#sum, vector) - (own === undefined ? 0 : dot(own, vector));
    return (this.logitScale * total) / this.#others(place);
  }
}

/** A model folder's own biases by place id, for an index of few countries; captions it does not name have none. */
export function shippedBias(tree: CaptionTree, biases: ReadonlyMap<string, number>): Bias {
  const coarse = Float64Array.from(tree.coarseIds, (id) => biases.get(id) ?? 0);
  return { coarse: () => coarse, city: (index) => biases.get(tree.cityIds[index] as string) ?? 0 };
}

/** True where an index's countries are enough to rest the bias on. */
export function enoughCountries(means: readonly CountryMean[]): boolean {
  return means.length >= COUNTRIES_MIN;
}

/** The means without these witnesses, one vector per group; a country whose last group goes, goes. */
export function withoutGroups(
  means: readonly CountryMean[],
  groups: readonly { readonly iso2: string | null; readonly vector: Float32Array }[],
): readonly CountryMean[] {
  const left = new Map(means.map((country) => [country.iso2, country]));
  for (const { iso2, vector } of groups) {
    const country = iso2 === null ? undefined : left.get(iso2);
    if (country === undefined) continue;
    const n = country.groups - 1;
    if (n === 0) left.delete(country.iso2);
    else {
      const mean = country.mean.map((value, i) => (value * country.groups - (vector[i] as number)) / n);
      left.set(country.iso2, { iso2: country.iso2, groups: n, mean });
    }
  }
  return [...left.values()];
}

function add(sum: Float64Array, i: number, value: number): void {
  sum[i] = (sum[i] as number) + value;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < b.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function median(values: Float64Array): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
