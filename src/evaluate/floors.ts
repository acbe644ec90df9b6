import type { GeoPoint } from '../domain/geo-point.js';
import { present as checked } from '../domain/present.js';
import { chordSquared, chordSquaredToKm, kmToChordSquared, toSphere } from '../geo/sphere.js';
import { PROTOCOL_RADII_KM, utilityAt } from '../locate/decide.js';
import type { FloorFigures, Floors } from './evaluation.js';
import { geoScore, mean } from './metrics.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const CONSTANTS_MAX = 1_000;

/** Every city meets every photo: error and GeoScore come from tables by chord, straight between entries (±0.001 points and km). */
const STEPS_PER_UNIT = 4_096;
const KM_BY_CHORD = Float64Array.from({ length: 2 * STEPS_PER_UNIT + 2 }, (_, i) =>
  chordSquaredToKm((i / STEPS_PER_UNIT) ** 2),
);
const SCORE_BY_CHORD = KM_BY_CHORD.map(geoScore);

export interface FloorCity {
  readonly point: GeoPoint;
  readonly population: number;
}

/** Figures of answers without looking at the photos. @param truths of the queries, at least one */
export function floors(truths: readonly GeoPoint[], cities: readonly FloorCity[]): Floors {
  return { constant: bestConstant(truths), random_city: randomCity(truths, cities) };
}

/**
 * The truth that has the greatest mean default utility (locate/decide) as the answer to every photo. Of more than 1,000 truths
 * an evenly spaced sample is tried.
 */
export function bestConstant(truths: readonly GeoPoint[]): Floors['constant'] {
  const at = truths.map(toSphere);
  const step = Math.ceil(at.length / CONSTANTS_MAX);
  let best = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < at.length; i += step) {
    const own = present(at[i]);
    let worth = 0;
    for (const other of at) worth += utilityAt(chordSquaredToKm(chordSquared(own, other)), 'default');
    if (worth <= most) continue;
    most = worth;
    best = i;
  }
  const errorsKm = at.map((truth) => chordSquaredToKm(chordSquared(truth, present(at[best]))));
  return {
    point: present(truths[best]),
    within_percent: byRadius((radius) => mean(errorsKm.map((km) => (km <= radius ? 100 : 0)))),
    geoscore: mean(errorsKm.map(geoScore)),
    mean_km: mean(errorsKm),
  };
}

/** A city drawn with probability proportional to its population, as an exact expectation; null without population. */
export function randomCity(truths: readonly GeoPoint[], cities: readonly FloorCity[]): FloorFigures | null {
  const peopled = cities.filter((city) => city.population > 0);
  const people = peopled.reduce((sum, city) => sum + city.population, 0);
  if (people === 0) return null;
  const places = Float64Array.from(
    peopled.flatMap(({ point, population }) => [...toSphere(point), population / people]),
  );
  const chords = Float64Array.from(PROTOCOL_RADII_KM, (km) => kmToChordSquared(km));
  const within = new Float64Array(chords.length);
  let score = 0;
  let km = 0;
  for (const [x, y, z] of truths.map(toSphere)) {
    for (let i = 0; i < places.length; i += 4) {
      const dx = present(places[i]) - x;
      const dy = present(places[i + 1]) - y;
      const dz = present(places[i + 2]) - z;
      const share = present(places[i + 3]);
      const chord2 = dx * dx + dy * dy + dz * dz;
      for (let r = chords.length - 1; r >= 0 && chord2 <= present(chords[r]); r--) {
        within[r] = present(within[r]) + share;
      }
      const step = Math.min(2, Math.sqrt(chord2)) * STEPS_PER_UNIT;
      score += share * straightBetween(SCORE_BY_CHORD, step);
      km += share * straightBetween(KM_BY_CHORD, step);
    }
  }
  return {
    within_percent: byRadius((_, r) => (100 * present(within[r])) / truths.length),
    geoscore: score / truths.length,
    mean_km: km / truths.length,
  };
}

function straightBetween(table: Float64Array, step: number): number {
  const at = step | 0;
  const low = present(table[at]);
  return low + (step - at) * (present(table[at + 1]) - low);
}

function byRadius(figure: (radiusKm: number, position: number) => number): Readonly<Record<string, number>> {
  return Object.fromEntries(PROTOCOL_RADII_KM.map((radius, r) => [String(radius), figure(radius, r)]));
}
