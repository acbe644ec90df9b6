import { writeFile } from 'node:fs/promises';
import type { App } from '../../app.js';
import { fault } from '../../domain/errors.js';
import type { Evaluation } from '../../evaluate/evaluation.js';
import type { QueryResult } from '../../evaluate/query-result.js';
import { renderReport } from '../../evaluate/report/render-report.js';
import type { ProtocolOptions } from '../../evaluate/streetclip/make-lists.js';
import { summarise } from '../../evaluate/summarise.js';
import { readPlainFile } from '../../images/plain-file.js';
import type { OpenIndex } from '../../references/store.js';
import type { Invocation, Run } from '../command.js';
import { describeEvaluation } from '../describe-evaluation.js';
import { evaluateIndex } from '../evaluate-index.js';
import { evaluateProtocol } from '../evaluate-protocol.js';
import { evaluationCsv } from '../evaluation-csv.js';
import { outFile } from '../out-file.js';
import { print, printJson } from '../print.js';
import { Progress } from '../progress.js';
import { querySource } from '../query-source.js';
import { withStopSignal } from '../stop-signal.js';
import { withApp } from '../with-app.js';

const PROTOCOL = 'streetclip';

export const evaluate: Run = (invocation) =>
  withApp(invocation.config, (app) =>
    withStopSignal(new Progress('evaluating'), (signal) => run(app, invocation, signal)),
  );

async function run(app: App, invocation: Invocation, signal: AbortSignal): Promise<undefined> {
  const { on, text } = invocation;
  const source = querySource(invocation);
  const protocol = protocolOptions(invocation);
  if (on('json') && on('csv')) throw fault('usage', 'Expected at most one of --json and --csv.');
  const given = text('report');
  // With a model alone there may be no index.
  const indexFolder = app.config.index === undefined ? null : app.indexFolder();
  const report = given === undefined ? null : await outFile('report', given, indexFolder);
  const { set, results, info } =
    protocol === null
      ? await evaluateIndex(app, source, { fixed: on('fixed'), vo: on('vo') }, signal)
      : await evaluateProtocol(app, source, protocol, signal);
  const evaluation = summarise(results, info);
  if (report !== null) await writeReport(report, evaluation, results, protocol === null ? await app.index() : null);
  if (on('json')) printJson({ ...evaluation, skipped_queries: set.skipped, in_index_queries: set.inIndex });
  else if (on('csv')) print(evaluationCsv(results, set.skipped, set.inIndex));
  else print(describeEvaluation(evaluation));
  return undefined;
}

/** Options of the protocol; null where the index is asked. @throws `usage` */
function protocolOptions({ on, text }: Invocation): ProtocolOptions | null {
  const protocol = text('protocol');
  const [countries, cities] = [text('countries'), text('cities')];
  if (protocol === PROTOCOL) {
    if (text('exclude') !== undefined || on('keep-duplicates'))
      throw fault('usage', 'Expected --exclude and --keep-duplicates without --protocol: they need an index.');
    if (on('vo') || on('fixed'))
      throw fault('usage', 'Expected --vo and --fixed without --protocol: they need an index.');
    return {
      splitStates: on('split-states'),
      ...(countries === undefined ? {} : { countries }),
      ...(cities === undefined ? {} : { cities }),
    };
  }
  if (protocol !== undefined)
    throw fault('usage', `Expected --protocol to be ${PROTOCOL}, the only one there is, but got ${protocol}.`);
  if (on('split-states') || countries !== undefined || cities !== undefined)
    throw fault('usage', `Expected --protocol ${PROTOCOL} beside --split-states, --countries and --cities.`);
  return null;
}

async function writeReport(
  file: string,
  evaluation: Evaluation,
  results: readonly QueryResult[],
  index: OpenIndex | null,
): Promise<void> {
  const readImage = (photo: string) => readPlainFile(photo).catch(() => null);
  const readReference = async (id: string) => {
    const path = (await index?.photos.file(id)) ?? null;
    return path === null ? null : readImage(path);
  };
  await writeFile(file, await renderReport(evaluation, results, { readImage, readReference }));
  process.stderr.write(`The report is in ${file}.\n`);
}
