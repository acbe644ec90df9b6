import { jsonAnswer, type Route, type RouteParts } from '../route.js';
import { indexAnswerSchema } from '../schemas/service.js';
import { shapeModelName } from '../shape-model-name.js';

/** `GET /v1/index` */
export function indexStatsRoute({ parts }: RouteParts): Route {
  return {
    method: 'get',
    path: '/v1/index',
    scope: 'read',
    summary: 'What the index holds, and the model it was made with',
    answers: { 200: jsonAnswer('Counts, model, calibration, generation.', indexAnswerSchema) },
    problems: [503],
    handle: async (_request, response) => {
      const [references, model, gazetteer, profile] = await Promise.all([
        parts.references(),
        parts.model(),
        parts.gazetteer(),
        parts.profile(),
      ]);
      const stats = references.stats();
      const { countries, regions, cities } = gazetteer.stats();
      response.json({
        references: stats.references,
        sources: stats.sources,
        failures: stats.failures,
        conflicts: stats.conflicts,
        tombstones: stats.tombstones,
        generation: stats.generation,
        last_change: stats.lastChange,
        model: stats.model,
        model_name: shapeModelName(stats.modelName),
        model_licence: model.info.licence,
        notice: model.info.notice,
        samples: (await parts.samples()).length,
        dimension: stats.dimension,
        precision: model.info.precision,
        calibration: profile,
        gazetteer: { countries, regions, cities, attribution: gazetteer.attribution },
      });
    },
  };
}
