import type { AloneAnswer, Candidate as CandidateAnswer, CaptionAnswer, Verdict } from '../api/types.js';
import type { Place } from '../domain/place.js';
import { present } from '../domain/present.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import { distanceKm } from '../geo/distance.js';
import type { CaptionSet } from '../references/caption-set.js';
import type { ReferenceReader } from '../references/reader.js';
import type { Candidate } from './candidates.js';
import { describeNeighbour, describePlace } from './describe-neighbour.js';
import { type Witnesses, witnessesOf } from './explain.js';
import type { Judged, Located } from './judge.js';
import type { LocatorAnswer } from './locate-answer.js';
import { round, roundPoint } from './round.js';
import { topIndices } from './top-indices.js';
import { verdictOf } from './verdict.js';

/** How much of the evidence an answer shows, beside what a candidate rests on. */
export interface Shown {
  /** Candidates at most; 5 by default, and never more. */
  readonly candidates?: number;
  /** Neighbours; 10 by default. */
  readonly neighbours?: number;
  /** Captions per level; 5 by default. */
  readonly captions?: number;
  /** Where the probability lies, place by place. */
  readonly posterior?: boolean;
}

/**
 * The judgement in the words of docs/answer.md: names for points, ids for witnesses.
 * @param unchecked why no calibration speaks for it; null where one does
 */
export async function shapeAnswer(
  located: Located,
  references: Pick<ReferenceReader, 'getMany'>,
  captions: CaptionSet | null,
  gazetteer: Gazetteer,
  show: Shown,
  unchecked: Verdict['unchecked'],
): Promise<Omit<LocatorAnswer, 'took_ms' | 'hints'>> {
  const { support, profile, groups, spread } = located;
  const candidates = located.candidates.slice(0, show.candidates ?? located.candidates.length);
  const witnesses = candidates.map(({ at }) => witnessesOf(at, located));
  const citedGroups = new Set(witnesses.flatMap((w) => w.groups));
  const citedPlaces = new Set(witnesses.flatMap((w) => w.captions));
  const answerAt = located.candidates[0]?.at ?? 0;
  const alone = (side: Judged | null): AloneAnswer | null => {
    const best = side?.candidates[0];
    if (best === undefined) return null;
    const point = present(support.points[best.at]);
    return {
      point: roundPoint(point),
      place: describePlace(gazetteer, point),
      probability: round(best.probability, 6),
      distance_km: round(distanceKm(point, present(support.points[answerAt])), 3),
      changes_answer: best.at !== answerAt,
    };
  };
  const { coverage } = located;
  const described = candidates.map((candidate, c) =>
    describeCandidate(candidate, present(witnesses[c]), located, gazetteer),
  );
  const verdict = verdictOf(located, described[0]?.place ?? null, gazetteer, unchecked);
  const confident = verdict.risk !== null;
  const shown = groups.filter((_, i) => i < (show.neighbours ?? 10) || citedGroups.has(i));
  const stored = await references.getMany(shown.map(({ representative }) => representative.id));
  return {
    verdict,
    confident,
    reason: confident ? null : verdict.sentence,
    calibrated: profile.calibration !== null,
    spread: round(spread, 6),
    candidates: described,
    neighbours: shown.map((group) => describeNeighbour(group, stored.get(group.representative.id))),
    captions: describeCaptions(located, captions, show.captions ?? 5, citedPlaces),
    index_coverage: {
      best_score: coverage.bestScore === null ? null : round(coverage.bestScore, 6),
      quantile: coverage.quantile === null ? null : round(coverage.quantile, 4),
      covered: coverage.covered,
      reason: coverage.reason,
    },
    ...(show.posterior === true && { posterior: describePosterior(located) }),
    blend: {
      alpha: profile.blend.alpha,
      beta: profile.blend.beta,
      gamma: profile.blend.gamma,
      utility: profile.decision.utility,
      not_indexed_probability: round(located.notIndexed, 6),
      profile: profile.name,
      retrieval_alone: alone(located.retrievalAlone),
      captions_alone: alone(located.captionsAlone),
    },
  };
}

/** A map needs no more, and no place that holds less. */
const POSTERIOR_POINTS = 300;
const POSTERIOR_MIN = 0.0005;

function describePosterior({ support, posterior: { probability } }: Located) {
  return support.points
    .map((point, j) => ({ point: roundPoint(point), probability: round(present(probability[j]), 6) }))
    .filter((one) => one.probability >= POSTERIOR_MIN)
    .sort((a, b) => b.probability - a.probability)
    .slice(0, POSTERIOR_POINTS);
}

function describeCandidate(
  candidate: Candidate,
  witnesses: Witnesses,
  { support, posterior, groups }: Located,
  gazetteer: Gazetteer,
): CandidateAnswer {
  const point = present(support.points[candidate.at]);
  return {
    point: roundPoint(point),
    probability: round(candidate.probability, 6),
    radius_50_km: round(candidate.radius50Km, 3),
    radius_90_km: round(candidate.radius90Km, 3),
    radius_is: candidate.radiusIs,
    place: describePlace(gazetteer, point),
    because: {
      retrieval_nats: round(present(posterior.retrievalNats[candidate.at]), 4),
      captions_nats: round(present(posterior.captionsNats[candidate.at]), 4),
      neighbours: witnesses.groups.map((i) => present(groups[i]).representative.id),
      captions: witnesses.captions,
      witnesses: witnesses.described,
    },
  };
}

function describeCaptions(
  { tree, scores }: Located,
  captions: CaptionSet | null,
  perLevel: number,
  cited: ReadonlySet<string>,
): CaptionAnswer[] {
  if (scores === null || captions === null || tree === null) return [];
  const regions = [...tree.areas.keys()].filter((a) => tree.areas[a]?.place.level === 'region');
  const area = (a: number) => present(tree.areas[a]).place;
  const levels = [
    strongest(scores.countries, perLevel, cited, (c) => present(tree.countries[c])),
    strongest(
      Float64Array.from(regions, (a) => present(scores.areas[a])),
      perLevel,
      cited,
      (r) => area(present(regions[r])),
    ),
    strongest(scores.cityMass, perLevel, cited, (i) => present(tree.cities[present(scores.cities[i])])),
  ];
  return levels.flat().flatMap(({ place, probability }) => {
    const caption = captions.caption(place.id);
    if (caption === null) return [];
    return [{ id: place.id, level: place.level, text: caption.text, probability: round(probability, 6) }];
  });
}

/** The `count` likeliest and those that are cited, the likeliest first. */
function strongest(
  probabilities: Float64Array,
  count: number,
  cited: ReadonlySet<string>,
  placeAt: (index: number) => Place,
): { readonly place: Place; readonly probability: number }[] {
  const shown = new Set(topIndices(probabilities, count));
  for (let i = 0; cited.size > 0 && i < probabilities.length; i++) if (cited.has(placeAt(i).id)) shown.add(i);
  return [...shown]
    .sort((a, b) => present(probabilities[b]) - present(probabilities[a]) || a - b)
    .map((i) => ({ place: placeAt(i), probability: present(probabilities[i]) }));
}
