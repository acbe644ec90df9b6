import { present } from '../../domain/present.js';
import type { BlendProfile } from '../../locate/blend-profile.js';
import { type NamedLevel, VERDICT_LEVELS, type VerdictLevel } from '../../locate/roll-up.js';
import { RISKS } from '../../locate/verdict.js';
import { clopperPearsonUpper, clopperPearsonWithin } from './clopper-pearson.js';

export interface Doubted {
  readonly id: string;
  readonly cluster: string;
  readonly spread: number;
  /** Whether the answer is wrong at the level that it names. */
  readonly wrong: boolean;
}

export interface AcceptedSpread {
  /** The widest accepted spread; null where not even the surest answers can be promised. */
  readonly spread: number | null;
  /** Number of accepted answers, one photo a cluster, and of wrong ones among them. */
  readonly accepted: number;
  readonly errors: number;
  readonly of: number;
  /** Upper bound of the risk among them, with 95 % confidence; null where none is accepted. */
  readonly riskBound: number | null;
}

export type VerdictSpreads = Readonly<Record<VerdictLevel, Readonly<Record<keyof typeof RISKS, AcceptedSpread>>>>;

/** For each level, the widest spread at which answers that name it are sure, and likely. */
export function verdictSpreads(answers: readonly (Doubted & { readonly level: NamedLevel })[]): VerdictSpreads {
  const of = (level: VerdictLevel) => {
    const named = answers.filter((answer) => answer.level === level);
    return { sure: widestSpread(named, RISKS.sure), likely: widestSpread(named, RISKS.likely) };
  };
  // One entry for each level.
  return Object.fromEntries(VERDICT_LEVELS.map((level) => [level, of(level)])) as VerdictSpreads;
}

/** The spreads as a profile stores them. */
export function spreadsOnly(found: VerdictSpreads): NonNullable<NonNullable<BlendProfile['calibration']>['levels']> {
  const of = (level: VerdictLevel) => ({ sure: found[level].sure.spread, likely: found[level].likely.spread });
  return { town: of('town'), region: of('region'), country: of('country') };
}

/** The first threshold takes in this share of the clusters, and enough to allow for one error among them. */
const FIRST_SHARE = 1 / 5;
const THRESHOLDS = 9;

/**
 * Tests a few thresholds on spread from tight to loose and accepts them while Clopper and Pearson's (1934) exact 95 % upper
 * bound of the risk among the answers within them stays at or under `risk`: fixed-sequence testing, which ends with the first
 * failure and so has the error rate of a single test (Angelopoulos et al. 2021, Learn then test). Each test that can fail costs
 * power: a sequence that began where no error is allowed and went on answer by answer stopped at an early error in most
 * samples. Which answers a threshold takes in depends on spreads alone. Of each cluster the photo of smallest id counts.
 */
export function widestSpread(answers: readonly Doubted[], risk: number): AcceptedSpread {
  const sorted = onePerCluster(answers).toSorted((a, b) => a.spread - b.spread);
  const none: AcceptedSpread = { spread: null, accepted: 0, errors: 0, of: sorted.length, riskBound: null };
  let best = none;
  for (const count of thresholdCounts(sorted.length, risk)) {
    const { spread } = present(sorted[count - 1]);
    // Answers of one spread are accepted together.
    const within = sorted.filter((answer) => answer.spread <= spread);
    const errors = within.filter((answer) => answer.wrong).length;
    if (!clopperPearsonWithin(errors, within.length, risk)) break;
    best = { ...best, spread, accepted: within.length, errors };
  }
  return best === none ? none : { ...best, riskBound: clopperPearsonUpper(best.errors, best.accepted) };
}

/**
 * The number of answers that each threshold takes in, ascending to all of them. Where all are too few to allow for one error:
 * the fewest that allow for none (59 at 5 %, 14 at 20 %), and all; none where there are not even so many.
 */
function thresholdCounts(of: number, risk: number): number[] {
  const enough = (errors: number, from: number) => {
    let count = from;
    while (count <= of && !clopperPearsonWithin(errors, count, risk)) count++;
    return count;
  };
  const first = enough(1, Math.max(1, Math.ceil(FIRST_SHARE * of)));
  if (first <= of) {
    const counts = Array.from({ length: THRESHOLDS }, (_, i) =>
      Math.round(first + ((of - first) * i) / (THRESHOLDS - 1)),
    );
    return [...new Set(counts)];
  }
  const faultless = enough(0, 1);
  return faultless <= of ? [...new Set([faultless, of])] : [];
}

function onePerCluster(answers: readonly Doubted[]): Doubted[] {
  const first = new Map<string, Doubted>();
  for (const answer of answers) {
    const known = first.get(answer.cluster);
    if (known === undefined || answer.id < known.id) first.set(answer.cluster, answer);
  }
  return [...first.values()];
}
