import { expect, it } from '@jest/globals';
import { countryCode, noSuchCountry } from '../../../src/gazetteer/country-code.js';

it.each([
  ['nz', 'NZ'],
  ['New Zealand', 'NZ'],
  ['  norge ', 'NO'],
  ['TÜRKIYE', 'TR'],
  ['cote d’ivoire', 'CI'],
  ['Österreich', 'AT'],
  ['日本', 'JP'],
  ['UK', 'GB'],
  ['Guinea', 'GN'],
  ['Guinea-Bissau', 'GW'],
  ['Republic of the Congo', 'CG'],
  ['XQ', 'XQ'],
])('takes %s for %s', (text, code) => {
  expect(countryCode(text)).toBe(code);
});

it.each(['Atlantis', 'X', '', 'DEU2', 'Virgin Islands'])('takes %p for no country', (text) => {
  expect(countryCode(text)).toBeNull();
});

it('says what may have been meant', () => {
  expect(noSuchCountry('Nrway')).toContain('Did you mean Norway?');
  expect(noSuchCountry('Qqqqqqqqq')).not.toContain('Did you mean');
});
