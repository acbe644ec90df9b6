import type { HintsAnswer, HintsGiven } from '../api/types.js';
import type { BoundingBox, GeoPoint } from '../domain/geo-point.js';
import { present } from '../domain/present.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import { distanceKm } from '../geo/distance.js';
import { describePlace } from './describe-neighbour.js';
import { type Hints, HintTest } from './hints.js';
import type { Located } from './judge.js';
import { round, roundPoint } from './round.js';

/** What the hints did: how well they fit what the photo says by itself, and the answer without them. */
export function shapeHints(
  hints: Hints | undefined,
  answer: Located,
  without: Located,
  gazetteer: Gazetteer,
): HintsAnswer | null {
  const hint = HintTest.of(hints);
  if (hint === null) return null;
  const { support, posterior } = without;
  const agreeing = posterior.probability.reduce(
    (sum, p, j) => (hint.agrees(present(support.points[j]), support.iso2[j] ?? null) ? sum + p : sum),
    0,
  );
  const [point, hinted] = [answerOf(without), answerOf(answer)];
  return {
    given: given(hint.hints),
    agreeing_mass_without: round(Math.min(1, agreeing), 6),
    changed: distanceKm(point, hinted) * 1000 > answer.profile.retrieval.group_distance_m,
    without: { point: roundPoint(point), place: describePlace(gazetteer, point) },
  };
}

function answerOf({ support, candidates }: Located): GeoPoint {
  return present(support.points[candidates[0]?.at ?? 0]);
}

function given({ country, excludeCountry, bbox, excludeBbox, near }: Hints): HintsGiven {
  return {
    ...(country && { country }),
    ...(excludeCountry && { exclude_country: excludeCountry }),
    ...(bbox && { bbox: corners(bbox) }),
    ...(excludeBbox && { exclude_bbox: corners(excludeBbox) }),
    ...(near && { near: { lat: near.lat, lon: near.lon, uncertainty_km: near.uncertaintyKm } }),
  };
}

function corners({ west, south, east, north }: BoundingBox): [number, number, number, number] {
  return [west, south, east, north];
}
