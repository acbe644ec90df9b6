import { fault, hasCode } from '../domain/errors.js';
import type { EvaluationQuery } from './evaluation-query.js';

/** A failure that is no one's but the numbers' names the query that it came from; any other comes back as it is. */
export function named(error: unknown, query: Pick<EvaluationQuery, 'id'>): unknown {
  if (!hasCode(error, 'not_finite') && !hasCode(error, 'vector_not_finite')) return error;
  return fault('not_finite', `${error.message} The query was ${query.id}.`, { cause: error });
}
