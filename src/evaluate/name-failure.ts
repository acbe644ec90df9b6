import { fault, hasCode } from '../domain/errors.js';
import type { EvaluationQuery } from './evaluation-query.js';

/** Adds the query's id to a numerical failure (`not_finite`); any other error comes back as it is. */
export function named(error: unknown, query: Pick<EvaluationQuery, 'id'>): unknown {
  if (!hasCode(error, 'not_finite') && !hasCode(error, 'vector_not_finite')) return error;
  return fault('not_finite', `${error.message} The query was ${query.id}.`, { cause: error });
}
