import { present } from '../domain/present.js';
import type { JudgedAnswer } from './judged-answers.js';
import { type Accuracy, accuracy, coveragePercent } from './metrics.js';

/** A profile's figures on queries that neither its fit nor its calibration saw. */
export interface CheckedProfile {
  /** Mean log loss; clusters count alike. */
  readonly logLoss: number;
  readonly accuracy: Accuracy;
  /** By query and, `PerAuthor`, with clusters counting alike, which is what a calibration promises. */
  readonly coverage50Percent: number;
  readonly coverage90Percent: number;
  readonly coverage50PerAuthorPercent: number;
  readonly coverage90PerAuthorPercent: number;
  /** Percent of errors beyond 750 km, of all queries and of the surer half by spread. */
  readonly riskPercent: number;
  readonly surerHalfRiskPercent: number;
}

export function checkedProfile(answers: readonly JudgedAnswer[]): CheckedProfile {
  const errors = answers.map((answer) => answer.errorKm);
  const bySpread = answers.toSorted((a, b) => a.spread - b.spread);
  const far = (some: readonly JudgedAnswer[]) =>
    100 - present(accuracy(some.map((answer) => answer.errorKm)).withinPercent['750']);
  const radii50 = answers.map((answer) => answer.radius50Km);
  const radii90 = answers.map((answer) => answer.radius90Km);
  const alike = (value: (answer: JudgedAnswer) => number) => weightedMean(answers, value);
  return {
    logLoss: alike((answer) => answer.loss),
    accuracy: accuracy(errors),
    coverage50Percent: coveragePercent(errors, radii50),
    coverage90Percent: coveragePercent(errors, radii90),
    coverage50PerAuthorPercent: alike((answer) => (answer.errorKm <= answer.radius50Km ? 100 : 0)),
    coverage90PerAuthorPercent: alike((answer) => (answer.errorKm <= answer.radius90Km ? 100 : 0)),
    riskPercent: far(answers),
    surerHalfRiskPercent: far(bySpread.slice(0, Math.ceil(answers.length / 2))),
  };
}

function weightedMean(answers: readonly JudgedAnswer[], value: (answer: JudgedAnswer) => number): number {
  const total = answers.reduce((sum, answer) => sum + answer.weight * value(answer), 0);
  return total / answers.reduce((sum, { weight }) => sum + weight, 0);
}
