import { reembed } from '../../ingest/reembed.js';
import type { ReembedEvent, ReembedReport } from '../../ingest/reembed-events.js';
import type { Invocation, Run } from '../command.js';
import { STOPPED } from '../exit-code.js';
import { print } from '../print.js';
import { duration, Progress } from '../progress.js';
import { withStopSignal } from '../stop-signal.js';
import { table } from '../table.js';
import { withApp } from '../with-app.js';

const FAILURES_SHOWN = 10;

export const indexReembed: Run = (invocation) =>
  withApp(invocation.config, async (app) => {
    const model = await app.nextModel();
    const { id: modelId, name: modelName, dimension } = model.info;
    const json = invocation.on('json');
    if (!json && model.info.notice) process.stderr.write(`${model.info.notice}\n`);
    const progress = new Progress('looking at photos');
    const vectors = await app
      .store()
      .maintenance.reembed({ modelId, modelName, dimension }, { restart: invocation.on('restart') });
    try {
      const report = await withStopSignal(progress, (signal) =>
        reembed({
          vectors,
          model,
          withoutMissing: invocation.on('without-missing'),
          onEvent: (event) => tell(event, progress, json),
          signal,
        }),
      );
      if (!json) print(describeReport(report, invocation));
      return report.interrupted ? STOPPED : report.switched ? undefined : 1;
    } finally {
      await vectors.close();
    }
  });

function tell(event: ReembedEvent, progress: Progress, json: boolean): void {
  if (json) print(JSON.stringify(event));
  else if (event.type === 'progress') progress.update({ ...event, secondsLeft: event.seconds_left });
  else if (event.type === 'indexing') {
    progress.end();
    process.stderr.write('Building the graph …\n');
  }
}

function describeReport(report: ReembedReport, { config }: Invocation): string {
  const { from, to, references, embedded, embeddedBefore, failed, deleted } = report;
  if (report.interrupted) {
    return `Stopped early; ${embeddedBefore + embedded} of ${references} references have vectors of ${to.modelName}, and the index still answers with ${from.modelName}. Run the same command again to go on.`;
  }
  const shown = table(
    report.failures.slice(0, FAILURES_SHOWN).map((f) => [`  ${f.code}`, f.path ?? f.id, f.reason]),
    [],
  );
  const more = failed > FAILURES_SHOWN ? '\n  … --json lists more.' : '';
  if (report.switched) {
    if (from.modelId === to.modelId) return `The index holds vectors of ${to.modelName} already.`;
    const took = `${embedded} embedded in ${duration(report.wallMs / 1000)}${embeddedBefore > 0 ? `, ${embeddedBefore} before` : ''}`;
    const gone =
      deleted > 0 ? `\n${deleted} references were deleted, since their photos are gone:\n${shown}${more}` : '';
    return `The index answers with ${to.modelName} now, in place of ${from.modelName}: ${references - deleted} references (${took}). A server that has it open must be started again.${gone}`;
  }
  const ways =
    report.decoderMissing > 0
      ? 'The decoder of HEIC is not installed: install it by the command above, and run the same command again.'
      : report.rootsMissing > 0
        ? 'Folders are not there at all: mount them, or say where they are with `streetdex index remap`, and run the same command again.'
        : `Bring the photos back and run the same command again; or forget those that are gone with \`streetdex index prune --index ${config.index}\`; or give --without-missing, which deletes these ${failed} references at the switch.`;
  return `${failed} of ${references} references have no vector of ${to.modelName}, so the index still answers with ${from.modelName}:\n${shown}${more}\n${ways} The ${embeddedBefore + embedded} vectors that were made are kept.`;
}
