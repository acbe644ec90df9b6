import type { Place } from '../domain/place.js';
import { present } from '../domain/present.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import type { CaptionRows, CaptionSet } from '../references/caption-set.js';

/** A country that is scored whole, or a region of one that is split: what cities hang on. */
export interface Area {
  readonly place: Place;
  /** Position of its country in `CaptionTree.countries`. */
  readonly country: number;
  /** Position of its caption in `CaptionTree.coarse`. */
  readonly label: number;
  /** log π(area | country): 0 for a whole country. */
  readonly logShare: number;
  /** Its cities are `cities[start]` to `cities[end − 1]`, most populous first. */
  readonly start: number;
  readonly end: number;
}

/** The places that have captions, laid out for scoring: made once per gazetteer and caption set. */
export interface CaptionTree {
  /** γ, the power of the population that shares out an area among its cities, and a country among its regions. */
  readonly exponent: number;
  readonly countries: readonly Place[];
  readonly areas: readonly Area[];
  /** The captions that are always scored: countries in their order, then the split countries' regions. */
  readonly coarse: readonly Place[];
  readonly coarseRows: CaptionRows;
  readonly cities: readonly Place[];
  readonly cityRows: CaptionRows;
  readonly cityLogPopulation: Float64Array;
  /** Share of each city in its area by population^γ: sums to 1 over an area. */
  readonly cityShare: Float64Array;
  readonly cityLogShare: Float64Array;
}

/** @param exponent γ, the power of the population that shares out an area among its cities and regions */
export function buildCaptionTree(gazetteer: Gazetteer, captions: CaptionSet, exponent: number): CaptionTree {
  const hasCaption = (place: Place) => captions.has(place.id);
  const countries = gazetteer.countries.filter(hasCaption);
  const coarse: Place[] = [...countries];
  const areas: Omit<Area, 'logShare'>[] = [];
  const cities: Place[] = [];

  const addArea = (place: Place, country: number, label: number) => {
    const start = cities.length;
    cities.push(...gazetteer.citiesIn(place.id).filter(hasCaption));
    areas.push({ place, country, label, start, end: cities.length });
  };

  countries.forEach((country, i) => {
    const regions = gazetteer.splitCountries.has(country.iso2)
      ? gazetteer.regionsOf(country.iso2).filter(hasCaption)
      : [];
    if (regions.length === 0) addArea(country, i, i);
    for (const region of regions) addArea(region, i, coarse.push(region) - 1);
  });
  const rows = (places: readonly Place[]) => captions.rows(places.map((place) => place.id));
  const layout = {
    ...{ countries, coarse, coarseRows: rows(coarse), cities, cityRows: rows(cities) },
    cityLogPopulation: logPopulations(cities),
  };
  return shareOut(layout, areas, exponent);
}

/** The same tree shared out by another power of the population; itself where that is its own. */
export function withExponent(tree: CaptionTree, exponent: number): CaptionTree {
  return exponent === tree.exponent ? tree : shareOut(tree, tree.areas, exponent);
}

function shareOut(
  layout: Omit<CaptionTree, 'exponent' | 'areas' | 'cityShare' | 'cityLogShare'>,
  areas: readonly Omit<Area, 'logShare'>[],
  exponent: number,
): CaptionTree {
  const cityLogShare = layout.cityLogPopulation.map((log) => exponent * log);
  for (const { start, end } of areas) normaliseLogs(cityLogShare.subarray(start, end));
  const areaLogShare = logPopulations(areas.map(({ place }) => place)).map((log) => exponent * log);
  // A country's areas stand together: its regions, or itself alone with a share of 1.
  for (let first = 0; first < areas.length; ) {
    let next = first;
    while (next < areas.length && areas[next]?.country === areas[first]?.country) next++;
    normaliseLogs(areaLogShare.subarray(first, next));
    first = next;
  }
  return {
    ...layout,
    exponent,
    areas: areas.map((area, a) => ({ ...area, logShare: present(areaLogShare[a]) })),
    cityShare: cityLogShare.map(Math.exp),
    cityLogShare,
  };
}

/** A place without a known population counts as one person: it stays possible. */
function logPopulations(places: readonly Place[]): Float64Array {
  return Float64Array.from(places, ({ population }) => Math.log(Math.max(1, population)));
}

/** Logarithms of what adds up to 1, from logarithms of what does not; in place. */
function normaliseLogs(logs: Float64Array): void {
  const sum = logs.reduce((total, log) => total + Math.exp(log), 0);
  const logSum = Math.log(sum);
  for (let i = 0; i < logs.length; i++) logs[i] = present(logs[i]) - logSum;
}
