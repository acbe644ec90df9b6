import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { refuseAboutPersons, WORDS_ABOUT_PERSONS } from '../../../src/domain/words-about-persons.js';

const refused = (text: string): boolean => {
  try {
    refuseAboutPersons('it', text);
    return false;
  } catch (error) {
    expect(error).toMatchObject({ code: 'labels_about_persons' });
    return true;
  }
};

describe('words about persons', () => {
  it('are refused whole, in any case, in the plural and with any sign between them', () => {
    for (const word of WORDS_ABOUT_PERSONS) {
      expect([word, refused(`A photo of a ${word.toUpperCase()}.`)]).toEqual([word, true]);
      expect([word, refused(`${word}s, and a street`)]).toEqual([word, true]);
    }
    for (const text of [
      'two women',
      'CHILDREN',
      'the children’s faces',
      'dark skinned',
      'thieves',
      'homeless\tpeople',
    ]) {
      expect([text, refused(text)]).toEqual([text, true]);
    }
  });

  it('are no part of other words, of names, or of what says whom a place is for', () => {
    const places = ['manhole', 'Isle of Man', 'in the United Arab Emirates.', 'poor road', 'black soil', 'white wall'];
    const forWhom = ['girls’ school', 'children’s playground', 'a Hindu temple', 'Jewish cemetery', 'refugee camp'];
    for (const text of [...places, ...forWhom]) expect([text, refused(text)]).toEqual([text, false]);
  });

  it('stand in no name of a country', () => {
    const names = new Intl.DisplayNames('en', { type: 'region' });
    const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
    const countries = letters.flatMap((a) => letters.map((b) => names.of(a + b) ?? ''));
    expect(countries).toContain('Isle of Man');
    expect(countries.filter(refused)).toEqual([]);
  });

  it('are published', () => {
    const page = readFileSync('docs/collection.md', 'utf8');
    expect(WORDS_ABOUT_PERSONS.filter((word) => !page.includes(`\`${word}\``))).toEqual([]);
  });
});
