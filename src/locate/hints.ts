import { fault } from '../domain/errors.js';
import type { BoundingBox, GeoPoint } from '../domain/geo-point.js';
import { present } from '../domain/present.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import { inBox } from '../geo/box.js';
import { distanceKm } from '../geo/distance.js';
import { chordSquared, toSphere } from '../geo/sphere.js';
import { vmfKernel } from '../geo/von-mises-fisher.js';
import type { ReferenceFilter } from '../references/reader.js';
import type { CaptionTree } from './caption-tree.js';
import type { ChoiceWeights } from './score-captions.js';

/** What the asker knows of a photo's place: all of it holds at once. */
export interface Hints {
  /** ISO 3166-1 alpha-2: one of these. */
  readonly country?: readonly string[];
  readonly excludeCountry?: readonly string[];
  readonly bbox?: BoundingBox;
  readonly excludeBbox?: BoundingBox;
  /** About there: the standard deviation along one axis. */
  readonly near?: GeoPoint & { readonly uncertaintyKm: number };
}

/** What a hint leaves to places that it rules out, so that a wrong one can be seen to be wrong. */
const LEAK = 0.001;
/** Of a rough point's places, 98.9 % lie within it. */
const NEAR_SIGMAS = 3;
const FARTHEST_KM = 20_015;

/** @throws `hint_country_unknown`, `hints_contradictory` when every country that is given is excluded too */
export function checkHints({ country = [], excludeCountry = [] }: Hints = {}, gazetteer: Gazetteer): void {
  for (const iso2 of [...country, ...excludeCountry]) {
    if (gazetteer.place(iso2) !== null) continue;
    throw fault(
      'hint_country_unknown',
      `Expected ISO 3166-1 codes of countries as hints; the gazetteer has no country ${iso2}.`,
    );
  }
  if (country.length > 0 && country.every((iso2) => excludeCountry.includes(iso2))) {
    throw fault(
      'hints_contradictory',
      `Expected hints that some place fits; the countries ${country.join(', ')} are both given and excluded.`,
    );
  }
}

/** Hints made ready for many points. */
export class HintTest {
  readonly #countries: ReadonlySet<string> | null;
  readonly #notCountries: ReadonlySet<string>;
  readonly #near: { readonly at: ReturnType<typeof toSphere>; readonly halfKappa: number } | null;

  readonly #weights = new WeakMap<CaptionTree, ChoiceWeights>();
  static readonly #made = new WeakMap<Hints, HintTest>();

  private constructor(readonly hints: Hints) {
    const { country, excludeCountry, near } = hints;
    this.#countries = country === undefined ? null : new Set(country);
    this.#notCountries = new Set(excludeCountry);
    this.#near = near === undefined ? null : { at: toSphere(near), halfKappa: vmfKernel(near.uncertaintyKm).halfKappa };
  }

  /** null where nothing is hinted at. */
  static of(hints: Hints | undefined): HintTest | null {
    if (hints === undefined || Object.values(hints).every((hint) => hint === undefined)) return null;
    const made = HintTest.#made.get(hints) ?? new HintTest(hints);
    HintTest.#made.set(hints, made);
    return made;
  }

  /** Whether a point is where the hints say: of a rough point, within three standard deviations. */
  agrees(point: GeoPoint, iso2: string | null): boolean {
    const { near } = this.hints;
    if (near !== undefined && distanceKm(near, point) > near.uncertaintyKm * NEAR_SIGMAS) return false;
    return this.#allows(point, iso2);
  }

  /**
   * h(x), in [0.001, 1]: what the hints multiply a point's probability by. 1 where they allow it, times the kernel of
   * the rough point relative to its peak; 0.001 of that is left everywhere.
   */
  factor(point: GeoPoint, iso2: string | null): number {
    if (!this.#allows(point, iso2)) return LEAK;
    const near =
      this.#near === null ? 1 : Math.exp(-this.#near.halfKappa * chordSquared(this.#near.at, toSphere(point)));
    return LEAK + (1 - LEAK) * near;
  }

  /** What the captions' places are chosen by, beside their mass. An area counts as the best of its places. */
  weigh(tree: CaptionTree): ChoiceWeights {
    const known = this.#weights.get(tree);
    if (known !== undefined) return known;
    const cities = Float64Array.from(tree.cities, ({ point, iso2 }) => this.factor(point, iso2));
    const areas = Float64Array.from(tree.areas, ({ place, start, end }) => {
      let best = this.factor(place.point, place.iso2);
      for (let city = start; city < end; city++) best = Math.max(best, present(cities[city]));
      return best;
    });
    const weights = { areas, cities };
    this.#weights.set(tree, weights);
    return weights;
  }

  /**
   * The filter of a search for references where the hints say. It may let through others, where the query's own filter
   * has a condition of the same kind: `agrees` tells.
   */
  narrow(filter: ReferenceFilter): ReferenceFilter {
    const { country, excludeCountry, bbox, excludeBbox, near } = this.hints;
    const km = Math.min(FARTHEST_KM, (near?.uncertaintyKm ?? 0) * NEAR_SIGMAS);
    const notCountries = [...(filter.exclude?.country ?? []), ...(excludeCountry ?? [])];
    return {
      ...(country && { country }),
      ...(bbox && { bbox }),
      ...(near && { near: { lat: near.lat, lon: near.lon, km } }),
      ...filter,
      exclude: {
        ...(excludeBbox && { bbox: excludeBbox }),
        ...filter.exclude,
        ...(notCountries.length > 0 && { country: notCountries }),
      },
    };
  }

  #allows(point: GeoPoint, iso2: string | null): boolean {
    const { bbox, excludeBbox } = this.hints;
    if (this.#countries !== null && (iso2 === null || !this.#countries.has(iso2))) return false;
    if (iso2 !== null && this.#notCountries.has(iso2)) return false;
    if (bbox !== undefined && !inBox(bbox, point)) return false;
    return excludeBbox === undefined || !inBox(excludeBbox, point);
  }
}
