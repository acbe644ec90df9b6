import type { CaptionTemplates } from '../../src/domain/caption.js';
import type { BoundingBox, GeoPoint } from '../../src/domain/geo-point.js';
import type { NearestPlace, Place } from '../../src/domain/place.js';
import type { Gazetteer } from '../../src/gazetteer/gazetteer.js';
import { inBox } from '../../src/geo/box.js';
import { distanceKm } from '../../src/geo/distance.js';

/** A gazetteer in memory over the given places; the country of a point is that of the nearest city. */
export class FakeGazetteer implements Gazetteer {
  readonly hash = 'fake';
  readonly attribution = 'none';
  readonly countries: readonly Place[];
  readonly regions: readonly Place[];
  readonly cities: readonly Place[];

  constructor(
    private readonly places: readonly Place[],
    readonly splitCountries: ReadonlySet<string> = new Set(),
  ) {
    this.countries = places.filter((place) => place.level === 'country');
    this.regions = places.filter((place) => place.level === 'region');
    this.cities = places.filter((place) => place.level === 'city');
  }

  place(id: string): Place | null {
    return this.places.find((place) => place.id === id) ?? null;
  }

  citiesIn(parentId: string): readonly Place[] {
    return this.cities
      .filter((city) => city.iso2 === parentId || city.regionId === parentId)
      .sort((a, b) => b.population - a.population);
  }

  regionsOf(iso2: string): readonly Place[] {
    return this.regions.filter((region) => region.iso2 === iso2);
  }

  spreadKm(id: string): number | null {
    const place = this.place(id);
    if (place === null) return null;
    if (place.level === 'city') return Math.sqrt(place.population / (2500 * Math.PI));
    const cities = this.citiesIn(id);
    const people = cities.reduce((sum, city) => sum + city.population, 0);
    const squares = cities.reduce((sum, city) => sum + city.population * distanceKm(city.point, place.point) ** 2, 0);
    return Math.max(25, Math.sqrt(squares / Math.max(1, people)));
  }

  search(text: string) {
    return this.places
      .filter((place) => place.name.toLowerCase().startsWith(text.toLowerCase()))
      .map((place) => ({ ...place, matched: place.name }));
  }

  countryAt(point: GeoPoint): string | null {
    return this.nearest(point).iso2;
  }

  nearest(point: GeoPoint): NearestPlace {
    let best: Place | undefined;
    let km = Number.POSITIVE_INFINITY;
    for (const city of this.cities) {
      const distance = distanceKm(city.point, point);
      if (distance < km) [best, km] = [city, distance];
    }
    if (best === undefined) return { name: null, region: null, country: null, iso2: null, distanceKm: null };
    return { name: best.name, region: best.region, country: best.country, iso2: best.iso2, distanceKm: km };
  }

  citiesWithin(box: BoundingBox): readonly Place[] {
    return this.cities.filter((city) => inBox(box, city.point));
  }

  captions({ country, region, city }: CaptionTemplates) {
    const templates = { country, region, city };
    return this.places
      .filter((place) => place.level !== 'region' || this.splitCountries.has(place.iso2))
      .map((place) => ({
        id: place.id,
        level: place.level,
        text: templates[place.level].replace(`{${place.level}}`, place.name).replace('{country}', place.country),
      }));
  }

  stats() {
    const [countries, regions, cities] = [this.countries.length, this.regions.length, this.cities.length];
    return { countries, regions, cities, source: 'fake', built_at: '2026-01-01T00:00:00Z' };
  }

  close() {}
}
