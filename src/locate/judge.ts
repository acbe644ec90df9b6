import { fault } from '../domain/errors.js';
import { present } from '../domain/present.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import type { SelfSimilarity } from '../references/summaries.js';
import { blend, type Posterior } from './blend.js';
import { type BlendProfile, withOverrides } from './blend-profile.js';
import { type SpreadBins, spreadBinsOf } from './calibration-bins.js';
import { type Candidate, findCandidates } from './candidates.js';
import type { CaptionTree } from './caption-tree.js';
import { checkFinite } from './check-finite.js';
import { bestOf, expectedUtilities, utilities } from './decide.js';
import type { NeighbourGroup } from './group-neighbours.js';
import { hintAnchors, type SupportPoint } from './hint-anchors.js';
import type { HintTest } from './hints.js';
import { type IndexCoverage, indexCoverage } from './index-coverage.js';
import type { Prior } from './prior.js';
import { notIndexedProbability, retrievalWeights, sameSpotShare } from './retrieve.js';
import { type CaptionScores, heaviestPlaces, type PlacedMass } from './score-captions.js';
import { scratch } from './scratch.js';
import { buildSupport, type Support } from './support.js';

const PLACES_MAX = 100;

/** The decision that one distribution over the support comes to. */
export interface Judged {
  /** Over the points of the support, summing to 1. */
  readonly probability: Float64Array;
  /** The answer and, of the blend, the candidates after it. */
  readonly candidates: readonly Candidate[];
  /** 1 − the greatest expected default utility. */
  readonly spread: number;
}

/** What neighbours and captions come to, before anything is decided. */
export interface WeighedEvidence {
  readonly support: Support;
  readonly posterior: Posterior;
  readonly notIndexed: number;
  /** By descending cosine; a hinted query's are not all the best of the index. */
  readonly groups: readonly NeighbourGroup[];
  /** null, as are the scores, without captions. */
  readonly tree: CaptionTree | null;
  readonly scores: CaptionScores | null;
  readonly profile: BlendProfile;
}

/** What a query is judged by: everything that the answer is made from. */
export interface Located extends WeighedEvidence {
  readonly candidates: readonly Candidate[];
  readonly spread: number;
  /** Whether the index has anything like the query. */
  readonly coverage: IndexCoverage;
  /** What each side alone comes to, as with exponents (1, 0, 0) and (0, 1, 0); null where it has nothing to go by. */
  readonly retrievalAlone: Judged | null;
  readonly captionsAlone: Judged | null;
}

/** What is judged: the query's neighbours, its captions' probabilities, and what the asker knows. */
export interface Evidence {
  readonly groups: readonly NeighbourGroup[];
  readonly scores: CaptionScores | null;
  readonly hint: HintTest | null;
  /** Of the index; null where it is not known. */
  readonly selfSimilarity: SelfSimilarity | null;
}

/** What it is judged with. */
export interface Ground {
  readonly gazetteer: Gazetteer;
  readonly tree: CaptionTree | null;
  readonly prior: Prior;
  /** The standard deviation, along one axis, of the disc that a place counts as. */
  sigmaKm(place: PlacedMass): number;
}

/**
 * Support and blend: what neighbours and captions come to, on one support with one set of kernels. Without the hint's factors.
 * @throws `nothing_to_locate_with`, `not_finite`
 */
export function weigh(evidence: Evidence, ground: Ground, profile: BlendProfile): WeighedEvidence {
  const { groups, scores, selfSimilarity } = evidence;
  if (groups.length === 0 && scores === null) {
    throw fault(
      'nothing_to_locate_with',
      'Expected an index with references or a set of captions to compare the photo with, got neither; ingest some references, or exclude fewer.',
    );
  }
  const cosines = groups.map((group) => group.representative.score);
  const [best] = cosines;
  const weights = best === undefined ? new Float64Array(0) : retrievalWeights(cosines, profile.retrieval);
  checkFinite('retrieval', weights);
  const { same_spot, not_indexed } = profile.retrieval;
  const sameSpot = sameSpotShare(cosines, same_spot);
  const notIndexed = best === undefined ? 1 : notIndexedProbability(best, selfSimilarity, not_indexed, sameSpot);
  const support = supportOf(evidence, ground, profile);
  const posterior = blend(support, weights, { notIndexed, sameSpot }, profile, (place) => ground.sigmaKm(place));
  return { support, posterior, notIndexed, groups, tree: ground.tree, scores, profile };
}

