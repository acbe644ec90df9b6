import { describe, expect, it } from '@jest/globals';
import { STREETCLIP_TEMPLATES } from '../../../src/domain/caption.js';
import type { Place } from '../../../src/domain/place.js';
import { placeCaptions, withArticle } from '../../../src/gazetteer/place-captions.js';

const point = { lat: 0, lon: 0 };
const country = (iso2: string, name: string, population = 1e6): Place => ({
  id: iso2,
  level: 'country',
  name,
  region: null,
  regionId: null,
  country: name,
  iso2,
  point,
  population,
});
const states = country('US', 'United States');
const poland = country('PL', 'Poland');
const region = (of: Place, code: string, name: string): Place => ({
  ...of,
  id: `${of.iso2}.${code}`,
  level: 'region',
  name,
  region: name,
});
const sopot: Place = { ...poland, id: '3085151', level: 'city', name: 'Sopot', region: 'Pomerania', regionId: 'PL.82' };

describe('withArticle', () => {
  it.each([
    'Netherlands',
    'Philippines',
    'United States',
    'United Kingdom',
    'United Arab Emirates',
    'Czech Republic',
    'Dominican Republic',
    'Central African Republic',
    'Democratic Republic of the Congo',
    'Republic of the Congo',
    'Bahamas',
    'Gambia',
    'Maldives',
    'Seychelles',
    'Comoros',
    'Solomon Islands',
    'Marshall Islands',
    'Faroe Islands',
    'Cayman Islands',
    'Turks and Caicos Islands',
    'U.S. Virgin Islands',
    'Isle of Man',
    'Vatican',
    'Palestinian Territory',
  ])('says "the %s"', (name) => {
    expect(withArticle(name)).toBe(`the ${name}`);
  });

  it.each([
    'Poland',
    'Ukraine',
    'Ireland',
    'Iceland',
    'Dominica',
    'Antigua and Barbuda',
    'South Georgia and the South Sandwich Islands',
    'Saint Vincent and the Grenadines',
    'Micronesia',
    'Sudan',
  ])('says "%s" alone', (name) => {
    expect(withArticle(name)).toBe(name);
  });
});

describe('placeCaptions', () => {
  const places = {
    countries: [poland, states, country('BV', 'Bouvet Island', 0)],
    regions: [region(states, 'CA', 'California'), region(poland, '82', 'Pomerania')],
    cities: [sopot],
    splitCountries: new Set(['US']),
  };

  it('words countries where people live, regions of split countries, and cities', () => {
    expect(placeCaptions(places, STREETCLIP_TEMPLATES)).toEqual([
      { id: 'PL', level: 'country', text: 'A Street View photo in Poland.' },
      { id: 'US', level: 'country', text: 'A Street View photo in the United States.' },
      { id: 'US.CA', level: 'region', text: 'A Street View photo in California, United States.' },
      { id: '3085151', level: 'city', text: 'A Street View photo from Sopot.' },
    ]);
  });

  it("fills the words of a model's own templates", () => {
    const templates = { ...STREETCLIP_TEMPLATES, city: 'The town of {town}, {region}, {country} ($&).' };
    expect(placeCaptions(places, templates).at(-1)?.text).toBe('The town of Sopot, Pomerania, Poland ($&).');
  });
});
