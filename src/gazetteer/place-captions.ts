import type { Caption, CaptionTemplates } from '../domain/caption.js';
import type { Place } from '../domain/place.js';
import type { Gazetteer } from './gazetteer.js';

const ARTICLE =
  /^(Bahamas|Gambia|Netherlands|Philippines|Maldives|Seychelles|Comoros|Vatican|Congo|Isle of Man|Soviet Union)$|^Netherlands Antilles$|\b(Republic|Kingdom|States|Emirates|Territory|Territories)\b|\bIslands$/;
const NO_ARTICLE = /^(Heard Island|South Georgia)\b/;

/** A country's name after "in" in English: "the Netherlands", "the United Kingdom", "Chile". */
export function withArticle(country: string): string {
  return ARTICLE.test(country) && !NO_ARTICLE.test(country) ? `the ${country}` : country;
}

/**
 * Captions (docs/blend.md, section 4) of every country where people live, of the regions of the split countries, and of every
 * city, in this order. After a region the country has no article, as in "California, United States".
 */
export function placeCaptions(
  places: Pick<Gazetteer, 'countries' | 'regions' | 'cities' | 'splitCountries'>,
  templates: CaptionTemplates,
): readonly Caption[] {
  const countries = places.countries.filter((place) => place.population > 0);
  const regions = places.regions.filter((place) => places.splitCountries.has(place.iso2));
  return [
    ...countries.map((place) => caption(place, templates.country, { country: withArticle(place.name) })),
    ...regions.map((place) => caption(place, templates.region, { region: place.name, country: place.country })),
    ...places.cities.map((place) =>
      caption(place, templates.city, {
        city: place.name,
        town: place.name,
        region: place.region ?? place.country,
        country: place.country,
      }),
    ),
  ];
}

function caption(place: Place, template: string, words: Readonly<Record<string, string>>): Caption {
  const text = template.replace(/\{(\w+)\}/g, (slot, key: string) => words[key] ?? slot);
  return { id: place.id, level: place.level, text };
}
