import type { Located, WeighedEvidence } from '../../locate/judge.js';
import type { Locator } from '../../locate/locator.js';
import type { Retrieved } from '../../locate/retrieve.js';
import type { EvaluationQuery } from '../evaluation-query.js';
import { named } from '../name-failure.js';

/** @throws `not_finite` with the query's id, and what `Locator.judge` throws */
export function judgeNamed(
  locator: Locator,
  { query, retrieved }: { readonly query: EvaluationQuery; readonly retrieved: Retrieved },
): Located {
  return naming(query, () => locator.judge(query, retrieved));
}

/** @throws as `judgeNamed` */
export function weighNamed(
  locator: Locator,
  { query, retrieved }: { readonly query: EvaluationQuery; readonly retrieved: Retrieved },
): WeighedEvidence {
  return naming(query, () => locator.weigh(query, retrieved));
}

function naming<T>(query: EvaluationQuery, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw named(error, query);
  }
}
