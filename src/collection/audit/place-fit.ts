import type { GeoPoint } from '../../domain/geo-point.js';
import { present as checked } from '../../domain/present.js';
import { distanceKm } from '../../geo/distance.js';
import type { PlaceEvidence } from './evidence.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** A position with its country, null at sea. */
export interface Spot {
  readonly point: GeoPoint;
  readonly iso2: string | null;
}

const NEAR_KM = 15;
const WIDE_KM = 300;
/** What remains for a place that nothing speaks for: no photo can be surer of anything than this. */
const FLOOR = 1e-5;

/** Where a country stands in the evidence. */
export type CountryOrder = ReadonlyMap<string, number>;

/**
 * How well a place fits what a photo shows, from 1e-5 to about 1: half of it what the neighbours' weight comes to under kernels of
 * 15 and of 300 km, half the captions' probability of its country. Without captions the neighbours alone, and the other way round.
 */
export function placeFit({ groups, countries }: PlaceEvidence, { point, iso2 }: Spot, order: CountryOrder): number {
  const at = iso2 === null ? undefined : order.get(iso2);
  const country = at === undefined ? 0 : (countries[at] ?? 0);
  let [near, wide] = [0, 0];
  for (let i = 0; i < groups.length; i += 3) {
    const km = distanceKm(point, { lat: present(groups[i]), lon: present(groups[i + 1]) });
    const weight = present(groups[i + 2]);
    near += weight * Math.exp(-km / NEAR_KM);
    wide += weight * Math.exp(-km / WIDE_KM);
  }
  const neighbours = (near + wide) / 2;
  if (countries.length === 0) return neighbours + FLOOR;
  return groups.length === 0 ? country + FLOOR : (neighbours + country) / 2 + FLOOR;
}

/** The neighbours' place that fits best; null without neighbours. */
export function bestPlace(
  evidence: PlaceEvidence,
  order: CountryOrder,
  countryAt: (point: GeoPoint) => string | null,
): Spot | null {
  let best: { readonly spot: Spot; readonly fit: number } | null = null;
  const { groups } = evidence;
  for (let i = 0; i < groups.length; i += 3) {
    // What weighs less than a thousandth is no suggestion.
    if (present(groups[i + 2]) < 1e-3) continue;
    const point = { lat: present(groups[i]), lon: present(groups[i + 1]) };
    const spot = { point, iso2: countryAt(point) };
    const fit = placeFit(evidence, spot, order);
    if (best === null || fit > best.fit) best = { spot, fit };
  }
  return best?.spot ?? null;
}
