import { fault } from '../domain/errors.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { inBox } from '../geo/box.js';
import { distanceKm } from '../geo/distance.js';
import type { Incomplete, Neighbour, Neighbours, ReferenceFilter } from '../references/reader.js';
import type { OpenIndex } from '../references/store.js';
import type { IndexSummary, SelfSimilarity } from '../references/summaries.js';
import type { BlendProfile } from './blend-profile.js';
import { checkFinite } from './check-finite.js';
import { groupNeighbours, type NeighbourGroup } from './group-neighbours.js';

export interface Retrieved {
  readonly groups: readonly NeighbourGroup[];
  /** The index's, without what the query excludes. */
  readonly summary: IndexSummary;
  /** The best 100 hits, each for itself, by descending cosine. */
  readonly neighbours: readonly Neighbour[];
  /** Why hits may be missing. */
  readonly incomplete?: Incomplete;
  /** What a hinted query is judged by in place of `groups`. */
  readonly hinted?: readonly NeighbourGroup[];
}

const NEIGHBOURS = 100;

/** How many hits are asked for in turn, until they make up enough groups. */
const HITS = [150, 600, 2_400, 10_000] as const;

/**
 * The query's groups of neighbours by descending cosine. What is excluded by id, sequence, author, country or place is
 * taken away here, after the search, so that the graph answers as it does without exclusions; where even 10,000 hits
 * leave too few groups, the index filters in its stead.
 *
 * @throws `dimension_mismatch` when the query is of another model than the index
 */
export async function retrieve(
  { reader, summaries }: Pick<OpenIndex, 'reader' | 'summaries'>,
  vector: UnitVector,
  profile: BlendProfile['retrieval'],
  options: { readonly filter?: ReferenceFilter; readonly exact?: boolean } = {},
): Promise<Retrieved> {
  if (vector.length !== reader.dimension) {
    throw fault(
      'dimension_mismatch',
      `Expected a query of ${reader.dimension} dimensions, as the index has, got ${vector.length}; embed it with the index's model.`,
    );
  }
  const { filter = {} } = options;
  const leftOut = exclusionTest(filter.exclude);
  const exact = options.exact ?? false;
  const search = async () => {
    for (const k of HITS) {
      const hits = await reader.neighbours(vector, { k, exact, ...asked(withoutLocal(filter)) });
      const found = group(hits, leftOut, profile);
      if (found.groups.length >= profile.groups || hits.length < k) return found;
    }
    const hits = await reader.neighbours(vector, { k: HITS[3], exact, ...asked(filter) });
    return group(hits, leftOut, profile);
  };
  const [found, summary] = await Promise.all([search(), summaryFor(summaries, filter)]);
  return { ...found, summary };
}

function summaryFor(summaries: OpenIndex['summaries'], filter: ReferenceFilter): Promise<IndexSummary> {
  const { exclude } = filter;
  if (exclude === undefined || excludesNothing(filter)) return summaries.summary();
  return summaries.summaryWithout(exclude);
}

export function excludesNothing(filter: ReferenceFilter | undefined): boolean {
  return Object.values(filter?.exclude ?? {}).every(
    (one) => one === undefined || (Array.isArray(one) && one.length === 0),
  );
}

function group(
  hits: Neighbours,
  leftOut: (hit: Neighbour) => boolean,
  profile: BlendProfile['retrieval'],
): Omit<Retrieved, 'summary'> {
  checkFinite(
    'retrieval',
    hits.map((hit) => hit.score),
  );
  const kept = hits.filter((hit) => !leftOut(hit));
  return {
    groups: groupNeighbours(kept, profile.group_distance_m, profile.groups),
    neighbours: kept.slice(0, NEIGHBOURS),
    ...(hits.incomplete && { incomplete: hits.incomplete }),
  };
}

function exclusionTest(exclude: ReferenceFilter['exclude'] = {}): (hit: Neighbour) => boolean {
  const ids = new Set(exclude.ids);
  const sequences = new Set<string | null>(exclude.sequence);
  const authors = new Set<string | null>(exclude.author);
  const countries = new Set<string | null>(exclude.country);
  const { near, bbox } = exclude;
  return (hit) =>
    ids.has(hit.id) ||
    sequences.has(hit.sequence) ||
    authors.has(hit.author) ||
    countries.has(hit.iso2) ||
    (near !== undefined && distanceKm(near, hit.point) <= near.km) ||
    (bbox !== undefined && inBox(bbox, hit.point));
}

