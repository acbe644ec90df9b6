import type { Caption, CaptionTemplates } from '../domain/caption.js';
import type { BoundingBox, GeoPoint } from '../domain/geo-point.js';
import type { NearestPlace, Place, PlaceLevel } from '../domain/place.js';

export interface PlaceMatch extends Place {
  /** The name that matched, in the gazetteer's spelling; possibly an alternate one. */
  readonly matched: string;
}

/** The world's places: one SQLite file, opened read-only, with everything needed in memory. */
export interface Gazetteer {
  /** sha-256 of its contents; caption sets record it. */
  readonly hash: string;
  readonly attribution: string;
  readonly countries: readonly Place[];
  readonly regions: readonly Place[];
  /** Most populous first. */
  readonly cities: readonly Place[];
  /** Countries whose captions are scored by region (docs/blend.md, section 4), ISO codes. */
  readonly splitCountries: ReadonlySet<string>;
  place(id: string): Place | null;
  /**
   * A place's reach: for regions and countries the population-weighted RMS distance of their places from `point`, at least 25
   * km; for a city the radius √(population/2500π) km. null for an unknown id.
   */
  spreadKm(id: string): number | null;
  /** Cities of a country or region, most populous first. */
  citiesIn(parentId: string): readonly Place[];
  regionsOf(iso2: string): readonly Place[];
  /**
   * Finds places by name, without accents and case, alternate names included. Best first: exact before prefix, then by
   * population.
   */
  search(text: string, options?: { level?: PlaceLevel; iso2?: string; limit?: number }): readonly PlaceMatch[];
  /** ISO code of the country whose borders hold the point; null at sea. */
  countryAt(point: GeoPoint): string | null;
  /**
   * The nearest city, with its distance, in the country whose borders hold the point; name, region and distance are null where
   * that has no city (Antarctica). At sea the nearest city of all, with country null.
   */
  nearest(point: GeoPoint): NearestPlace;
  citiesWithin(box: BoundingBox): readonly Place[];
  /** Captions of all countries, of the regions of the split countries, and of all cities. */
  captions(templates: CaptionTemplates): readonly Caption[];
  stats(): { countries: number; regions: number; cities: number; source: string; built_at: string };
  close(): void;
}
