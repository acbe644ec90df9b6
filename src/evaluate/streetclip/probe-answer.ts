import { EARTH_RADIUS_KM } from '../../domain/geo-point.js';
import { present } from '../../domain/present.js';
import { distanceKm } from '../../geo/distance.js';
import { utilityAt } from '../../locate/decide.js';
import type { SideAnswer } from '../score-answer.js';
import type { Probed } from './linear-probe.js';
import type { ProbeCountry } from './protocol-lists.js';

const REACH_KM = 100;
const FARTHEST_KM = Math.PI * EARTH_RADIUS_KM;

/**
 * The winner's coordinates, as published. The protocol has no radius and no doubt; these follow here from its probabilities,
 * country times city, with the mass of other countries at any distance.
 */
export function probeAnswer(country: Probed, city: Probed, { cities }: ProbeCountry): SideAnswer {
  const { point } = present(cities[city.winner]);
  const inCountry = present(country.scores[country.winner]).probability;
  const mass = cities.map((other, i) => ({
    km: distanceKm(point, other.point),
    share: inCountry * present(city.scores[i]).probability,
  }));
  const worth = mass.reduce((sum, { km, share }) => sum + share * utilityAt(km, 'default'), 0);
  const near = mass.reduce((sum, { km, share }) => (km <= REACH_KM ? sum + share : sum), 0);
  const ascending = mass.toSorted((a, b) => a.km - b.km);
  const radius = (wanted: number): number => {
    let held = 0;
    for (const { km, share } of ascending) {
      held += share;
      if (held >= wanted) return km;
    }
    return FARTHEST_KM;
  };
  return {
    point,
    probability: Math.min(1, near),
    spread: Math.min(1, Math.max(0, 1 - worth)),
    radius50Km: radius(0.5),
    radius90Km: radius(0.9),
  };
}
