import type { App } from '../../app.js';
import type { ClipModel } from '../../clip/clip-model.js';
import { fault } from '../../domain/errors.js';
import { makeThumbnail } from '../../images/make-thumbnail.js';
import type { IngestEvent } from '../../ingest/ingest-events.js';
import type { IngestOptions } from '../../ingest/ingest-options.js';
import type { IngestReport } from '../../ingest/ingest-report.js';
import { planIngest } from '../../ingest/plan.js';
import { runIngest } from '../../ingest/run-ingest.js';
import type { Invocation, Run } from '../command.js';
import { STOPPED } from '../exit-code.js';
import { print, printJson } from '../print.js';
import { duration, Progress } from '../progress.js';
import { withStopSignal } from '../stop-signal.js';
import { table } from '../table.js';
import { withApp } from '../with-app.js';

const FAILURES_SHOWN = 10;

export const ingest: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const location = app.indexLocation();
    const options = ingestOptions(invocation);
    if (options.thumbnails && app.store().keepsThumbnails !== true)
      throw fault(
        'usage',
        `Expected --thumbnails with a cluster, got it with ${location}: a folder's server makes its own.`,
      );
    if (invocation.on('dry-run')) {
      const plan = await planWithProgress(app, invocation.positionals, options);
      if (invocation.on('json')) printJson(plan);
      else
        print(`Nothing is changed by this dry run. An ingest would do:\n${describeReport(plan, app.indexLocation())}`);
      return undefined;
    }
    const report = await ingestWithProgress(app, invocation.positionals, options, invocation.on('json'));
    if (report.interrupted) return STOPPED;
    return invocation.on('strict') && report.failed > 0 ? 1 : 0;
  });

/** Runs an ingest with its progress on the terminal (or as JSON lines); Ctrl-C ends it after the batch in hand. */
export async function ingestWithProgress(
  app: App,
  sources: readonly string[],
  options: IngestOptions,
  json: boolean,
): Promise<IngestReport> {
  const progress = new Progress('ingesting');
  const onEvent = (event: IngestEvent) => {
    if (json) return print(JSON.stringify(event));
    if (event.type === 'progress') {
      const { done, total, failed, rate, seconds_left } = event;
      progress.update({ done, total, failed, rate, secondsLeft: seconds_left });
    }
  };
  return withStopSignal(progress, async (signal) => {
    const [model, gazetteer] = [await app.model('throughput'), await app.gazetteer()];
    if (!json && model.info.notice) process.stderr.write(`${model.info.notice}\n`);
    const countryAt = gazetteer.countryAt.bind(gazetteer);
    const thumbnailOf = (photo: Uint8Array) => makeThumbnail(photo, 'webp', app.config.pixels_max, app.decodeMemory);
    const report = await app.withWriter(
      (writer) => runIngest({ sources, options, writer, model, countryAt, thumbnailOf, onEvent, signal }),
      { buildAhead: true },
    );
    progress.end();
    if (!json) print([describeReport(report, app.indexLocation()), ...describeStages(report, model)].join('\n'));
    return report;
  });
}

async function planWithProgress(app: App, sources: readonly string[], options: IngestOptions): Promise<IngestReport> {
  const progress = new Progress('looking');
  const index = (await app.hasIndex()) ? await app.store().open({ lazy: true }) : null;
  try {
    return await planIngest({
      sources,
      options,
      known: index?.known ?? null,
      onEvent: (event) => {
        if (event.type !== 'progress') return;
        progress.update({ ...event, secondsLeft: event.seconds_left });
      },
    });
  } finally {
    progress.end();
    await index?.close();
  }
}

function ingestOptions({ text, texts, on }: Invocation): IngestOptions {
  const images = text('images');
  const clockOffset = text('clock-offset');
  const clockCorrection = text('clock-correction');
  const gapMax = text('gap-max');
  const part = text('part');
  if (gapMax !== undefined && !(Number(gapMax) > 0))
    throw fault('usage', `Expected --gap-max to be a number of seconds above 0, but got ${gapMax}.`);
  return {
    ...(images === undefined ? {} : { images }),
    ...(clockOffset === undefined ? {} : { clockOffset }),
    ...(clockCorrection === undefined ? {} : { clockCorrection }),
    ...(gapMax === undefined ? {} : { gapMaxS: Number(gapMax) }),
    ...(part === undefined ? {} : { part }),
    gpx: texts('gpx'),
    recheck: on('recheck'),
    thumbnails: on('thumbnails'),
    retryFailed: on('retry-failed'),
  };
}

/** In a shorter run the start of the threads is a large part. */
const STAGES_MS_MIN = 10_000;
const BUSY = 0.9;

/** What limited a longer run: the encoder, or what feeds it. */
function describeStages({ encodeMs, wallMs }: IngestReport, model: ClipModel): string[] {
  if (wallMs < STAGES_MS_MIN || encodeMs === 0) return [];
  const { device, encoders, batch } = model.encoderState();
  const busy = Math.min(1, encodeMs / (wallMs * encoders));
  const where = device === 'cpu' ? 'The model' : `The model (on ${device}, ${batch} photos at a time)`;
  const waited = busy < BUSY ? '; else it waited for photos to be read and decoded' : '';
  return [`${where} was busy ${Math.round(100 * busy)} % of the time${waited}.`];
}

function describeReport(report: IngestReport, index: string): string {
  const { added, updated, linked, unchanged, failed, photos } = report;
  const parts = [
    `${added} added`,
    `${updated} updated`,
    `${unchanged} unchanged`,
    ...(linked > 0 ? [`${linked} copies of known photos`] : []),
    `${failed} failed`,
  ];
  const seconds = report.wallMs / 1000;
  const lines = [`${photos} photos in ${duration(seconds)}: ${parts.join(', ')}.`];
  if (report.skippedEntries > 0)
    lines.push(`${report.skippedEntries} entries of manifests say themselves that they failed; skipped.`);
  if (report.ignoredFiles > 0) lines.push(`${report.ignoredFiles} other files ignored.`);
  if (report.replaced > 0)
    lines.push(
      `${report.replaced} files hold other bytes than before; their former references stay until \`streetdex index prune\`.`,
    );
  lines.push(...report.notices);
  if (report.conflictCount > 0)
    lines.push(
      `${report.conflictCount} photos have sources that disagree by more than 25 m: streetdex index failures --index ${index}`,
    );
  if (failed > 0) {
    lines.push(
      table(
        report.failures.slice(0, FAILURES_SHOWN).map((f) => [`  ${f.code}`, f.path, f.reason]),
        [],
      ),
    );
    if (failed > FAILURES_SHOWN) lines.push(`  … streetdex index failures --index ${index} lists all.`);
  }
  if (report.interrupted) lines.push('Stopped early; what is done is stored. Run the same command again to go on.');
  return lines.join('\n');
}
