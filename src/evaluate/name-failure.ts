import { ours, StreetdexError } from '../domain/errors.js';
import type { EvaluationQuery } from './evaluation-query.js';

/** A failure that is no one's but the numbers' names the query that it came from; any other comes back as it is. */
export function named(error: unknown, query: Pick<EvaluationQuery, 'id'>): unknown {
  if (!(error instanceof StreetdexError) || !/not_finite/.test(error.code)) return error;
  const code = error.code === 'vector_not_finite' ? 'not_finite_query' : error.code;
  return ours(code, `${error.message} The query was ${query.id}.`, error);
}
