import type { z } from 'zod';
import type { locateOptionsSchema } from '../api/locate.js';
import type { AnswerOptions } from '../locate/answer-query.js';
import { toHints } from '../locate/to-hints.js';
import { checkedFilter, tagsIn } from './checked-filter.js';
import type { CollectionParts } from './collection-parts.js';

/**
 * The options of a locate call in the words of `locate/`.
 * @param collection knows what the filter says of tags
 * @throws `request_invalid` where `exclude` stands twice, and as `CollectionParts.narrow`
 */
export async function toAnswerOptions(
  options: z.output<typeof locateOptionsSchema>,
  collection: Pick<CollectionParts, 'narrow'>,
): Promise<AnswerOptions> {
  const filter = await collection.narrow(checkedFilter(options), tagsIn(options.filter));
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
