import { computed, signal } from '@preact/signals';
import { store, stored } from '../state/stored.js';
import { de } from './de.js';
import { type Catalogue, en } from './en.js';

/** A further language needs a file beside en.ts and a line here. The compiler reports missing texts. */
const CATALOGUES = { en, de } as const satisfies Record<string, Catalogue>;

export type Language = keyof typeof CATALOGUES;
export const LANGUAGES = Object.keys(CATALOGUES) as readonly Language[];

export const language = signal<Language>(firstLanguage());

/** Every text of the page in the chosen language: `t.value.locate.choose`. */
export const t = computed<Catalogue>(() => CATALOGUES[language.value]);

export function chooseLanguage(chosen: Language): void {
  language.value = chosen;
  store('language', chosen);
  document.documentElement.lang = chosen;
}

/** `Deutsch` for `de`. */
export const nameOfLanguage = (code: Language): string =>
  new Intl.DisplayNames([code], { type: 'language' }).of(code) ?? code;

export function countryName(iso2: string): string {
  try {
    return countryNames.value.of(iso2) ?? iso2;
  } catch {
    return iso2;
  }
}

const countryNames = computed(() => new Intl.DisplayNames([language.value], { type: 'region' }));

function firstLanguage(): Language {
  const wanted = [stored('language'), ...navigator.languages.map((code) => code.slice(0, 2))];
  const found = wanted.find((code): code is Language => code !== null && code in CATALOGUES) ?? 'en';
  document.documentElement.lang = found;
  return found;
}
