import type { Index } from '../../api/types.js';
import { call, type Route, type RouteParts } from '../route.js';
import { shapeModelName } from '../shape-model-name.js';

export function indexStatsRoute({ parts }: RouteParts): Route {
  return {
    ...call('GET /v1/index'),
    scope: 'read',
    summary: 'What the index holds, and the model it was made with',
    problems: [503],
    handle: async (_request, response) => {
      const [index, model, gazetteer, profile] = await Promise.all([
        parts.index(),
        parts.model(),
        parts.gazetteer(),
        parts.profile(),
      ]);
      const [counts, failures, made] = await Promise.all([
        index.catalogue.counts(),
        index.journal.failureCodes(),
        index.model(),
      ]);
      const { countries, regions, cities } = gazetteer.stats();
      response.json({
        references: counts.references,
        sources: counts.sources,
        failures: failures.reduce((sum, { count }) => sum + count, 0),
        conflicts: counts.conflicts,
        engine: await index.engine(),
        model: made.modelId,
        model_name: shapeModelName(made.modelName),
        model_licence: model.info.licence,
        notice: model.info.notice,
        samples: (await parts.samples()).length,
        dimension: made.dimension,
        precision: model.info.precision,
        calibration: profile,
        gazetteer: { countries, regions, cities, attribution: gazetteer.attribution },
      } satisfies Index);
    },
  };
}
