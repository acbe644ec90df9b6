// References all over the world with made-up vectors: cities resemble their country, photos their city; images and captions lie in two
// cones. Eight photos of each town, those of every fourth a walk.
import { createHash } from 'node:crypto';
import { STREETCLIP_TEMPLATES } from '../dist/domain/caption.js';
import type { Place } from '../dist/domain/place.js';
import type { Reference } from '../dist/domain/reference.js';
import { seededRandom } from '../dist/domain/seeded-random.js';
import { toUnitVector, type UnitVector } from '../dist/domain/unit-vector.js';
import type { Gazetteer } from '../dist/gazetteer/gazetteer.js';
import { destination } from '../dist/geo/distance.js';
import { normal } from './normal.js';

type Random = () => number;

export class MadeUpWorld {
  readonly #gazetteer: Gazetteer;
  readonly #seed: number;
  readonly #dimension: number;
  readonly #looks = new Map<string, Float64Array>();
  readonly #images: Float64Array;
  readonly #texts: Float64Array;

  constructor(gazetteer: Gazetteer, { seed, dimension }: { readonly seed: number; readonly dimension: number }) {
    this.#gazetteer = gazetteer;
    this.#seed = seed;
    this.#dimension = dimension;
    const random = seededRandom(seed);
    const looks = this.#looks;
    for (const country of gazetteer.countries) looks.set(country.id, this.#gaussian(random));
    const under = (place: Place, parent: string) =>
      looks.set(place.id, mix(looks.get(parent) ?? this.#gaussian(random), this.#gaussian(random), 0.8));
    for (const region of gazetteer.regions) under(region, region.iso2);
    for (const city of gazetteer.cities) under(city, city.iso2);
    this.#images = this.#gaussian(random);
    this.#texts = this.#gaussian(random);
  }

  photoOf(place: Place, random: Random): UnitVector {
    const look = this.#lookOf(place.id);
    const noise = this.#gaussian(random);
    return toUnitVector(look.map((v, i) => 1.5 * this.#images[i] + v + 0.5 * noise[i]));
  }

  captionVectors(): (texts: readonly string[]) => Promise<UnitVector[]> {
    const random = seededRandom(this.#seed + 1);
    const vectors = new Map<string, UnitVector>();
    for (const caption of this.#gazetteer.captions(STREETCLIP_TEMPLATES)) {
      const look = this.#lookOf(caption.id);
      const noise = this.#gaussian(random);
      vectors.set(caption.text, toUnitVector(look.map((v, i) => 3 * this.#texts[i] + v + noise[i])));
    }
    return async (texts) => texts.flatMap((text) => vectors.get(text) ?? []);
  }

  *lots(count: number, lot: number): Generator<(readonly [Reference, UnitVector])[]> {
    const random = seededRandom(this.#seed + 3);
    const { cities } = this.#gazetteer;
    const towns = Array.from({ length: Math.ceil(count / 8) }, () => cities[Math.floor(random() * cities.length)]);
    const reference = (n: number) => {
      const town = towns[n >> 3];
      const sha256 = createHash('sha256').update(`${this.#seed} ${n}`).digest('hex');
      const point = destination(town.point, random() * 360, random() * 6);
      const facts = {
        ...{ id: sha256.slice(0, 32), sha256, width: 640, height: 480, bytes: 1, iso2: town.iso2, point },
        ...{ headingDeg: null, altitudeM: null, capturedAt: null, licence: null, attribution: null, url: null },
        ...{ author: null, sequence: (n >> 3) % 4 === 0 ? `walk ${n >> 3}` : null },
      };
      return [facts, this.photoOf(town, random)] as const;
    };
    for (let first = 0; first < count; first += lot)
      yield Array.from({ length: Math.min(lot, count - first) }, (_, i) => reference(first + i));
  }

  #lookOf(id: string): Float64Array {
    const look = this.#looks.get(id);
    if (look === undefined) throw new Error(`No look of ${id}.`);
    return look;
  }

  #gaussian(random: Random): Float64Array {
    return Float64Array.from({ length: this.#dimension }, () => normal(random));
  }
}

function mix(a: Float64Array, b: Float64Array, share: number): Float64Array {
  return a.map((v, i) => v * share + b[i] * Math.sqrt(1 - share * share));
}
