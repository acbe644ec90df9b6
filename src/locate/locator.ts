import type { HintsAnswer, Verdict } from '../api/types.js';
import type { Place } from '../domain/place.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import type { CaptionSet } from '../references/caption-set.js';
import type { ReferenceFilter } from '../references/reader.js';
import type { OpenIndex } from '../references/store.js';
import { type BlendOverrides, type BlendProfile, DEFAULT_PROFILE, withOverrides } from './blend-profile.js';
import { CaptionScorer } from './caption-scorer.js';
import type { CaptionTree } from './caption-tree.js';
import { checkFinite } from './check-finite.js';
import { checkHints, type Hints, HintTest } from './hints.js';
import { type Evidence, type Ground, type Judged, judge, type Located, type WeighedEvidence, weigh } from './judge.js';
import type { LocatorAnswer } from './locate-answer.js';
import { Prior } from './prior.js';
import { excludesNothing, type Retrieved, retrieve } from './retrieve.js';
import { retrieveHinted } from './retrieve-hinted.js';
import { round } from './round.js';
import type { CaptionScores, PlacedMass } from './score-captions.js';
import { type Shown, shapeAnswer } from './shape-answer.js';
import { shapeHints } from './shape-hints.js';

const SIGMA_MIN_KM = 3;

export interface LocateQuery {
  readonly vector: UnitVector;
  /** Which references may speak; `exclude` takes away the query itself, its walk, its author, its surroundings. */
  readonly filter?: ReferenceFilter;
  readonly hints?: Hints;
}

export interface LocateOptions extends Shown {
  readonly overrides?: BlendOverrides;
  /** Brute force over the index in place of its graph. */
  readonly exact?: boolean;
}

/** One query's answers side by side. */
export interface Sides {
  readonly blend: Located;
  /** Over the blend's support; null where there are no neighbours, or no captions. */
  readonly retrieval: Judged | null;
  readonly captions: Judged | null;
}

/** What locators of the same references, captions and gazetteer share. */
interface Prepared {
  readonly prior: Prior;
  readonly scorer: CaptionScorer | null;
}

/**
 * Says where a query was taken, from an index, a caption set (null: neighbours alone) and a gazetteer. What does not
 * depend on the query is prepared once and kept; it never changes an answer.
 */
export class Locator {
  readonly profile: BlendProfile;
  readonly #prepared: Prepared;

  readonly #index: Pick<OpenIndex, 'reader' | 'summaries'>;
  readonly #captions: CaptionSet | null;
  readonly #logitScale: number;

