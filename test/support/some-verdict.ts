import type { Verdict } from '../../src/api/types.js';

/** A verdict as answers carry it: of an answer in Sopot. */
export function someVerdict(more: Partial<Verdict> = {}): Verdict {
  return {
    ...{ word: 'likely', level: 'town', headline: 'Sopot, Pomerania, Poland', probability: 0.82, risk: 0.2 },
    ...{ unchecked: null, sentence: 'Likely: of 100 answers like this one, at most 20 are more than 25 km off.' },
    roll_up: {
      ...{ town: 0.82, region: 0.85 },
      country: { iso2: 'PL', name: 'Poland', probability: 0.9 },
      continent: { code: 'EU', name: 'Europe', probability: 0.95 },
    },
    ...more,
  };
}
