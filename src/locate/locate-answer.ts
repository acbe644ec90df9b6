import type { LocateAnswer } from '../api/types.js';

/** Where its picture is served is for `http/` to say. */
export type NeighbourAnswer = Omit<LocateAnswer['neighbours'][number], 'thumbnail'>;

/** The answer to a query: the JSON of `POST /v1/locate` but for URLs. */
export type QueryAnswer = Omit<LocateAnswer, 'neighbours'> & { readonly neighbours: readonly NeighbourAnswer[] };

/** What the locator makes of a vector: the answer but for what only its caller knows. */
export type LocatorAnswer = Omit<
  QueryAnswer,
  'query' | 'known' | 'photo_facts' | 'embedding' | 'model' | 'model_notice'
>;
