import { fault } from '../domain/errors.js';
import { NO_KNOWN_FILES } from './known-files.js';
import type { IndexModel } from './reader.js';
import type { OpenIndex } from './store.js';

/** Stands in for a missing index: it has no references, so answers rest on captions alone. */
export function noReferences(model: IndexModel): OpenIndex {
  const { modelId, dimension } = model;
  const summary = { version: 'none', countryMeans: [], selfSimilarity: null };
  return {
    reader: {
      dimension,
      modelId,
      current: async () => true,
      get: async () => null,
      getMany: async () => new Map(),
      idsFrom: async () => [],
      vectors: async () => new Map(),
      list: async () => ({ references: [], cursor: null }),
      scan: async () => ({ references: [], cursor: null }),
      scanIds: async () => ({ ids: [], cursor: null }),
      neighbours: async (query) => {
        if (query.length === dimension) return [];
        throw fault(
          'dimension_mismatch',
          `Expected a vector of ${dimension} dimensions, as the model gives, got one of ${query.length}.`,
        );
      },
    },
    catalogue: {
      counts: async () => ({ references: 0, sources: 0, conflicts: 0 }),
      conflicts: async () => [],
      coverage: async ({ resolution }) => ({ resolution, cells: [] }),
      facets: async () => ({ sources: [], years: [] }),
    },
    journal: {
      runs: async () => [],
      failures: async () => [],
      failureCodes: async () => [],
      failureFile: async () => null,
    },
    photos: { file: async () => null },
    summaries: { summary: async () => summary, summaryWithout: async () => summary },
    known: NO_KNOWN_FILES,
    model: async () => model,
    engine: async () => ({ kind: 'none' }),
    problem: () => null,
    close: async () => undefined,
  };
}
