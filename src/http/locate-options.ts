import type { z } from 'zod';
import type { locateOptionsSchema } from '../api/locate.js';
import type { AnswerOptions } from '../locate/answer-query.js';
import { toHints } from '../locate/to-hints.js';
import { checkedFilter } from './checked-filter.js';

/** The options of a locate call in the words of `locate/`. @throws `request_invalid` where `exclude` stands twice */
export function toAnswerOptions(options: z.output<typeof locateOptionsSchema>): AnswerOptions {
  const filter = checkedFilter(options);
  const hints = toHints(options.hints);
  const { weights, utility, retrieval_kernel, candidates, k, posterior, include_self, include_embedding } = options;
  const overrides = {
    ...weights,
    ...(utility !== undefined && { utility }),
    ...(retrieval_kernel !== undefined && { retrieval_kernel }),
  };
  return {
    ...(Object.keys(overrides).length > 0 && { overrides }),
    ...(filter !== undefined && { filter }),
    ...(hints !== undefined && { hints }),
    ...(candidates !== undefined && { candidates }),
    ...(k !== undefined && { neighbours: k }),
    ...(posterior !== undefined && { posterior }),
    ...(include_self !== undefined && { includeSelf: include_self }),
    ...(include_embedding !== undefined && { includeEmbedding: include_embedding }),
  };
}
