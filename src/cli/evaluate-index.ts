import { basename } from 'node:path';
import type { App } from '../app.js';
import type { QueryResult } from '../evaluate/query-result.js';
import type { QuerySet, QuerySource } from '../evaluate/query-set.js';
import { type ExtraSide, runEvaluation } from '../evaluate/run-evaluation.js';
import type { EvaluationInfo } from '../evaluate/summarise.js';
import { voSide } from '../evaluate/vo-side.js';
import { DEFAULT_PROFILE } from '../locate/blend-profile.js';
import type { Locator } from '../locate/locator.js';
import type { Retrieved } from '../locate/retrieve.js';
import { Progress } from './progress.js';
import { gatherWithProgress } from './query-source.js';
import { warnOfProfile } from './warn-of-profile.js';

/** A run's figures, with the queries and profile behind them. */
export interface Evaluated {
  readonly set: QuerySet;
  readonly results: readonly QueryResult[];
  readonly info: EvaluationInfo;
}

/** Further sides, each of which takes its time. */
export interface Beside {
  /** The blend with the default weights. */
  readonly fixed: boolean;
  /** Vo et al.'s (2017) kernel. */
  readonly vo: boolean;
}

/** Retrieval, captions and blend of the index. */
export async function evaluateIndex(
  app: App,
  source: QuerySource,
  beside: Beside,
  signal: AbortSignal,
): Promise<Evaluated> {
  warnOfProfile(await app.profile());
  const set = await gatherWithProgress(app, source, signal);
  const captioning = new Progress('preparing place names (once for this model)');
  const captions = await app.captions((done, total) => captioning.count(done, total), signal);
  captioning.end();
  const [locator, gazetteer] = [await app.locator(), await app.gazetteer()];
  const progress = new Progress('evaluating');
  const started = performance.now();
  const captionText = (id: string) => captions.caption(id)?.text ?? null;
  const options = { extra: extraSides(locator, beside), signal, captionText };
  const results = await runEvaluation(set.queries, locator, gazetteer, options, (state) => progress.update(state));
  const evaluateMs = performance.now() - started;
  progress.end();
  const { info } = await app.model();
  const { profile } = locator;
  return {
    set,
    results,
    info: {
      ...aboutQueries(set),
      date: new Date().toISOString(),
      model: { id: info.id, name: info.name },
      index: {
        references: (await (await app.index()).catalogue.counts()).references,
        name: basename(app.indexFolder()),
      },
      profile,
      cities: gazetteer.cities,
      stages: { ...gatherStages(set), evaluate: evaluateMs },
    },
  };
}

export function aboutQueries({
  description,
  skipped,
  inIndex,
  nearDuplicates,
}: QuerySet): Pick<EvaluationInfo, 'protocol' | 'manifest' | 'skipped' | 'inIndex' | 'nearDuplicates'> {
  return { protocol: description.text, manifest: description.manifest, skipped, inIndex, nearDuplicates };
}

/** Whole stages in ms. Decoding, preprocessing and encoding are summed over threads and lie within `gather`. */
export function gatherStages({ tookMs, embedded }: QuerySet): Readonly<Record<string, number>> {
  const { total, ...stages } = tookMs;
  return { gather: total, ...(embedded > 0 ? stages : {}) };
}

function extraSides(locator: Locator, { fixed, vo }: Beside): Readonly<Record<string, ExtraSide>> {
  return {
    ...(fixed ? { fixed: locator.withProfile(DEFAULT_PROFILE) } : {}),
    ...(vo ? { vo: (_: unknown, retrieved: Retrieved) => voSide(retrieved) } : {}),
  };
}
