import { callerError } from '../domain/errors.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import type { CaptionSet } from '../references/caption-set.js';
import type { Neighbour, ReferenceFilter, ReferenceReader } from '../references/reader.js';
import { blend } from './blend.js';
import { type BlendOverrides, type BlendProfile, DEFAULT_PROFILE, withOverrides } from './blend-profile.js';
import { findCandidates } from './candidates.js';
import {
  type Bias,
  CaptionBias,
  type CountryMean,
  enoughCountries,
  shippedBias,
  withoutGroups,
} from './caption-bias.js';
import { buildCaptionTree, type CaptionTree } from './caption-tree.js';
import { checkFinite } from './check-finite.js';
import { bestOf, expectedUtilities, utilities } from './decide.js';
import { round } from './describe-neighbour.js';
import { groupNeighbours } from './group-neighbours.js';
import type { LocateAnswer } from './locate-answer.js';
import { Prior } from './prior.js';
import { notIndexedProbability, type Retrieved, retrievalWeights, retrieve } from './retrieve.js';
import { type CaptionScores, heaviestPlaces, type PlacedMass, scoreCaptions } from './score-captions.js';
import { type Located, type Shown, shapeAnswer } from './shape-answer.js';
import { buildSupport } from './support.js';

const PLACES_MAX = 100;
const EXCLUDED_GROUPS_MAX = 1_000;
const SIGMA_MIN_KM = 3;

export interface LocateQuery {
  readonly vector: UnitVector;
  /** Which references may speak; `exclude` takes away the query itself, its walk, its author, its surroundings. */
  readonly filter?: ReferenceFilter;
}

export interface LocateOptions extends Shown {
  readonly overrides?: BlendOverrides;
  /** Brute force over the index in place of its graph. */
  readonly exact?: boolean;
}

export interface LocatorSettings {
  readonly profile?: BlendProfile;
  /** The model folder's own bias by place id, in logits: used for an index of fewer than 10 countries. */
  readonly shippedBias?: ReadonlyMap<string, number>;
}

/**
 * Says where a query was taken, from an index, a caption set (null: neighbours alone) and a gazetteer. What does not
 * depend on the query is prepared once and kept; it never changes an answer.
 */
export class Locator {
  readonly profile: BlendProfile;
  readonly #tree: CaptionTree | null;
  readonly #prior: Prior;
  readonly #shipped: Bias | null;
  #bias: { readonly means: readonly CountryMean[]; readonly bias: Bias | null } | null = null;

  constructor(
    private readonly references: ReferenceReader,
    private readonly captions: CaptionSet | null,
    private readonly gazetteer: Gazetteer,
    private readonly logitScale: number,
    settings: LocatorSettings = {},
  ) {
    this.profile = settings.profile ?? DEFAULT_PROFILE;
    this.#prior = new Prior(gazetteer.cities);
    const tree = captions && buildCaptionTree(gazetteer, captions, this.profile.captions.population_exponent);
    this.#tree = tree !== null && tree.areas.length > 0 ? tree : null;
    this.#shipped = this.#tree && settings.shippedBias ? shippedBias(this.#tree, settings.shippedBias) : null;
  }

  /**
   * @throws `nothing_to_locate_with` when neither references nor captions are left to judge by
   * @throws `dimension_mismatch` when the query is of another model
   * @throws `not_finite_<stage>` when a number is not finite: query, retrieval, captions, prior, blend or decision
   */
  async locate(query: LocateQuery, options: LocateOptions = {}): Promise<LocateAnswer> {
    const started = performance.now();
    checkFinite('query', query.vector);
    const retrieving = this.retrieve(query, options);
    // It is awaited below; until then a rejection must not count as unhandled.
    retrieving.catch(() => undefined);
    // Captions depend on the neighbours only where some are excluded: else they are scored while the index searches.
    const scores = excludesNothing(query)
      ? this.#score(query, [], withOverrides(this.profile, options.overrides ?? {}))
      : undefined;
    const retrieved = await retrieving;
    const searched = performance.now();
    const located = this.judge(query, retrieved, options.overrides, scores);
    const answer = shapeAnswer(located, this.references, this.captions, this.gazetteer, options);
    const ended = performance.now();
    return {
      ...answer,
      took_ms: { search: round(searched - started, 2), blend: round(ended - searched, 2) },
    };
  }

  /** The first half: the query's neighbours, grouped. */
  async retrieve(query: LocateQuery, options: Pick<LocateOptions, 'exact'> = {}): Promise<Retrieved> {
    checkFinite('query', query.vector);
    return retrieve(this.references, query.vector, this.profile.retrieval, {
      ...(query.filter ? { filter: query.filter } : {}),
      exact: options.exact ?? false,
    });
  }

