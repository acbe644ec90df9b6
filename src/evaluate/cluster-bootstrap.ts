import { present as checked } from '../domain/present.js';
import { seededRandom } from '../domain/seeded-random.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How the queries are spread over clusters: naive intervals are too narrow where a few have many. */
export interface ClusterMix {
  readonly clusters: number;
  /** The largest cluster's share of the queries. */
  readonly largestShare: number;
}

const DRAWS = 2_000;
/** Beyond so many clusters fewer draws give the ends of an interval as well. */
const MANY_CLUSTERS = 20_000;
const DRAWS_OF_MANY = 500;

/**
 * Intervals by resampling clusters (authors, towns) whole: each draw takes as many clusters as there are, with replacement, and
 * its value is Σ over them / number of their queries. All figures of one object use the same draws, so that differences are
 * paired.
 */
export class ClusterBootstrap {
  readonly mix: ClusterMix;
  /** Number of draws: 2,000, or 500 with more than 20,000 clusters. */
  readonly draws: number;
  readonly #of: Int32Array;
  readonly #sizes: Float64Array;
  /** Count of each cluster in each draw, row-major by draw. */
  readonly #counts: Uint8Array;
  #drawnSizes: Float64Array | null = null;

  /**
   * @param clusters the cluster of each query
   * @param seed the same seed, the same draws
   */
  constructor(clusters: readonly string[], seed: number, draws?: number) {
    const numbers = new Map<string, number>();
    this.#of = Int32Array.from(clusters, (cluster) => {
      const known = numbers.get(cluster) ?? numbers.size;
      numbers.set(cluster, known);
      return known;
    });
    const n = numbers.size;
    this.#sizes = new Float64Array(n);
    for (const c of this.#of) this.#sizes[c] = present(this.#sizes[c]) + 1;
    const largest = this.#sizes.reduce((a, b) => Math.max(a, b), 0);
    this.mix = { clusters: n, largestShare: clusters.length === 0 ? 0 : largest / clusters.length };
    this.draws = draws ?? (n > MANY_CLUSTERS ? DRAWS_OF_MANY : DRAWS);
    // No count comes near 255: of n clusters each is drawn once on average.
    this.#counts = new Uint8Array(this.draws * n);
    const random = seededRandom(seed);
    for (let draw = 0; draw < this.draws; draw++) {
      for (let i = 0; i < n; i++) {
        const at = draw * n + Math.floor(random() * n);
        this.#counts[at] = present(this.#counts[at]) + 1;
      }
    }
  }

  /** The mean of `values`, one per query, and its percentile interval. */
  mean(values: readonly number[], confidence = 0.95): Interval {
    const sums = this.#sumsOf(values);
    this.#drawnSizes ??= this.#drawn(this.#sizes);
    return interval(total(sums) / total(this.#sizes), this.#drawn(sums), this.#drawnSizes, confidence);
  }

  /** Σ numerators / Σ denominators, both one per query: the mean over some of the queries. NaN over none. */
  ratio(numerators: readonly number[], denominators: readonly number[], confidence = 0.95): Interval {
    const [above, below] = [this.#sumsOf(numerators), this.#sumsOf(denominators)];
    return interval(total(above) / total(below), this.#drawn(above), this.#drawn(below), confidence);
  }

  /**
   * The ratio where the numerators have equally likely `variants`, such as what the circles of other draws of the calibration
   * would hold: each draw takes the next variant. Without variants, as `ratio`.
   */
  varyingRatio(
    numerators: readonly number[],
    variants: readonly (readonly number[])[],
    denominators: readonly number[],
    confidence = 0.95,
  ): Interval {
    if (variants.length === 0) return this.ratio(numerators, denominators, confidence);
    const [above, below] = [this.#sumsOf(numerators), this.#sumsOf(denominators)];
    const mixed = new Float64Array(this.draws);
    variants.forEach((variant, first) => {
      this.#drawInto(mixed, this.#sumsOf(variant), first, variants.length);
    });
    return interval(total(above) / total(below), mixed, this.#drawn(below), confidence);
  }

  /** Weight of each query where clusters count alike: 1 over its cluster's queries. */
  weights(): number[] {
    return Array.from(this.#of, (c) => 1 / present(this.#sizes[c]));
  }

  /** The mean of a − b with both from the same draws. */
  difference(a: readonly number[], b: readonly number[], confidence = 0.95): Interval {
    return this.mean(
      a.map((value, i) => value - present(b[i])),
      confidence,
    );
  }

  /** The median of `values`, one per query, and of each draw's queries. */
  median(values: readonly number[], confidence = 0.95): Interval {
    this.#expectOnePerQuery(values);
    const order = Array.from(values.keys()).sort((a, b) => present(values[a]) - present(values[b]));
    const n = this.#sizes.length;
    const medianOf = (times: (cluster: number) => number, queries: number): number => {
      const [low, high] = [Math.floor((queries - 1) / 2), Math.floor(queries / 2)];
      let seen = 0;
      let lower = Number.NaN;
      for (const i of order) {
        seen += times(present(this.#of[i]));
        if (Number.isNaN(lower) && seen > low) lower = present(values[i]);
        if (seen > high) return (lower + present(values[i])) / 2;
      }
      return Number.NaN;
    };
    this.#drawnSizes ??= this.#drawn(this.#sizes);
    const drawn = this.#drawnSizes.map((queries, draw) =>
      medianOf((cluster) => present(this.#counts[draw * n + cluster]), queries),
    );
    const ones = new Float64Array(drawn.length).fill(1);
    return interval(
      medianOf(() => 1, values.length),
      drawn,
      ones,
      confidence,
    );
  }

  #sumsOf(values: readonly number[]): Float64Array {
    this.#expectOnePerQuery(values);
    const sums = new Float64Array(this.#sizes.length);
    for (let i = 0; i < values.length; i++) {
      const c = present(this.#of[i]);
      sums[c] = present(sums[c]) + present(values[i]);
    }
    return sums;
  }

  #expectOnePerQuery(values: readonly number[]): void {
    if (values.length === this.#of.length) return;
    throw new RangeError(`Expected a value for each of ${this.#of.length} queries, got ${values.length}.`);
  }

  /** Σ of the drawn clusters' sums, for each draw. */
  #drawn(sums: Float64Array): Float64Array {
    const drawn = new Float64Array(sums.length === 0 ? 0 : this.draws);
    this.#drawInto(drawn, sums, 0, 1);
    return drawn;
  }

  /** The same for every `step`-th draw, beginning with `first`. */
  #drawInto(drawn: Float64Array, sums: Float64Array, first: number, step: number): void {
    const n = sums.length;
    const counts = this.#counts;
    // Most figures are 0 for most clusters: those of a bin, hits within a kilometre.
    const some = Uint32Array.from(sums.keys()).filter((c) => sums[c] !== 0);
    const values = Float64Array.from(some, (c) => present(sums[c]));
    for (let draw = first; draw < drawn.length; draw += step) {
      const start = draw * n;
      let sum = 0;
      for (let i = 0; i < some.length; i++) {
        sum += present(counts[start + present(some[i])]) * present(values[i]);
      }
      drawn[draw] = sum;
    }
  }
}

/** Draws without any of the queries concerned do not count. */
function interval(value: number, above: Float64Array, below: Float64Array, confidence: number): Interval {
  const drawn = above
    .map((sum, draw) => sum / present(below[draw]))
    .filter((one) => !Number.isNaN(one))
    .sort();
  if (drawn.length === 0) return { value, low: value, high: value };
  const tail = (1 - confidence) / 2;
  return { value, low: quantile(drawn, tail), high: quantile(drawn, 1 - tail) };
}

function total(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}

/** A quantile of ascending values, linear between the two nearest. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = present(sorted[Math.floor(at)]);
  return low + (at - Math.floor(at)) * (present(sorted[Math.ceil(at)]) - low);
}
