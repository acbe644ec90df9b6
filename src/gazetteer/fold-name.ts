const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  ħ: 'h',
  ŧ: 't',
  ŋ: 'n',
  ə: 'a',
};
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');

/**
 * A name's form for comparing: no case, no accents (NFKD without U+0300 to U+036F; marks of other scripts are letters), no
 * apostrophes, other punctuation as one space.
 */
export function foldName(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[\u0300-\u036f]/g, '')
    .replace(SPECIAL, (letter) => LETTERS[letter] ?? letter)
    .replace(/['’‘`´ʻʼʿʾ]/g, '')
    .replace(/[\s\p{P}\p{S}]+/gu, ' ')
    .trim();
}
