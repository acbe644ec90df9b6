import type { Place } from '../domain/place.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import type { CaptionSet } from '../references/caption-set.js';

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
  readonly countries: readonly Place[];
  readonly areas: readonly Area[];
  /** The captions that are always scored: countries in their order, then the split countries' regions. */
  readonly coarse: readonly Place[];
  readonly coarseIds: readonly string[];
  readonly cities: readonly Place[];
  readonly cityIds: readonly string[];
  /** Share of each city in its area by population^γ: sums to 1 over an area. */
  readonly cityShare: Float64Array;
  readonly cityLogShare: Float64Array;
}

/** @param exponent γ, the power of the population that shares out an area among its cities and regions */
export function buildCaptionTree(gazetteer: Gazetteer, captions: CaptionSet, exponent: number): CaptionTree {
  const hasCaption = (place: Place) => captions.vector(place.id) !== null;
  const countries = gazetteer.countries.filter(hasCaption);
  const coarse: Place[] = [...countries];
  const areas: Area[] = [];
  const cities: Place[] = [];
  const cityShare: number[] = [];

  const addArea = (place: Place, country: number, label: number, logShare: number) => {
    const own = gazetteer.citiesIn(place.id).filter(hasCaption);
    const start = cities.length;
    cities.push(...own);
    cityShare.push(...populationShares(own, exponent));
    areas.push({ place, country, label, logShare, start, end: cities.length });
  };

  countries.forEach((country, i) => {
    const regions = gazetteer.splitCountries.has(country.iso2)
      ? gazetteer.regionsOf(country.iso2).filter(hasCaption)
      : [];
    if (regions.length === 0) {
      addArea(country, i, i, 0);
      return;
    }
    const shares = populationShares(regions, exponent);
    regions.forEach((region, r) => {
      coarse.push(region);
      addArea(region, i, coarse.length - 1, Math.log(shares[r] as number));
    });
  });
  return {
    countries,
    areas,
    coarse,
    coarseIds: coarse.map((place) => place.id),
    cities,
    cityIds: cities.map((place) => place.id),
    cityShare: Float64Array.from(cityShare),
    cityLogShare: Float64Array.from(cityShare, Math.log),
  };
}

/** A place without a known population counts as one person: it stays possible. */
function populationShares(places: readonly Place[], exponent: number): number[] {
  const weights = places.map((place) => Math.max(1, place.population) ** exponent);
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / sum);
}
