import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { App } from '../../app.js';
import { callerError, hasCode } from '../../domain/errors.js';
import type { QuerySet } from '../../evaluate/query-set.js';
import { renderReport } from '../../evaluate/report/render-report.js';
import { type ExtraSide, runEvaluation } from '../../evaluate/run-evaluation.js';
import { type EvaluationInfo, summarise } from '../../evaluate/summarise.js';
import { DEFAULT_PROFILE } from '../../locate/blend-profile.js';
import { type Command, type Invocation, JSON_FLAG } from '../command.js';
import { describeEvaluation } from '../describe-evaluation.js';
import { evaluationCsv } from '../evaluation-csv.js';
import { Progress } from '../progress.js';
import { gatherWithProgress, QUERY_FLAGS, querySource } from '../query-source.js';
import { withStopSignal } from '../stop-signal.js';
import { print, printJson, withApp } from '../with-app.js';

export const evaluate: Command = {
  name: 'evaluate',
  arguments: '',
  summary: 'Measure how well photos of known places are located: retrieval, captions and blend side by side.',
  examples: [
    'streetdex evaluate --index indexes/city --manifest im2gps3k_places365.csv --images im2gps3ktest --report out.html',
    'streetdex evaluate --index indexes/city --leave-out author --limit 3000 --json > evaluation.json',
    'streetdex evaluate --index indexes/city --manifest test.csv --csv > queries.csv',
  ],
  flags: {
    ...QUERY_FLAGS,
    report: {
      type: 'string',
      value: 'FILE',
      describe: 'Also write one HTML page with figures, a map of errors, and cases with their photos.',
    },
    json: JSON_FLAG,
    csv: { type: 'boolean', describe: 'Print one CSV line for each query.' },
  },
  settings: ['index', 'model', 'data_dir', 'threads', 'execution_provider', 'pixels_max'],
  positionals: [0, 0],
  run: (invocation) =>
    withApp(invocation.config, async (app) => {
      const progress = new Progress('evaluating');
      try {
        return await withStopSignal(progress, (signal) => run(app, invocation, progress, signal));
      } catch (error) {
        if (!hasCode(error, 'evaluation_interrupted') && !hasCode(error, 'captions_interrupted')) throw error;
        process.stderr.write(`${error.message}\n`);
        return 130;
      }
    }),
};

async function run(app: App, invocation: Invocation, progress: Progress, signal: AbortSignal): Promise<undefined> {
  const { on, text } = invocation;
  const source = querySource(invocation);
  if (on('json') && on('csv')) throw callerError('usage', 'Expected at most one of --json and --csv.');
  const report = text('report') === undefined ? null : resolve(text('report') as string);
  if (report !== null) await checkFolder(dirname(report));
  const set = await gatherWithProgress(app, source, signal);
  const captioning = new Progress('embedding captions (once for this model)');
  const captions = await app.captions((done, total) => captioning.count(done, total), signal);
  captioning.end();
  const locator = await app.locator();
  const started = performance.now();
  const extra: Record<string, ExtraSide> =
    locator.profile.name === DEFAULT_PROFILE.name ? {} : { fixed: locator.withProfile(DEFAULT_PROFILE) };
  const results = await runEvaluation(
    set.queries,
    locator,
    await app.gazetteer(),
    { extra, signal, captionText: (id) => captions.caption(id)?.text ?? null },
    (state) => progress.update(state),
  );
  progress.end();
  const evaluation = summarise(results, await evaluationInfo(app, set, { evaluate: performance.now() - started }));
  if (report !== null) {
    const readImage = (file: string) => readFile(file).catch(() => null);
    await writeFile(report, await renderReport(evaluation, results, { readImage }));
    process.stderr.write(`The report is in ${report}.\n`);
  }
  if (on('json')) printJson({ ...evaluation, skipped_queries: set.skipped, in_index_queries: set.inIndex });
  else if (on('csv')) print(evaluationCsv(results, set.skipped, set.inIndex));
  else print(describeEvaluation(evaluation));
  return undefined;
}

/** What the figures are figures of. */
async function evaluationInfo(
  app: App,
  { description, skipped, inIndex, tookMs, embedded }: QuerySet,
  stages: Readonly<Record<string, number>>,
): Promise<EvaluationInfo> {
  const { info } = await app.model();
  const { profile } = await app.locator();
  const { decode, preprocess, encode, total } = tookMs;
  return {
    protocol: description.text,
    manifest: description.manifest,
    date: new Date().toISOString(),
    model: { id: info.id, name: info.name },
    index: { references: (await app.references()).stats().references, name: basename(app.indexFolder()) },
    profile: {
      name: profile.name,
      calibrated: profile.calibration !== null,
      ...(profile.calibration === null ? {} : { spreadEdges: profile.calibration.spread_edges }),
    },
    skipped,
    inIndex,
    cities: (await app.gazetteer()).cities,
    stages: { gather: total, ...(embedded > 0 ? { decode, preprocess, encode } : {}), ...stages },
  };
}

/** Before an hour's work rather than after it. */
async function checkFolder(folder: string): Promise<void> {
  const entry = await stat(folder).catch(() => null);
  if (entry?.isDirectory()) return;
  throw callerError(
    'usage',
    `Expected --report to name a file in a folder that exists, but there is none at ${folder}.`,
  );
}
