import { fault } from '../domain/errors.js';
import type { IndexModel, ReferenceReader } from './reader.js';

/** Stands for an index that is not there yet: it has nothing to say, and whatever asks captions alone is answered by them. */
export function noReferences({ modelId, modelName, dimension }: IndexModel): ReferenceReader {
  const none = { references: 0, sources: 0, failures: 0, tombstones: 0, generation: 0, lastChange: 0, conflicts: 0 };
  return {
    dimension,
    modelId,
    current: () => true,
    stats: () => ({ ...none, model: modelId, modelName, dimension }),
    get: () => null,
    has: () => false,
    idsFrom: () => [],
    vector: () => null,
    list: () => ({ references: [], cursor: null }),
    failures: () => [],
    failureCodes: () => [],
    failureFile: () => null,
    conflicts: () => [],
    neighbours: async (query) => {
      if (query.length === dimension) return [];
      throw fault(
        'dimension_mismatch',
        `Expected a vector of ${dimension} dimensions, as the model gives, got one of ${query.length}.`,
      );
    },
    runs: () => [],
    coverage: ({ resolution }) => ({ resolution, cells: [] }),
    facets: () => ({ sources: [], years: [] }),
    filePath: () => null,
    countryMeans: () => [],
    countryMeansWithout: async () => [],
    selfSimilarity: () => null,
    close: async () => undefined,
  };
}
