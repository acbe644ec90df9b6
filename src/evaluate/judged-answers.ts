import { present } from '../domain/present.js';
import { distanceKm } from '../geo/distance.js';
import type { Located } from '../locate/judge.js';
import type { Locator } from '../locate/locator.js';
import { isWrong, namedLevel, rollUp } from '../locate/roll-up.js';
import type { UncalibratedAnswer } from './calibrate/calibrate-profile.js';
import type { WeighedQuery } from './fit/fit-profile.js';
import { judgeNamed } from './fit/judge-named.js';
import { logLoss, nearness, product } from './fit/log-loss.js';

/** A profile's answer to a query whose place is known; its radii are calibrated where the profile is. */
export interface JudgedAnswer extends UncalibratedAnswer {
  /** In nats. */
  readonly loss: number;
  /** Weight of the query: those of one cluster weigh 1 together. */
  readonly weight: number;
}

/** @throws `not_finite` with the query's id, and what `Locator.judge` throws */
export function judgedAnswers(queries: readonly WeighedQuery[], locator: Locator): JudgedAnswer[] {
  return queries.map((one) => {
    const { query, weight } = one;
    const located = judgeNamed(locator, one);
    const { candidates, support, posterior, spread, notIndexed } = located;
    const { at, radius50Km, radius90Km } = present(candidates[0]);
    const errorKm = distanceKm(present(support.points[at]), query.truth);
    return {
      id: query.id,
      cluster: query.cluster,
      spread,
      notIndexed,
      errorKm,
      ...levelOf(located, errorKm, locator.gazetteer.countryAt(query.truth)),
      radius50Km,
      radius90Km,
      loss: logLoss(product(posterior.probability, nearness(query.truth, support.points))),
      weight,
    };
  });
}

/**
 * The level that an answer names, and whether it is wrong at it; an answer that names none is never wrong.
 * @param truth the truth's country; null at sea
 */
export function levelOf(
  located: Located,
  errorKm: number,
  truth: string | null,
): Pick<JudgedAnswer, 'level' | 'wrong'> {
  const masses = rollUp(located);
  const level = namedLevel(masses, located.coverage.covered);
  const checked = level !== null && level !== 'continent';
  return { level, wrong: checked && isWrong(level, { errorKm, answered: masses.iso2, truth }) };
}