/** The filter without the exclusions that `exclusionTest` sees to. */
function withoutLocal({ exclude, ...wanted }: ReferenceFilter): ReferenceFilter {
  if (exclude === undefined) return wanted;
  const { ids, sequence, author, country, near, bbox, ...rest } = exclude;
  return isEmpty(rest) ? wanted : { ...wanted, exclude: rest };
}

/** An empty filter is none: the index then need not look for what it lets through. */
function asked(filter: ReferenceFilter): { readonly filter?: ReferenceFilter } {
  return isEmpty(filter) ? {} : { filter };
}

function isEmpty(filter: ReferenceFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}

/** What each group counts for, summing to 1: exp((c − c_1)/T_r), or as `voWeights`. */
export function retrievalWeights(cosines: ArrayLike<number>, profile: BlendProfile['retrieval']): Float64Array {
  if (profile.kernel === 'vo') return voWeights(cosines);
  const best = greatest(cosines);
  return shared(Float64Array.from(cosines, (c) => Math.exp((c - best) / profile.temperature)));
}

/**
 * Vo et al.'s (2017) weights, summing to 1: the 10th power of the inverse squared distance, where the smallest squared
 * distance is 1e-6.
 */
export function voWeights(cosines: ArrayLike<number>): Float64Array {
  const logDistance = (c: number) => Math.log(Math.max(2 - 2 * c, 1e-6));
  const least = logDistance(greatest(cosines));
  return shared(Float64Array.from(cosines, (c) => Math.exp(-10 * (logDistance(c) - least))));
}

function greatest(values: ArrayLike<number>): number {
  return Math.max(...Array.from(values));
}

function shared(weights: Float64Array): Float64Array {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((w) => w / sum);
}

const RESEMBLANCES_MIN = 10;

/**
 * How likely the query shows the very spot of its nearest, from how much nearer it is than the next group: sigmoid of
 * (ratio − ρ)/width, ρ = (1 − c_1)/(1 − c_2), the ratio of squared distances by which Lowe (2004, "Distinctive image
 * features from scale-invariant keypoints", §7.1) tells a match from a chance resemblance. 0 with fewer than ten groups:
 * they do not show what a chance resemblance looks like.
 */
export function sameSpotShare(cosines: ArrayLike<number>, sameSpot: BlendProfile['retrieval']['same_spot']): number {
  const [first, second] = [cosines[0], cosines[1]];
  if (sameSpot === null || cosines.length < RESEMBLANCES_MIN) return 0;
  if (first === undefined || second === undefined || second >= 1) return 0;
  const ratio = (1 - first) / (1 - second);
  return 1 / (1 + Math.exp((ratio - sameSpot.ratio) / sameSpot.width));
}

/**
 * ε_r: how likely the query's area is not in the index, by its best cosine. τ and δ come from the profile, else from
 * the index's own nearest: τ as far below their 5 % quantile as that is below the 25 % quantile, δ a quarter of it, so
 * that few of the places that are indexed go without their neighbours. An index that does not know them says nothing, which is halfway between lo and hi.
 *
 * @param sameSpot how likely it is the very spot of its nearest, whose area is in the index then
 */
export function notIndexedProbability(
  bestCosine: number,
  selfSimilarity: SelfSimilarity | null,
  { lo, hi, tau, delta }: BlendProfile['retrieval']['not_indexed'],
  sameSpot = 0,
): number {
  const own = tau === null || delta === null ? selfSimilarity : null;
  const step = own && own.q25 - own.q05;
  const middle = tau ?? (own && own.q05 - (step ?? 0));
  const width = delta ?? (step === null ? null : Math.max(step / 4, 1e-4));
  if (middle === null || width === null) return lo + (1 - sameSpot) * ((hi - lo) / 2);
  return lo + ((1 - sameSpot) * (hi - lo)) / (1 + Math.exp((bestCosine - middle) / width));
}
