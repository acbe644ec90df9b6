import type { PlaceLevel } from './place.js';

/** A sentence that names a place. `id` is the place's id. */
export interface Caption {
  readonly id: string;
  readonly level: PlaceLevel;
  readonly text: string;
}

/** How captions are worded; `{city}`, `{town}`, `{region}`, `{country}` are replaced. A model's folder may carry its own. */
export interface CaptionTemplates {
  readonly country: string;
  readonly region: string;
  readonly city: string;
}

/** As StreetCLIP's published protocol words them (docs/evaluation.md). */
export const STREETCLIP_TEMPLATES: CaptionTemplates = {
  country: 'A Street View photo in {country}.',
  region: 'A Street View photo in {region}, {country}.',
  city: 'A Street View photo from {city}.',
};
