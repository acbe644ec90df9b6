/** A populated place as a source lists it. */
export interface SourceCity {
  /** GeoNames' id. */
  readonly id: string;
  readonly name: string;
  readonly iso2: string;
  /** Code of the first-level region within the country; empty where unknown. */
  readonly admin1: string;
  readonly lat: number;
  readonly lon: number;
  readonly population: number;
  /** GeoNames' feature code: PPLC is a capital, PPLX a section of a city; PPLH, PPLQ and PPLW no longer exist. */
  readonly feature: string;
  readonly alternates: readonly string[];
}

export interface SourceCountry {
  readonly iso2: string;
  readonly name: string;
  readonly population: number;
  readonly areaKm2: number;
  /** Primary language tags. */
  readonly languages: readonly string[];
}

/** The facts that a gazetteer is built from: the package's or GeoNames' own files. */
export interface GazetteerSource {
  /** Where the facts come from, for `stats`. */
  readonly description: string;
  readonly attribution: string;
  readonly cities: readonly SourceCity[];
  readonly countries: readonly SourceCountry[];
  /** Names of first-level regions by `CC.code`. */
  readonly regionNames: ReadonlyMap<string, string>;
}

export const GEONAMES_ATTRIBUTION = 'Places: GeoNames, www.geonames.org, CC BY 4.0';
