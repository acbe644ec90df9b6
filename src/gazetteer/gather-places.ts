import { EARTH_RADIUS_KM, type GeoPoint } from '../domain/geo-point.js';
import { present } from '../domain/present.js';
import { largestPolygonCentre } from '../geo/borders.js';
import { NearestIndex } from '../geo/nearest-index.js';
import { chordSquared, fromSphere, type SpherePoint, toSphere } from '../geo/sphere.js';
import type { GazetteerSource, SourceCity } from './gazetteer-source.js';

/** Cities with at least so many people are listed; capitals always. */
const CITY_POPULATION_MIN = 15_000;
/** A section of a city is left out where the city itself lies this near. */
const SECTION_KM = 25;
/** Least spread of a region or country, since one with a single town is not a point. */
const SPREAD_MIN_KM = 25;

export interface Gathered {
  readonly countries: readonly (Area & { readonly areaKm2: number; readonly languages: readonly string[] })[];
  readonly regions: readonly (Area & { readonly iso2: string })[];
  readonly cities: readonly (SourceCity & { readonly regionId: string | null })[];
}

interface Area {
  readonly id: string;
  readonly name: string;
  readonly population: number;
  readonly point: GeoPoint;
  readonly spreadKm: number;
}

/**
 * The places of a gazetteer from a source's facts. Centres, spreads and regions' populations are computed from all places of
 * the source, also the small ones that are not listed as cities. A region without any place is left out; a country without one
 * gets the middle of its borders, or is left out where it has none.
 */
export function gatherPlaces(source: GazetteerSource): Gathered {
  const known = new Set(source.countries.map((country) => country.iso2));
  const places = source.cities.filter((city) => known.has(city.iso2) && !/^PPL[HQW]|^PPLCH$/.test(city.feature));
  const settled = withoutSections(places);
  const byCountry = groupBy(settled, (city) => city.iso2);
  const byRegion = groupBy(settled, (city) => `${city.iso2}.${city.admin1}`);
  const regions = [...byRegion]
    .filter(([id]) => source.regionNames.has(id))
    .map(([id, members]) => ({
      ...centreOf(members),
      id,
      iso2: id.slice(0, 2),
      name: present(source.regionNames.get(id)),
      population: members.reduce((sum, city) => sum + city.population, 0),
    }))
    .sort(byId);
  const regionIds = new Set(regions.map((region) => region.id));
  const countries = source.countries.flatMap(({ iso2, name, population, areaKm2, languages }) => {
    const members = byCountry.get(iso2);
    const centre = members !== undefined ? centreOf(members) : centreOfBorders(iso2);
    if (centre === null) return [];
    const people = population > 0 ? population : (members ?? []).reduce((sum, city) => sum + city.population, 0);
    return [{ ...centre, id: iso2, name, population: people, areaKm2, languages }];
  });
  const cities = settled
    .filter((city) => city.population >= CITY_POPULATION_MIN || city.feature === 'PPLC')
    .map((city) => {
      const regionId = `${city.iso2}.${city.admin1}`;
      return { ...city, regionId: regionIds.has(regionId) ? regionId : null };
    });
  return { countries: countries.sort(byId), regions, cities: cities.sort(byId) };
}

function centreOfBorders(iso2: string) {
  const point = largestPolygonCentre(iso2);
  return point === null ? null : { point, spreadKm: SPREAD_MIN_KM };
}

/** Like Map.groupBy, which Node 20 lacks. */
function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}

/**
 * Without sections of cities: Kreuzberg's people are counted in Berlin already, and a photo from it is answered with Berlin.
 */
function withoutSections(places: readonly SourceCity[]): readonly SourceCity[] {
  const wholes = places.filter((city) => city.feature !== 'PPLX');
  const index = new NearestIndex(wholes);
  return places.filter((city) => {
    if (city.feature !== 'PPLX') return true;
    const larger = (i: number) => {
      const whole = present(wholes[i]);
      return whole.iso2 === city.iso2 && whole.population > city.population;
    };
    const nearest = index.nearest(city, larger);
    return nearest === null || nearest.distanceKm > SECTION_KM;
  });
}

/** Population-weighted centre on the sphere, and the population-weighted RMS distance (by chords) from it. */
function centreOf(members: readonly SourceCity[]): { readonly point: GeoPoint; readonly spreadKm: number } {
  const weighted = members.map((city) => ({ at: toSphere(city), weight: Math.max(1, city.population) }));
  const total = weighted.reduce((sum, { weight }) => sum + weight, 0);
  const axis = (i: 0 | 1 | 2) => weighted.reduce((sum, { at, weight }) => sum + weight * at[i], 0);
  const mean: SpherePoint = [axis(0), axis(1), axis(2)];
  const point = fromSphere(mean);
  const centre = toSphere(point);
  const squares = weighted.reduce((sum, { at, weight }) => sum + weight * chordSquared(at, centre), 0);
  return { point, spreadKm: Math.max(SPREAD_MIN_KM, EARTH_RADIUS_KM * Math.sqrt(squares / total)) };
}
