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
  /** The widest accepted spread; 0 where not even the surest answers can be promised. */
  readonly confidentSpread: number;
  /** Of one photo a cluster: how many lie within it, and how many of them are off by more than 750 km. */
  readonly accepted: number;
  readonly errors: number;
  readonly of: number;
  /** What the risk among them is at most, with 95 % confidence; null where none is accepted. */
  readonly riskBound: number | null;
}

/**
 * Thresholds on spread are accepted from tight to loose while the exact 95 % upper bound of the risk among the answers
 * within them stays at or under `risk`: fixed-sequence testing, so that the whole has the error rate of one test. The
 * first threshold has so many photos that no error would do; it depends on spreads alone, as the order of the
 * thresholds does. One photo a cluster, that of the smallest id.
 */
export function chooseConfidentSpread(answers: readonly Doubted[], risk: number): Abstention {
  const sorted = onePerCluster(answers).toSorted((a, b) => a.spread - b.spread);
  const least = Math.ceil(Math.log(0.05) / Math.log1p(-risk));
  let best: Abstention = { confidentSpread: 0, accepted: 0, errors: 0, of: sorted.length, riskBound: null };
  let errors = 0;
  for (const [i, answer] of sorted.entries()) {
    if (answer.errorKm > RISK_KM) errors++;
    const accepted = i + 1;
    // Answers of one spread are accepted together.
    if (accepted < least || sorted[accepted]?.spread === answer.spread) continue;
    if (!clopperPearsonWithin(errors, accepted, risk)) break;
    best = { ...best, confidentSpread: answer.spread, accepted, errors };
  }
  return best.accepted === 0 ? best : { ...best, riskBound: clopperPearsonUpper(best.errors, best.accepted) };
}

function onePerCluster(answers: readonly Doubted[]): Doubted[] {
  const first = new Map<string, Doubted>();
  for (const answer of answers) {
    const known = first.get(answer.cluster);
    if (known === undefined || answer.id < known.id) first.set(answer.cluster, answer);
  }
  return [...first.values()];
}
