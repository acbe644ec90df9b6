import type { GeoPoint } from '../../domain/geo-point.js';
import { seededRandom } from '../../domain/seeded-random.js';
import { destination, distanceKm } from '../../geo/distance.js';
import type { Spot } from './place-fit.js';

/** What is nearer may be the place itself, said inexactly. */
const FALSE_KM = 200;
const SHIFT_KM_MAX = 5_000;
const DECOYS = 5;
const DRAWS_MAX = 50;

/**
 * Draws places where a photo was not taken, as mistakes put photos: half of them places of other photos, half shifted by 200 to
 * 5,000 km, near ones as likely as far ones on a logarithmic scale. The same for the same photos in the same order.
 */
export class Decoys {
  readonly #random: () => number;
  readonly #spots: readonly Spot[];
  readonly #countryAt: (point: GeoPoint) => string | null;

  constructor(spots: readonly Spot[], countryAt: (point: GeoPoint) => string | null) {
    this.#random = seededRandom(spots.length);
    this.#spots = spots;
    this.#countryAt = countryAt;
  }

  of({ point }: Spot): readonly Spot[] {
    const found: Spot[] = [];
    for (let draw = 0; found.length < DECOYS && draw < DRAWS_MAX; draw++) {
      const spot =
        this.#random() < 0.5 ? this.#shifted(point) : this.#spots[Math.floor(this.#random() * this.#spots.length)];
      // Rounding may put a shifted one a little nearer.
      if (spot !== undefined && distanceKm(spot.point, point) > 0.999 * FALSE_KM) found.push(spot);
    }
    return found;
  }

  #shifted(from: GeoPoint): Spot {
    const km = FALSE_KM * (SHIFT_KM_MAX / FALSE_KM) ** this.#random();
    const point = destination(from, 360 * this.#random(), km);
    return { point, iso2: this.#countryAt(point) };
  }
}
