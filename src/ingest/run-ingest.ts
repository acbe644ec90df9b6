import { resolve } from 'node:path';
import { fault, StreetdexError } from '../domain/errors.js';
import type { ReferenceWriter } from '../references/writer.js';
import { allItems, openSources, wantedPhotos } from './all-items.js';
import { inspectRules, trackNotices } from './ingest-options.js';
import type { IngestCounts, IngestReport } from './ingest-report.js';
import type { IngestRun } from './ingest-run.js';
import { Pipeline } from './pipeline.js';
import { whileWanted } from './while-wanted.js';

/**
 * Brings photos into an index: reads, hashes, decodes and preprocesses ahead of one encoder, and commits vectors,
 * facts, sources and failures together, every 64 photos or one second. Killed or stopped at any point, the next run
 * goes on where it ended; a run over the same files changes nothing.
 * @throws what the sources throw before anything is stored; `disk_full` and the encoder's own failures, after what was
 * embedded so far is stored where that is possible. Failures of single photos are rows, and events.
 */
export async function runIngest(run: IngestRun): Promise<IngestReport> {
  const rules = await inspectRules(run.options ?? {});
  const wanted = wantedPhotos(run.options?.part, run.only);
  const opened = await whileWanted(openSources(run.sources, run.options?.images, rules.allows, wanted), run.signal);
  if (opened === null) throw fault('interrupted', 'The ingest was stopped before its sources could be read.');
  const { sources, photos } = opened.value;
  const runId = await run.writer.beginRun({ ...absolute(run), ...run.note });
  const pipeline = new Pipeline(run, rules, photos, wanted);
  pipeline.notes.notices.push(...trackNotices(rules));
  try {
    run.onEvent?.({ type: 'planned', photos });
    const report = await pipeline.work(allItems(sources, pipeline.notes, wanted));
    if (!report.interrupted) {
      run.onEvent?.({ type: 'indexing' });
      await run.writer.checkpoint();
    }
    await run.writer.endRun(runId, report.interrupted ? 'stopped' : 'finished', { ...pipeline.counts });
    run.onEvent?.({ type: 'done', report });
    return report;
  } catch (error) {
    await endFailedRun(run.writer, runId, pipeline.counts);
    throw withProgress(error, pipeline.counts);
  }
}

/** The run's arguments with absolute paths, so that it can be repeated from any working folder. */
function absolute({ sources, options = {} }: IngestRun): object {
  const { images, gpx } = options;
  return {
    ...options,
    sources: sources.map((source) => resolve(source)),
    ...(images !== undefined && { images: resolve(images) }),
    ...(gpx !== undefined && { gpx: gpx.map((track) => resolve(track)) }),
  };
}

/** Records a failed run. An error in this must not hide the first one: with a full disk it fails too. */
async function endFailedRun(writer: ReferenceWriter, runId: number, counts: IngestCounts): Promise<void> {
  try {
    await writer.endRun(runId, 'failed', { ...counts });
  } catch {
    return;
  }
}

function withProgress(error: unknown, counts: IngestCounts): unknown {
  if (!(error instanceof StreetdexError)) return error;
  const stored = counts.added + counts.updated + counts.linked;
  const message = `${error.message} The ingest stopped; ${stored} photos of this run are stored, and the same command goes on from there.`;
  return fault(error.code, message, { ...error.options, cause: error });
}
