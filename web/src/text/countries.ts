import { iso2Codes } from 'virtual:basemap';
import { computed } from '@preact/signals';
import { countryName, language } from './language.js';

/** Every country by its name in the page's language, in that language's order. */
export const countries = computed(() => {
  const collator = new Intl.Collator(language.value);
  return iso2Codes.map((iso2) => ({ iso2, name: countryName(iso2) })).sort((a, b) => collator.compare(a.name, b.name));
});
