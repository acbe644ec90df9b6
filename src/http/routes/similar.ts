import { GEOJSON } from '../../api/calls.js';
import { similarOptionsSchema } from '../../api/search.js';
import type { SimilarAnswer, SimilarFeatures } from '../../api/types.js';
import { fault } from '../../domain/errors.js';
import type { ReferenceReader } from '../../references/reader.js';
import type { SimilarResult } from '../../search/similar.js';
import { checkedFilter, tagsIn } from '../checked-filter.js';
import { localsOf } from '../locals.js';
import { call, type Route, type RouteParts } from '../route.js';
import { sendEither } from '../send-geojson.js';
import { shapeFeature, shapeReference } from '../shape-reference.js';
import { startClock } from '../took.js';

const LIMIT_DEFAULT = 10;

export function similarRoute({ parts, readQuery, shapePoints }: RouteParts): Route {
  return {
    ...call('POST /v1/similar'),
    scope: 'read',
    summary: 'Finds references that look like a query, by cosine',
    description: `With \`Accept: ${GEOJSON}\` the results are a GeoJSON FeatureCollection.`,
    problems: [400, 404, 413, 415, 422, 429, 503],
    handle: async (request, response) => {
      const { input, options } = await readQuery(request, response, similarOptionsSchema);
      const filter = await parts.collection.narrow(checkedFilter(options), tagsIn(options.filter));
      const limit = checkedLimit(options.limit, parts.config.k_max);
      const query = await parts.resolveQuery(input, localsOf(response).gone);
      const searched = startClock();
      const results = await parts.similar(query, {
        limit,
        ...(filter !== undefined && { filter }),
        ...(options.min_score !== undefined && { minScore: options.min_score }),
        ...(options.exact !== undefined && { exact: options.exact }),
        ...(options.collapse !== undefined && { collapse: options.collapse }),
        ...(options.collapse_copies !== undefined && { collapseCopies: options.collapse_copies }),
        ...(options.include_self !== undefined && { includeSelf: options.include_self }),
      });
      const { reader: references } = await parts.index();
      const { results: shown, ...answer } = shapePoints<SimilarAnswer>({
        query: { sha256: query.sha256, reference_id: query.referenceId },
        results: await shapeResults(results, references),
        ...(results.incomplete && { incomplete: results.incomplete }),
        exact: options.exact ?? false,
        model: references.modelId,
        took_ms: { ...query.tookMs, search: searched() },
      });
      sendEither(
        request,
        response,
        () => ({ results: shown, ...answer }),
        (): SimilarFeatures => ({ type: 'FeatureCollection', features: shown.map(shapeFeature), ...answer }),
      );
    },
  };
}

/** @throws `limit_out_of_range` */
function checkedLimit(limit: number = LIMIT_DEFAULT, max: number): number {
  if (limit <= max) return limit;
  throw fault('limit_out_of_range', `Expected a limit of at most ${max}, got ${limit}.`, {
    errors: [{ path: 'limit', message: `At most ${max}.` }],
  });
}

/** A reference deleted since the search is left out. */
async function shapeResults(results: readonly SimilarResult[], references: ReferenceReader) {
  const stored = await references.getMany(results.map(({ id }) => id));
  return results.flatMap(({ id, score, groupSize }) => {
    const reference = stored.get(id);
    if (reference === undefined) return [];
    const { sha256: _sha256, sources: _sources, bytes: _bytes, ...shown } = shapeReference(reference);
    return [{ ...shown, score, group_size: groupSize }];
  });
}
