import type { KnownPosition, NearestPlace } from '../api/types.js';
import { EARTH_RADIUS_KM, type GeoPoint } from '../domain/geo-point.js';
import { wrapLon } from '../geo/box.js';
import { distanceKm } from '../geo/distance.js';
import { RADIANS } from '../geo/sphere.js';
import type { LocatorAnswer } from './locate-answer.js';
import { round, roundPoint } from './round.js';
import { headlineOf } from './verdict.js';

/** From here on a city's name would say more than the rounded point does. */
const NAMELESS_KM = 10;

/**
 * The middle of the point's cell on a grid of about `km` × `km`: bands of latitude, each cut into as many equal cells
 * as fit. The point itself for 0.
 */
export function coarsenPoint(point: GeoPoint, km: number): GeoPoint {
  if (km <= 0) return point;
  const bands = Math.max(1, Math.round((Math.PI * EARTH_RADIUS_KM) / km));
  const band = Math.min(bands - 1, Math.floor(((point.lat + 90) / 180) * bands));
  const lat = ((band + 0.5) / bands) * 180 - 90;
  const cells = Math.max(1, Math.round((2 * Math.PI * EARTH_RADIUS_KM * Math.cos(lat * RADIANS)) / km));
  // 180° and −180° are one meridian and so one cell.
  const cell = Math.floor(((point.lon + 180) / 360) * cells) % cells;
  return roundPoint({ lat, lon: wrapLon(((cell + 0.5) / cells) * 360 - 180) });
}

/** The nearest place without what would say more of the point than its cell does. The place itself for 0. */
export function coarsenPlace(place: NearestPlace, km: number): NearestPlace {
  if (km <= 0) return place;
  return { ...place, name: km < NAMELESS_KM ? place.name : null, distance_km: null };
}

/**
 * An answer that gives away no position better than `km`: its points lie on the grid, no radius is smaller than a cell,
 * and from 10 km on places go without their city's name and city captions are left out. Distances between an exact
 * point and a known place or neighbour are left out, for they would give the point away. The answer itself for 0.
 */
export function coarsen<T extends Omit<LocatorAnswer, 'took_ms'> & { readonly known?: KnownPosition | null }>(
  answer: T,
  km: number,
): T {
  if (km <= 0) return answer;
  const place = (exact: NearestPlace) => coarsenPlace(exact, km);
  const answered = answer.candidates[0] && coarsenPoint(answer.candidates[0].point, km);
  const alone = (side: LocatorAnswer['blend']['retrieval_alone']) => {
    if (side === null) return null;
    const point = coarsenPoint(side.point, km);
    const distance_km = answered ? round(distanceKm(point, answered), 3) : 0;
    return { ...side, point, place: place(side.place), distance_km };
  };
  const { hints, known, verdict } = answer;
  const { roll_up: masses, level } = verdict;
  const best = answer.candidates[0];
  const near = best === undefined ? null : place(best.place);
  const cities = new Set(
    answer.captions.filter(({ level }) => level === 'city' && km >= NAMELESS_KM).map(({ id }) => id),
  );
  return {
    ...answer,
    verdict: {
      ...verdict,
      headline: headlineOf(level, { place: near, country: masses.country.name, continent: masses.continent.name }),
    },
    ...(known && { known: coarseKnown(known, answered ?? null, km) }),
    ...(answer.posterior && {
      posterior: answer.posterior.map(({ point, probability }) => ({ point: coarsenPoint(point, km), probability })),
    }),
    candidates: answer.candidates.map((candidate) => ({
      ...candidate,
      point: coarsenPoint(candidate.point, km),
      radius_50_km: round(Math.max(candidate.radius_50_km, km), 3),
      radius_90_km: round(Math.max(candidate.radius_90_km, km), 3),
      place: place(candidate.place),
      because: {
        ...candidate.because,
        captions: candidate.because.captions.filter((id) => !cities.has(id)),
        witnesses: candidate.because.witnesses
          .filter(({ id }) => !cities.has(id))
          .map((witness) => ({ ...witness, distance_km: null })),
      },
    })),
    neighbours: answer.neighbours.map((neighbour) => ({ ...neighbour, point: coarsenPoint(neighbour.point, km) })),
    captions: answer.captions.filter(({ id }) => !cities.has(id)),
    hints: hints && {
      ...hints,
      without: { point: coarsenPoint(hints.without.point, km), place: place(hints.without.place) },
    },
    blend: {
      ...answer.blend,
      retrieval_alone: alone(answer.blend.retrieval_alone),
      captions_alone: alone(answer.blend.captions_alone),
    },
  };
}

/** The distance between two points of the grid says no more than they do. */
function coarseKnown(known: KnownPosition, answered: GeoPoint | null, km: number): KnownPosition {
  const point = coarsenPoint(known.point, km);
  return { ...known, point, distance_km: answered && round(distanceKm(point, answered), 3) };
}
