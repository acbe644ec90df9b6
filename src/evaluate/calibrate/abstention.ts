import { clopperPearsonUpper, clopperPearsonWithin } from './clopper-pearson.js';

export interface Doubted {
  readonly id: string;
  readonly cluster: string;
  readonly spread: number;
  readonly errorKm: number;
}

/** Beyond it an answer misleads. */
export const RISK_KM = 750;

export interface Abstention {
  /** The widest accepted spread; null where not even the surest answers can be promised. */
  readonly confidentSpread: number | null;
  /** Of one photo a cluster: how many lie within it, and how many of them are off by more than 750 km. */
  readonly accepted: number;
  readonly errors: number;
  readonly of: number;
  /** What the risk among them is at most, with 95 % confidence; null where none is accepted. */
  readonly riskBound: number | null;
}

/** The first threshold has this share of the clusters, and so many that one error among them would do. */
const FIRST_SHARE = 1 / 5;
const THRESHOLDS = 9;

/**
 * A few thresholds on spread are tested from tight to loose and accepted while Clopper and Pearson's (1934) exact 95 %
 * upper bound of the risk among the answers within them stays at or under `risk`: fixed-sequence testing, of which the
 * first failure is the last test, so that the whole has the error rate of one (Angelopoulos et al. 2021, Learn then
 * test). Each test that can fail costs power: a sequence that began where no error is allowed and went on answer by
 * answer stopped at the first early error in most samples. Which answers a threshold takes in depends on spreads alone.
 * One photo a cluster, that of the smallest id.
 */
export function chooseConfidentSpread(answers: readonly Doubted[], risk: number): Abstention {
  const sorted = onePerCluster(answers).toSorted((a, b) => a.spread - b.spread);
  const none: Abstention = { confidentSpread: null, accepted: 0, errors: 0, of: sorted.length, riskBound: null };
  let best = none;
  for (const count of thresholdCounts(sorted.length, risk)) {
    const { spread } = sorted[count - 1] as Doubted;
    // Answers of one spread are accepted together.
    const within = sorted.filter((answer) => answer.spread <= spread);
    const errors = within.filter((answer) => answer.errorKm > RISK_KM).length;
    if (!clopperPearsonWithin(errors, within.length, risk)) break;
    best = { ...best, confidentSpread: spread, accepted: within.length, errors };
  }
  return best === none ? none : { ...best, riskBound: clopperPearsonUpper(best.errors, best.accepted) };
}

/** How many answers each threshold takes in, ascending to all of them; none where all are too few for one error. */
function thresholdCounts(of: number, risk: number): number[] {
  let first = Math.max(1, Math.ceil(FIRST_SHARE * of));
  while (first <= of && !clopperPearsonWithin(1, first, risk)) first++;
  if (first > of) return [];
  const counts = Array.from({ length: THRESHOLDS }, (_, i) =>
    Math.round(first + ((of - first) * i) / (THRESHOLDS - 1)),
  );
  return [...new Set(counts)];
}

function onePerCluster(answers: readonly Doubted[]): Doubted[] {
  const first = new Map<string, Doubted>();
  for (const answer of answers) {
    const known = first.get(answer.cluster);
    if (known === undefined || answer.id < known.id) first.set(answer.cluster, answer);
  }
  return [...first.values()];
}