  constructor(
    index: Pick<OpenIndex, 'reader' | 'summaries'>,
    captions: CaptionSet | null,
    readonly gazetteer: Gazetteer,
    logitScale: number,
    settings: {
      readonly profile?: BlendProfile;
      /** Of another locator: `withProfile`. */
      readonly prepared?: Prepared;
    } = {},
  ) {
    this.#index = index;
    this.#captions = captions;
    this.#logitScale = logitScale;

    const profile = settings.profile ?? DEFAULT_PROFILE;
    this.profile = profile;
    this.#prepared = settings.prepared ?? {
      prior: new Prior(gazetteer.cities),
      scorer: captions && CaptionScorer.of(captions, gazetteer, logitScale, profile),
    };
  }

  /**
   * The same with another profile. Shares what is prepared, so that it is cheap: microseconds, and with another
   * population exponent some milliseconds.
   */
  withProfile(profile: BlendProfile): Locator {
    const { prior, scorer } = this.#prepared;
    const prepared = { prior, scorer: scorer?.withProfile(profile) ?? null };
    return new Locator(this.#index, this.#captions, this.gazetteer, this.#logitScale, { profile, prepared });
  }

  /** In the order of `CaptionScores.countries`; none without captions. */
  get captionCountries(): readonly Place[] {
    return this.#prepared.scorer?.tree.countries ?? [];
  }

  /**
   * @throws `nothing_to_locate_with` when neither references nor captions are left to judge by
   * @throws `dimension_mismatch` when the query is of another model
   * @throws `hints_contradictory`, `hint_country_unknown`
   * @throws `not_finite` when a number of the query, retrieval, captions, prior, blend or decision is not finite
   */
  async locate(query: LocateQuery, options: LocateOptions = {}): Promise<LocatorAnswer> {
    const started = performance.now();
    checkFinite('query', query.vector);
    checkHints(query.hints, this.gazetteer);
    const retrieving = this.retrieve(query, options);
    // It is awaited below; until then a rejection must not count as unhandled.
    retrieving.catch(() => undefined);
    // What is excluded changes the captions' bias, which the index has to work out: else they are scored while it searches.
    const summary = await this.#index.summaries.summary();
    const scores = excludesNothing(query.filter) ? this.scoreCaptions(query, { summary }) : undefined;
    const retrieved = await retrieving;
    const searched = performance.now();
    const located = this.judge(query, retrieved, options.overrides, scores);
    const unchecked = this.#unchecked(query, located);
    const answer = await shapeAnswer(located, this.#index.reader, this.#captions, this.gazetteer, options, unchecked);
    const hints = this.#describeHints(query, retrieved, located, options.overrides);
    const ended = performance.now();
    return {
      ...answer,
      ...contradiction(hints),
      ...(retrieved.incomplete && { incomplete: retrieved.incomplete }),
      hints,
      took_ms: { search: round(searched - started, 2), blend: round(ended - searched, 2) },
    };
  }

  /** The first half: the query's neighbours, grouped. */
  async retrieve(query: LocateQuery, options: Pick<LocateOptions, 'exact'> = {}): Promise<Retrieved> {
    checkFinite('query', query.vector);
    const { vector } = query;
    const how = { ...(query.filter ? { filter: query.filter } : {}), exact: options.exact ?? false };
    const found = await retrieve(this.#index, vector, this.profile.retrieval, how);
    const hint = HintTest.of(query.hints);
    if (hint === null) return found;
    const { retrieval } = this.profile;
    return { ...found, hinted: await retrieveHinted(this.#index.reader, vector, retrieval, found.groups, hint, how) };
  }

  /** The captions' probabilities by the profile's temperatures, as `judge` takes them; null without captions. */
  scoreCaptions(query: LocateQuery, { summary }: Pick<Retrieved, 'summary'>): CaptionScores | null {
    const { scorer } = this.#prepared;
    if (scorer === null) return null;
    const weights = HintTest.of(query.hints)?.weigh(scorer.tree) ?? null;
    return scorer.score(query.vector, summary, this.profile.captions, weights);
  }

  /** null without captions. */
  get tree(): CaptionTree | null {
    return this.#prepared.scorer?.tree ?? null;
  }

  /** The second half, which is pure: what the neighbours and the captions (`scored`, where they are already) come to. */
  judge(
    query: LocateQuery,
    retrieved: Pick<Retrieved, 'groups' | 'summary' | 'hinted'>,
    overrides: BlendOverrides = {},
    scored?: CaptionScores | null,
  ): Located {
    return judge(...this.#caseOf(query, retrieved, overrides, scored));
  }

  /** What `judge` decides from, for who needs no decision. */
  weigh(query: LocateQuery, retrieved: Pick<Retrieved, 'groups' | 'summary' | 'hinted'>): WeighedEvidence {
    return weigh(...this.#caseOf(query, retrieved));
  }

  #caseOf(
    query: LocateQuery,
    retrieved: Pick<Retrieved, 'groups' | 'summary' | 'hinted'>,
    overrides: BlendOverrides = {},
    scored?: CaptionScores | null,
  ): [Evidence, Ground, BlendProfile] {
    const scores = scored === undefined ? this.scoreCaptions(query, retrieved) : scored;
    const ground = {
      gazetteer: this.gazetteer,
      tree: this.tree,
      prior: this.#prepared.prior,
      sigmaKm: (place: PlacedMass) => this.#sigmaKm(place),
    };
    const profile = withOverrides(this.profile, overrides);
    const hint = HintTest.of(query.hints);
    const { selfSimilarity } = retrieved.summary;
    if (hint === null) return [{ groups: retrieved.groups, scores, hint, selfSimilarity }, ground, profile];
    const groups = retrieved.hinted ?? retrieved.groups;
    // Radii were calibrated on queries without hints.
    return [{ groups, scores, hint, selfSimilarity }, ground, { ...profile, calibration: null }];
  }

  /**
   * Blend, retrieval alone and captions alone, from one support and one set of kernels: what `judge` says by itself,
   * with exponents (1, 0, 0) and with (0, 1, 0), but for the candidates after the first.
   */
  judgeSides(
    query: LocateQuery,
    retrieved: Pick<Retrieved, 'groups' | 'summary' | 'hinted'>,
    scored?: CaptionScores | null,
  ): Sides {
    const blend = this.judge(query, retrieved, {}, scored);
    return { blend, retrieval: blend.retrievalAlone, captions: blend.captionsAlone };
  }

  /** Why no calibration speaks for an answer; null where one does. */
  #unchecked(query: LocateQuery, { profile }: Located): Verdict['unchecked'] {
    if (this.profile.calibration === null) return 'no_profile';
    if (this.profile.calibration.levels === null) return 'earlier_profile';
    if (HintTest.of(query.hints) !== null) return 'hints';
    return profile.calibration === null ? 'other_weights' : null;
  }

  /** Judges once more without the hints, where there are any. */
  #describeHints(query: LocateQuery, retrieved: Retrieved, located: Located, overrides?: BlendOverrides) {
    if (HintTest.of(query.hints) === null) return null;
    const { hints, ...unhinted } = query;
    return shapeHints(hints, located, this.judge(unhinted, retrieved, overrides), this.gazetteer);
  }

  /** A place counts as a disc of its reach; the standard deviation of one along one axis is its radius over √2. */
  #sigmaKm({ place }: PlacedMass): number {
    return Math.max(SIGMA_MIN_KM, (this.gazetteer.spreadKm(place.id) ?? 0) / Math.SQRT2);
  }
}

/** Under this share of the mass without them, hints go against the evidence. */
const AGREEING_MIN = 0.01;

/** A hint that the evidence speaks against may be wrong: what it leads to is no answer to rely on. */
function contradiction(hints: HintsAnswer | null): Pick<LocatorAnswer, 'confident' | 'reason'> | null {
  if (hints === null || hints.agreeing_mass_without >= AGREEING_MIN) return null;
  const percent = `${(100 * hints.agreeing_mass_without).toFixed(2)} %`;
  return {
    confident: false,
    reason: `The hints go against the evidence: without them ${percent} of the probability lies where they say.`,
  };
}