/** What `weigh` says, and the decisions that it comes to: of both sides together and of each alone. @throws as `weigh` */
export function judge(evidence: Evidence, ground: Ground, profile: BlendProfile): Located {
  const weighed = weigh(evidence, ground, profile);
  const { support, posterior, notIndexed, groups } = weighed;
  const hinted = hintWeighing(support, evidence.hint);
  const decide = decider(support, profile);
  const bins = (calibration: BlendProfile['calibration']) => spreadBinsOf(calibration, notIndexed);
  const alone = (mass: Float64Array | null, alpha: number, beta: number) =>
    mass && decide(hinted(mass), bins(withOverrides(profile, { alpha, beta, gamma: 0 }).calibration), 1);
  const { probability, candidates, spread } = decide(hinted(posterior.probability), bins(profile.calibration));
  return {
    ...weighed,
    posterior: { ...posterior, probability },
    candidates,
    spread,
    coverage: indexCoverage(groups[0]?.representative.score, evidence.selfSimilarity),
    retrievalAlone: alone(posterior.retrieval, 1, 0),
    captionsAlone: alone(posterior.captions, 0, 1),
  };
}

function supportOf({ groups, scores, hint }: Evidence, ground: Ground, profile: BlendProfile): Support {
  const { tree, gazetteer } = ground;
  const weights = hint && tree && hint.weigh(tree);
  const heaviest = (count: number) => (scores && tree ? heaviestPlaces(tree, scores, count, weights) : []);
  let places = heaviest(PLACES_MAX);
  const anchors = hint ? hintAnchors(hint.hints, pointsOf(groups, places), gazetteer) : [];
  if (anchors.length > 0) places = heaviest(PLACES_MAX - anchors.length);
  return buildSupport(groups, places, ground.prior, {
    mergeM: profile.retrieval.group_distance_m,
    areaScaleKm: profile.blend.area_scale_km,
    anchors,
  });
}

function pointsOf(groups: readonly NeighbourGroup[], places: readonly PlacedMass[]): SupportPoint[] {
  return [...groups.map((group) => group.representative), ...places.map(({ place }) => place)];
}

/** P · h, summing to 1; P itself without hints. */
function hintWeighing(support: Support, hint: HintTest | null): (mass: Float64Array) => Float64Array {
  if (hint === null) return (mass) => mass;
  const factors = support.points.map((point, j) => hint.factor(point, support.iso2[j] ?? null));
  return (mass) => {
    const weighed = mass.map((p, j) => p * present(factors[j]));
    const sum = weighed.reduce((a, b) => a + b, 0);
    return weighed.map((p) => p / sum);
  };
}

const roomForUtilities = scratch();

/** Decides for distributions over one support: the utilities of its pairs are the same for all. */
function decider(support: Support, profile: BlendProfile) {
  const { chordSquared } = support;
  const n = support.points.length;
  const usual = utilities(chordSquared, n, 'default', roomForUtilities(n * n));
  const { utility } = profile.decision;
  const wanted = utility === 'default' ? usual : utilities(chordSquared, n, utility);
  return (probability: Float64Array, calibration: SpreadBins | null, count?: number): Judged => {
    const expected = expectedUtilities(probability, wanted);
    const usually = wanted === usual ? expected : expectedUtilities(probability, usual);
    const spread = clamp(1 - present(usually[bestOf(usually)]));
    const candidates = findCandidates(probability, chordSquared, wanted, expected, spread, calibration, count);
    return { probability, candidates, spread };
  };
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}
