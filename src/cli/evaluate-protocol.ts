import type { App } from '../app.js';
import type { QuerySource } from '../evaluate/query-set.js';
import { cachedCaptions } from '../evaluate/streetclip/cached-captions.js';
import { makeLists, type ProtocolOptions } from '../evaluate/streetclip/make-lists.js';
import { runStreetclipProtocol } from '../evaluate/streetclip/run-protocol.js';
import { VectorCache } from '../evaluate/vector-cache.js';
import { aboutQueries, type Evaluated, gatherStages } from './evaluate-index.js';
import { Progress } from './progress.js';
import { gatherWithProgress } from './query-source.js';

/** StreetCLIP's published zero-shot protocol. A manifest needs no index. */
export async function evaluateProtocol(
  app: App,
  source: QuerySource,
  options: ProtocolOptions,
  signal: AbortSignal,
): Promise<Evaluated> {
  const gazetteer = await app.gazetteer();
  const lists = makeLists(options, gazetteer);
  for (const notice of lists.notices) process.stderr.write(`${notice}\n`);
  const { info } = await app.model('throughput');
  // No index is asked, so duplicates in it do not matter.
  const asked: QuerySource = 'manifest' in source ? { ...source, duplicates: 'not_looked_for' } : source;
  const set = await gatherWithProgress(app, asked, signal, app.config.index !== undefined);
  const cache = new VectorCache(app.config.data_dir, info.id, info.dimension);
  const progress = { captions: new Progress('preparing place names'), queries: new Progress('evaluating') };
  try {
    const started = performance.now();
    const parts = {
      ...{ lists, gazetteer, signal, logitScale: info.logitScale },
      embedCaption: cachedCaptions(() => app.model(), cache),
    };
    const results = await runStreetclipProtocol(set.queries, parts, (stage, state) => progress[stage].update(state));
    return {
      set,
      results,
      info: {
        ...aboutQueries(set),
        protocol: `StreetCLIP’s zero-shot protocol${options.splitStates ? ' with split states' : ''}: ${set.description.text}`,
        date: new Date().toISOString(),
        model: { id: info.id, name: info.name },
        index: null,
        profile: null,
        cities: gazetteer.cities,
        stages: { ...gatherStages(set), evaluate: performance.now() - started },
      },
    };
  } finally {
    progress.captions.end();
    progress.queries.end();
    cache.close();
  }
}