  /** The second half, which is pure: what the neighbours and the captions (`scored`, where they are already) come to. */
  judge(
    query: LocateQuery,
    { groups, excluded }: Retrieved,
    overrides: BlendOverrides = {},
    scored?: CaptionScores | null,
  ): Located {
    const profile = withOverrides(this.profile, overrides);
    const scores = scored === undefined ? this.#score(query, excluded, profile) : scored;
    if (groups.length === 0 && scores === null) {
      throw callerError(
        'nothing_to_locate_with',
        'Expected an index with references or a set of captions to compare the photo with, got neither; ingest some references, or exclude fewer.',
      );
    }
    const cosines = groups.map((group) => group.representative.score);
    const [best] = cosines;
    const weights = best === undefined ? new Float64Array(0) : retrievalWeights(cosines, profile.retrieval);
    checkFinite('retrieval', weights);
    const notIndexed =
      best === undefined ? 1 : notIndexedProbability(best, this.references, profile.retrieval.not_indexed);
    const places = scores && this.#tree ? heaviestPlaces(this.#tree, scores, PLACES_MAX) : [];
    const support = buildSupport(groups, places, this.#prior, {
      mergeM: profile.retrieval.group_distance_m,
      areaScaleKm: profile.blend.area_scale_km,
    });
    const posterior = blend(support, weights, notIndexed, profile, (leaf) => this.#sigmaKm(leaf));
    const n = support.points.length;
    const usual = utilities(support.chordSquared, n, 'default');
    const { utility } = profile.decision;
    const wanted = utility === 'default' ? usual : utilities(support.chordSquared, n, utility);
    const expected = expectedUtilities(posterior.probability, wanted);
    const usually = wanted === usual ? expected : expectedUtilities(posterior.probability, usual);
    const spread = clamp(1 - (usually[bestOf(usually)] as number));
    const alone = (mass: Float64Array | null) => (mass === null ? null : bestOf(expectedUtilities(mass, wanted)));
    return {
      support,
      posterior,
      candidates: findCandidates(
        posterior.probability,
        support.chordSquared,
        wanted,
        expected,
        spread,
        profile.calibration,
      ),
      spread,
      notIndexed,
      groups,
      tree: this.#tree,
      scores,
      profile,
      retrievalAlone: alone(posterior.retrieval),
      captionsAlone: alone(posterior.captions),
    };
  }

  #score(query: LocateQuery, excluded: readonly Neighbour[], profile: BlendProfile): CaptionScores | null {
    if (this.captions === null || this.#tree === null) return null;
    if (query.vector.length !== this.captions.dimension) {
      throw callerError(
        'dimension_mismatch',
        `Expected a query of ${this.captions.dimension} dimensions, as the captions have, got ${query.vector.length}; embed it with the captions' model.`,
      );
    }
    const bias = this.#biasWithout(excluded, query.filter?.exclude?.ids ?? []);
    return scoreCaptions(query.vector, this.captions, this.#tree, bias, this.logitScale, profile.captions);
  }

  /** The captions' bias from the index but for what the query excludes; kept as long as the means are the same. */
  #biasWithout(excluded: readonly Neighbour[], ids: readonly string[]): Bias | null {
    const means = this.references.countryMeans();
    if (this.#bias?.means !== means) this.#bias = { means, bias: this.#makeBias(means) };
    const witnesses = this.#excludedGroups(excluded, ids);
    return witnesses.length === 0 ? this.#bias.bias : this.#makeBias(withoutGroups(means, witnesses));
  }

  #makeBias(means: readonly CountryMean[]): Bias | null {
    if (this.captions === null || this.#tree === null) return null;
    if (!enoughCountries(means)) return this.#shipped;
    return new CaptionBias(this.#tree, this.captions, this.logitScale, this.profile.captions.bias_countries, means);
  }

  /** One vector for each group among the excluded: that is how often they count in the countries' means. */
  #excludedGroups(
    excluded: readonly Neighbour[],
    ids: readonly string[],
  ): { iso2: string | null; vector: UnitVector }[] {
    const seen = new Set(excluded.map((hit) => hit.id));
    const named = ids.filter((id) => !seen.has(id)).map((id) => this.references.get(id));
    const hits: Neighbour[] = [
      ...excluded,
      ...named.filter((stored) => stored !== null).map((stored) => ({ ...stored, score: -1 })),
    ];
    return groupNeighbours(hits, this.profile.retrieval.group_distance_m, EXCLUDED_GROUPS_MAX).flatMap((group) => {
      const vector = this.references.vector(group.representative.id);
      return vector === null ? [] : [{ iso2: group.representative.iso2, vector }];
    });
  }

  /** A place counts as a disc of its reach; the standard deviation of one along one axis is its radius over √2. */
  #sigmaKm({ place }: PlacedMass): number {
    return Math.max(SIGMA_MIN_KM, (this.gazetteer.spreadKm(place.id) ?? 0) / Math.SQRT2);
  }
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function excludesNothing({ filter }: LocateQuery): boolean {
  return Object.values(filter?.exclude ?? {}).every(
    (one) => one === undefined || (Array.isArray(one) && one.length === 0),
  );
}
