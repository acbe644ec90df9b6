const LANGUAGES = [
  ...['en-US', 'en-GB', 'de', 'de-AT', 'fr', 'es', 'it', 'pt', 'nl', 'sv', 'da', 'nb', 'fi', 'is', 'et', 'lv', 'lt'],
  ...['pl', 'cs', 'sk', 'sl', 'hr', 'sr-Latn', 'hu', 'ro', 'bg', 'ru', 'uk', 'el', 'tr', 'ca', 'gl', 'id'],
];

/** Abbreviations of former locale data. */
const OLDER: readonly (readonly [string, number])[] = [
  ['mrz', 3],
  ['okt', 10],
  ['dez', 12],
];

interface Words {
  /** Month 1 to 12 by its word; 0 where languages disagree, as on `listopad`. */
  readonly months: ReadonlyMap<string, number>;
  readonly weekdays: ReadonlySet<string>;
}

let words: Words | undefined;

/** Names of months and weekdays, long and short, as Node's locale data has them; lower case, without a full stop. */
export function dateWords(): Words {
  words ??= collect();
  return words;
}

function collect(): Words {
  const months = new Map(OLDER);
  const weekdays = new Set<string>();
  for (const language of LANGUAGES) {
    for (const length of ['long', 'short'] as const) {
      // Many languages decline the name within a date, so both forms are taken.
      const alone = new Intl.DateTimeFormat(language, { month: length, timeZone: 'UTC' });
      const within = new Intl.DateTimeFormat(language, { month: length, day: 'numeric', timeZone: 'UTC' });
      const weekday = new Intl.DateTimeFormat(language, { weekday: length, timeZone: 'UTC' });
      for (let month = 1; month <= 12; month++) {
        const date = Date.UTC(2009, month - 1, 15);
        for (const format of [alone, within]) {
          const word = plainWord(format.formatToParts(date).find(({ type }) => type === 'month')?.value ?? '');
          if (/\d/.test(word)) continue;
          const known = months.get(word);
          months.set(word, known === undefined || known === month ? month : 0);
        }
        weekdays.add(plainWord(weekday.format(Date.UTC(2009, 0, month))));
      }
    }
  }
  return { months, weekdays };
}

export function plainWord(word: string): string {
  return word.normalize('NFC').toLowerCase().replace(/\.$/, '');
}
