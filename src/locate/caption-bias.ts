import type { Place } from '../domain/place.js';
import { present as checked } from '../domain/present.js';
import type { CaptionRows } from '../references/caption-set.js';
import type { CountryMean } from '../references/summaries.js';
import type { CaptionTree } from './caption-tree.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** What captions win with whatever the picture, in logits: to be taken away before they are compared. */
export interface Bias {
  /** Of the captions of `tree.coarse`. */
  coarse(): Float64Array;
  /** Of cities by their positions in `tree.cities`, ascending. */
  cities(positions: Int32Array): Float64Array;
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
  /** Σ of the countries' means. */
  readonly #sum: Float32Array;
  readonly #own: ReadonlyMap<string, Float32Array>;
  readonly #coarse: Float64Array;
  readonly #cities: Float64Array;

  readonly #tree: CaptionTree;
  readonly #logitScale: number;
  readonly #pull: number;

  constructor(tree: CaptionTree, logitScale: number, pull: number, means: readonly CountryMean[]) {
    this.#tree = tree;
    this.#logitScale = logitScale;
    this.#pull = pull;

    this.#own = new Map(means.map((country) => [country.iso2, country.mean]));
    const sum = new Float64Array(means[0]?.mean.length ?? 0);
    for (const { mean } of means) {
      for (let i = 0; i < sum.length; i++) sum[i] = present(sum[i]) + present(mean[i]);
    }
    this.#sum = Float32Array.from(sum);
    const raw = this.#meanLogits(tree.coarse, tree.coarseRows, Int32Array.from(tree.coarse.keys()));
    const middles = {
      country: median(raw.slice(0, tree.countries.length)),
      region: median(raw.slice(tree.countries.length)),
    };
    this.#coarse = raw.map((value, i) => {
      const place = present(tree.coarse[i]);
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
  cities(positions: Int32Array): Float64Array {
    const unknown = positions.filter((at) => Number.isNaN(this.#cities[at]));
    const logits = this.#meanLogits(this.#tree.cities, this.#tree.cityRows, unknown);
    unknown.forEach((at, i) => {
      this.#cities[at] = this.#lambda(present(this.#tree.cities[at])) * present(logits[i]);
    });
    return Float64Array.from(positions, (at) => present(this.#cities[at]));
  }

  #others(place: Place): number {
    return this.#own.size - (this.#own.has(place.iso2) ? 1 : 0);
  }

  #lambda(place: Place): number {
    const n = this.#others(place);
    return n / (n + this.#pull);
  }

  /** Of some of the places, taken together by country, as they stand in the tree. */
  #meanLogits(places: readonly Place[], rows: CaptionRows, positions: Int32Array): Float64Array {
    const totals = rows.dots(this.#sum, positions);
    const iso2At = (i: number) => places[present(positions[i])]?.iso2;
    for (let first = 0, next = 0; first < positions.length; first = next) {
      const place = present(places[present(positions[first])]);
      while (next < positions.length && iso2At(next) === place.iso2) next++;
      const own = this.#own.get(place.iso2);
      const owns = own && rows.dots(own, positions.subarray(first, next));
      const scale = this.#logitScale / this.#others(place);
      for (let i = first; i < next; i++) {
        totals[i] = scale * (present(totals[i]) - (owns === undefined ? 0 : present(owns[i - first])));
      }
    }
    return totals;
  }
}

/** True where an index's countries are enough to rest the bias on. */
export function enoughCountries(means: readonly CountryMean[]): boolean {
  return means.length >= COUNTRIES_MIN;
}

function median(values: Float64Array): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? present(sorted[middle])
    : (present(sorted[middle - 1]) + present(sorted[middle])) / 2;
}
