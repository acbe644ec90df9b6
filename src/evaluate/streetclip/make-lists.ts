import { fault } from '../../domain/errors.js';
import type { Place } from '../../domain/place.js';
import type { Gazetteer } from '../../gazetteer/gazetteer.js';
import {
  CITIES_EACH,
  cityCaption,
  countryCaption,
  type ProbeCity,
  type ProbeCountry,
  type ProtocolLists,
  SPLIT_COUNTRY,
  stateCaption,
} from './protocol-lists.js';
import { type ListedCity, readCities, readNames, readStates } from './read-lists.js';

export interface ProtocolOptions {
  /** Replaces the United States by the 50 states. */
  readonly splitStates?: boolean;
  /** File with a country's name on each line; the paper's 193 by default. */
  readonly countries?: string;
  /** CSV of cities; the 30 most populous of each country by default. */
  readonly cities?: string;
}

type Cities = Pick<Gazetteer, 'search' | 'regionsOf' | 'citiesIn'>;

/**
 * Assembles the protocol's labels. Each country or state has its own cities with their coordinates, since a name alone is
 * ambiguous (Georgia is a country and a state). Where a list has no city of a country (Palestine) or a state, the gazetteer's
 * most populous ones stand in, and a notice says so.
 * @throws `protocol_list_invalid` as reading does, and for a country that neither the list nor the gazetteer has
 */
export function makeLists(options: ProtocolOptions, gazetteer: Cities): ProtocolLists {
  const names = readNames(options.countries);
  const listed = readCities(options.cities);
  const notices: string[] = [];
  const countries = names.flatMap((name): ProbeCountry[] => {
    const own = listed.filter((city) => city.country === name);
    if (name === SPLIT_COUNTRY && options.splitStates)
      return states(own, options.cities !== undefined, gazetteer, notices);
    const cities = own.length > 0 ? mostPopulous(own) : gazetteerCities(countryId(name, gazetteer), gazetteer);
    if (cities.length === 0) throw nowhere(name);
    if (own.length === 0) notices.push(`The list has no city of ${name}; the gazetteer’s most populous stand in.`);
    return [{ name, caption: countryCaption(name), cities }];
  });
  if (options.splitStates && !names.includes(SPLIT_COUNTRY))
    throw fault(
      'protocol_list_invalid',
      `Expected ${SPLIT_COUNTRY} among the countries, to be split into its states, got ${names.length} others.`,
    );
  return { countries, notices };
}

/** The shipped list has the 30 largest cities of the whole country; only a user's list can have those of a state. */
function states(listed: readonly ListedCity[], ownList: boolean, gazetteer: Cities, notices: string[]): ProbeCountry[] {
  const regions = gazetteer.regionsOf('US');
  const standIns: string[] = [];
  const countries = readStates().map((state) => {
    const own = ownList ? listed.filter((city) => city.admin === state) : [];
    if (own.length === 0) standIns.push(state);
    const id = regions.find((region) => region.name === state)?.id ?? null;
    const cities = own.length > 0 ? mostPopulous(own) : gazetteerCities(id, gazetteer);
    if (cities.length === 0) throw nowhere(`${state}, ${SPLIT_COUNTRY}`);
    return { name: `${state}, ${SPLIT_COUNTRY}`, caption: stateCaption(state), cities };
  });
  if (standIns.length > 0)
    notices.push(
      `The list has no cities of ${standIns.length === countries.length ? 'single states' : standIns.join(', ')}; the gazetteer’s most populous stand in.`,
    );
  return countries;
}

function countryId(name: string, gazetteer: Cities): string | null {
  const [found] = gazetteer.search(name, { level: 'country', limit: 1 });
  return found !== undefined && found.matched.toLowerCase() === name.toLowerCase() ? found.id : null;
}

function gazetteerCities(id: string | null, gazetteer: Cities): ProbeCity[] {
  const cities: readonly Place[] = id === null ? [] : gazetteer.citiesIn(id);
  return cities.slice(0, CITIES_EACH).map(({ name, point }) => ({ name, caption: cityCaption(name), point }));
}

function mostPopulous(cities: readonly ListedCity[]): ProbeCity[] {
  return cities
    .toSorted((a, b) => (b.population ?? 0) - (a.population ?? 0))
    .slice(0, CITIES_EACH)
    .map(({ name, lat, lon }) => ({ name, caption: cityCaption(name), point: { lat, lon } }));
}

function nowhere(name: string) {
  return fault(
    'protocol_list_invalid',
    `Expected at least one city of ${name}, got none in the list of cities and none in the gazetteer; add one, or leave it out.`,
  );
}
