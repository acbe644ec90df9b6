export interface Interval {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** How much the queries depend on few: naive intervals are too narrow by as much. */
export interface ClusterMix {
  readonly clusters: number;
  /** Share of the queries that the largest cluster has. */
  readonly largestShare: number;
}

const DRAWS = 2_000;

/**
 * Intervals by resampling clusters (authors, towns) whole: each draw takes as many clusters as there are, with
 * replacement, and its value is Σ over them / number of their queries. All figures of one object rest on the same draws,
 * so that differences are paired.
 */
export class ClusterBootstrap {
  readonly mix: ClusterMix;
  readonly #of: Int32Array;
  readonly #sizes: Float64Array;
  /** How often each cluster is in each draw, row-major by draw. */
  readonly #counts: Uint16Array;

  /**
   * @param clusters the cluster of each query
   * @param seed the same seed, the same draws
   */
  constructor(clusters: readonly string[], seed: number, draws = DRAWS) {
    const numbers = new Map<string, number>();
    this.#of = Int32Array.from(clusters, (cluster) => {
      const known = numbers.get(cluster) ?? numbers.size;
      numbers.set(cluster, known);
      return known;
    });
    const n = numbers.size;
    this.#sizes = new Float64Array(n);
    for (const c of this.#of) this.#sizes[c] = (this.#sizes[c] as number) + 1;
    this.mix = { clusters: n, largestShare: clusters.length === 0 ? 0 : Math.max(...this.#sizes) / clusters.length };
    this.#counts = new Uint16Array(draws * n);
    const random = mulberry32(seed);
    for (let draw = 0; draw < draws; draw++) {
      for (let i = 0; i < n; i++) {
        const at = draw * n + Math.floor(random() * n);
        this.#counts[at] = (this.#counts[at] as number) + 1;
      }
    }
  }

  /** The mean of `values`, one per query, and its percentile interval. */
  mean(values: readonly number[], confidence = 0.95): Interval {
    const sums = this.#sumsOf(values);
    const drawn = this.#drawn(sums).toSorted();
    const tail = (1 - confidence) / 2;
    return { value: total(sums) / total(this.#sizes), low: quantile(drawn, tail), high: quantile(drawn, 1 - tail) };
  }

  /** The mean of a − b with both from the same draws. */
  difference(a: readonly number[], b: readonly number[], confidence = 0.95): Interval {
    return this.mean(
      a.map((value, i) => value - (b[i] as number)),
      confidence,
    );
  }

  #sumsOf(values: readonly number[]): Float64Array {
    if (values.length !== this.#of.length) {
      throw new RangeError(`Expected a value for each of ${this.#of.length} queries, got ${values.length}.`);
    }
    const sums = new Float64Array(this.#sizes.length);
    values.forEach((value, i) => {
      const c = this.#of[i] as number;
      sums[c] = (sums[c] as number) + value;
    });
    return sums;
  }

  #drawn(sums: Float64Array): Float64Array {
    const n = sums.length;
    return Float64Array.from({ length: this.#counts.length / n }, (_, draw) => {
      let sum = 0;
      let queries = 0;
      for (let c = 0; c < n; c++) {
        const times = this.#counts[draw * n + c] as number;
        sum += times * (sums[c] as number);
        queries += times * (this.#sizes[c] as number);
      }
      return sum / queries;
    });
  }
}

function total(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}

/** Linear between the two nearest of ascending values. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] as number;
  return low + (at - Math.floor(at)) * ((sorted[Math.ceil(at)] as number) - low);
}

/** Tommy Ettinger's mulberry32: a small generator of seeded numbers in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
