import { fault } from './errors.js';

/**
 * What a label may not say, since it sorts persons by what they are: docs/collection.md shows the list and says that it is
 * not complete. That there are people in a picture, or what they do, is not on it.
 */
export const WORDS_ABOUT_PERSONS: readonly string[] = [
  ...['man', 'woman', 'boy', 'girl', 'male', 'female', 'transgender', 'nonbinary'],
  ...['gay', 'lesbian', 'homosexual', 'heterosexual', 'bisexual', 'queer'],
  ...['child', 'baby', 'teenager', 'adult', 'elderly', 'old people', 'young people'],
  ...['race', 'ethnicity', 'ethnic group', 'skin colour', 'skin color', 'dark-skinned', 'light-skinned'],
  ...['black people', 'white people', 'black person', 'white person', 'asian', 'african american', 'caucasian'],
  ...['hispanic', 'latino', 'arab', 'indigenous', 'aboriginal', 'gypsy', 'roma people'],
  ...['christian', 'muslim', 'jew', 'jewish people', 'hindu', 'buddhist', 'sikh', 'atheist', 'believer'],
  ...['immigrant', 'migrant', 'refugee', 'asylum seeker', 'foreigner', 'illegal alien'],
  ...['poor people', 'rich people', 'homeless', 'beggar', 'tramp', 'slum dweller', 'unemployed'],
  ...['criminal', 'thief', 'burglar', 'gangster', 'terrorist', 'prostitute', 'drug addict', 'drug dealer', 'suspect'],
  ...['disabled person', 'disabled people', 'mentally ill', 'drunk', 'pregnant', 'obese', 'fat person'],
  ...['beautiful person', 'ugly person', 'attractive person', 'celebrity', 'politician', 'protester'],
];

/** Names that hold such a word and say nothing about anyone. */
const NAMES = [
  'isle of man',
  'united arab emirates',
  'syrian arab republic',
  'men at work',
  'child care',
  'race track',
];

/** What follows such a word where it says whom a place is for: `girls’ school`, `hindu temple`. */
const PLACES =
  'church|cathedral|temple|mosque|shrine|synagogue|cemetery|school|playground|toilet|shop|clothing|restaurant|supermarket|market|hospital|shelter|camp|crossing|course';

/** Plurals that are not made with an s. */
const PLURALS: Readonly<Record<string, string>> = {
  ...{ man: 'men', woman: 'women', child: 'children', baby: 'babies', thief: 'thieves' },
  ...{ celebrity: 'celebrities', gypsy: 'gypsies', ethnicity: 'ethnicities' },
};

const spaced = (text: string) => ` ${text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ' ')} `;

/** Each word with its plural, whole, not before the word for a place. */
const LISTED = WORDS_ABOUT_PERSONS.map((word) => {
  const forms = [word, `${word}s`, PLURALS[word] ?? word].map((form) => spaced(form).trim()).join('|');
  return { word, pattern: new RegExp(` (?:${forms})(?: s)? (?!(?:s )?(?:${PLACES})s? )`) };
});

/** The first word of the list in a text, whatever its case; null where there is none. */
function wordAboutPersons(text: string): string | null {
  const rest = NAMES.reduce((left, name) => left.replaceAll(spaced(name), ' . '), spaced(text));
  return LISTED.find(({ pattern }) => pattern.test(rest))?.word ?? null;
}

/**
 * @param what names these texts: `the label 'x'`
 * @throws `labels_about_persons`
 */
export function refuseAboutPersons(what: string, ...texts: readonly string[]): void {
  for (const text of texts) {
    const word = wordAboutPersons(text);
    if (word === null) continue;
    throw fault(
      'labels_about_persons',
      `Expected labels about places and things, but ${what} is about persons ('${word}'). streetdex does not sort people; docs/collection.md has the list of such words.`,
    );
  }
}
