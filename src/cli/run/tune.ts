import { basename } from 'node:path';
import type { App } from '../../app.js';
import { present } from '../../domain/present.js';
import type { CheckedProfile } from '../../evaluate/checked-profile.js';
import { nearDuplicatesJson } from '../../evaluate/summarise.js';
import { type TuneReport, tuneProfile } from '../../evaluate/tune-profile.js';
import { writeProfile } from '../../locate/profile-file.js';
import { VERDICT_LEVELS } from '../../locate/roll-up.js';
import { RISKS } from '../../locate/verdict.js';
import type { Invocation, Run } from '../command.js';
import { print, printJson } from '../print.js';
import { Progress } from '../progress.js';
import { gatherWithProgress, querySource } from '../query-source.js';
import { withStopSignal } from '../stop-signal.js';
import { table } from '../table.js';
import { warnOfProfile } from '../warn-of-profile.js';
import { withApp } from '../with-app.js';

export const tune: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const progress = new Progress('tuning');
    return await withStopSignal(progress, (signal) => run(app, invocation, progress, signal));
  });

async function run(app: App, invocation: Invocation, progress: Progress, signal: AbortSignal): Promise<number> {
  const { on, text } = invocation;
  const source = querySource(invocation);
  const seed = text('seed');
  warnOfProfile(await app.profile());
  const set = await gatherWithProgress(app, source, signal);
  const captioning = new Progress('preparing place names (once for this model)');
  await app.captions((done, total) => captioning.count(done, total), signal);
  captioning.end();
  const { profile, report } = await tuneProfile(set.queries, await app.locator(), {
    ...(seed === undefined ? {} : { seed }),
    model: (await app.index()).reader.modelId,
    index: basename(app.indexFolder()),
    signal,
    onProgress: (stage, done, total) => {
      if (done !== undefined && total !== undefined) progress.count(done, total);
      else process.stderr.write(`${stage} …\n`);
    },
  });
  progress.end();
  const written = report.outcome !== 'unchanged' && !on('dry-run');
  if (written) writeProfile(app.indexFolder(), profile);
  if (on('json'))
    printJson({
      written,
      report,
      profile,
      skipped_queries: set.skipped,
      near_duplicates: nearDuplicatesJson(set.nearDuplicates),
    });
  else print(describeTuning(report, written));
  return report.outcome === 'unchanged' ? 1 : 0;
}

/** Describes what was fitted, its figures on queries that it was not fitted to, and the outcome. */
function describeTuning(report: TuneReport, written: boolean): string {
  const { parts, before, after } = report;
  const size = (part: keyof TuneReport['parts']) => `${parts[part].queries} (${parts[part].clusters} authors)`;
  const rows = ROWS.map(([name, value]) => [name, value(before), value(after)]);
  return [
    report.folds === null
      ? `Queries: ${size('fit')} to fit, ${size('calibrate')} to calibrate, ${size('check')} to check.`
      : `Queries: ${size('fit')}, each fitted to, calibrated with and checked by in turn, in ${report.folds} folds.`,
    `Fitted: ${report.fitted.join(', ')}.`,
    ...(report.notFitted.length > 0
      ? [`Left as it was, for so few queries: ${report.notFitted.join(', ')}. More queries fit more.`]
      : []),
    ...(report.at_bound.length > 0
      ? [`At a bound, so that they hardly matter or should be farther out: ${report.at_bound.join(', ')}.`]
      : []),
    '',
    table(rows, [report.folds === null ? 'on the part to check' : 'on folds not fitted to', 'before', 'after']),
    '',
    ...verdictLines(report),
    report.verdict,
    written ? 'The profile is kept with the index.' : 'The profile of the index is as it was.',
  ].join('\n');
}

/** The spreads up to which answers are sure and likely, by level. */
function verdictLines({ verdicts }: TuneReport): string[] {
  if (verdicts === null)
    return [
      'Too few authors to calibrate with: answers say `calibrated: false`, and their verdict is "not checked". At least 40 authors or places are needed.',
    ];
  return VERDICT_LEVELS.flatMap((level) =>
    (['sure', 'likely'] as const).map((word) => {
      const { spread, accepted, errors, of } = verdicts[level][word];
      const what = `Answers that name a ${level}, ${word} (at most ${100 * RISKS[word]} % wrong)`;
      return spread === null
        ? `${what}: none; ${of} authors have one, which are too few or too often wrong.`
        : `${what}: up to a spread of ${spread.toFixed(3)}, ${accepted} of ${of} authors’, ${errors} of them wrong.`;
    }),
  );
}

const percent = (value: number) => `${value.toFixed(1)} %`;
const ROWS: readonly (readonly [name: string, value: (profile: CheckedProfile) => string])[] = [
  ['log loss, nats', (profile) => profile.logLoss.toFixed(3)],
  ...['25', '200', '750', '2500'].map(
    (km) =>
      [`within ${km} km`, (profile: CheckedProfile) => percent(present(profile.accuracy.withinPercent[km]))] as const,
  ),
  ['GeoScore', (profile) => profile.accuracy.geoScore.toFixed(0)],
  ['median error, km', (profile) => profile.accuracy.medianKm.toFixed(1)],
  ['truth in the 50 % circle', (profile) => percent(profile.coverage50Percent)],
  ['  authors counting alike', (profile) => percent(profile.coverage50PerAuthorPercent)],
  ['truth in the 90 % circle', (profile) => percent(profile.coverage90Percent)],
  ['  authors counting alike', (profile) => percent(profile.coverage90PerAuthorPercent)],
  ['beyond 750 km', (profile) => percent(profile.riskPercent)],
  ['the same of the surer half', (profile) => percent(profile.surerHalfRiskPercent)],
];
