import type { Figures } from './evaluation.js';

/** The verdicts in words, the surest first. */
export function verdictParts({ verdicts }: Pick<Figures, 'verdicts'>): readonly {
  readonly name: string;
  readonly percent: number;
  readonly wrong: number | null;
}[] {
  if (verdicts === null) return [];
  return Object.entries(verdicts)
    .filter(([, { percent }]) => percent > 0)
    .map(([word, { percent, wrong_percent }]) => ({ name: word.replace('_', ' '), percent, wrong: wrong_percent }));
}
