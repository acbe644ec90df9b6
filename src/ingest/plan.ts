import { distanceKm } from '../geo/distance.js';
import { allItems, openSources } from './all-items.js';
import type { IngestEvent } from './ingest-events.js';
import { ProgressMeter } from './ingest-events.js';
import { type IngestOptions, inspectRules, trackNotices } from './ingest-options.js';
import { type IngestReport, ReportBuilder } from './ingest-report.js';
import { inspectPhoto, type KnownFiles, NO_KNOWN_FILES } from './inspect-photo.js';
import { readPhoto } from './read-photo.js';
import { Sidecars } from './sidecars/find-sidecars.js';
import { type Candidate, type Issue, newSourceNotes } from './sources/candidate.js';

/** What a run would report; times are those of planning. */
export type IngestPlan = IngestReport;

export interface IngestPlanning {
  readonly sources: readonly string[];
  readonly options?: IngestOptions;
  /** The index as it is; null for one that is not there yet. */
  readonly known: KnownFiles | null;
  readonly onEvent?: (event: IngestEvent) => void;
  readonly signal?: AbortSignal;
}

const CONFLICT_KM = 0.025;

/**
 * What an ingest of these sources would do, as the report that it would give, but for pictures that turn out damaged
 * when they are decoded. Reads and hashes the photos that are new or changed; stores nothing.
 */
export async function planIngest(planning: IngestPlanning): Promise<IngestPlan> {
  const rules = await inspectRules(planning.options ?? {});
  const { sources, photos } = await openSources(planning.sources, planning.options?.images, rules.allows);
  planning.onEvent?.({ type: 'planned', photos });
  const progress = new ProgressMeter(photos, (event) => planning.onEvent?.(event));
  const notes = newSourceNotes();
  notes.notices.push(...trackNotices(rules));
  const report = new ReportBuilder();
  const planned: Planned = new Map();
  const sidecars = new Sidecars(rules.allows);
  const known = planning.known ?? NO_KNOWN_FILES;
  for await (const item of allItems(sources, notes)) {
    if (planning.signal?.aborted) break;
    if (item.kind === 'container') {
      if (item.issue !== null) fail(report, item, item.issue);
      continue;
    }
    const inspected = await inspectPhoto(item, known, sidecars, rules);
    if (inspected.kind === 'unchanged') report.counts.unchanged++;
    else if (inspected.kind === 'failed') fail(report, item, inspected.issue);
    else {
      const read = await readPhoto(item.file, inspected, rules);
      if ('code' in read) fail(report, item, read);
      else {
        report.notes.add(item.path, read.notes);
        plan(report, planned, known, item, { ...read, previousId: inspected.previousId });
      }
    }
    progress.update(report.done, report.counts);
  }
  notes.notices.push(...report.notes.sentences());
  const made = report.build(report.done, notes, planning.signal?.aborted ?? false);
  planning.onEvent?.({ type: 'done', report: made });
  return made;
}

/** First path and position of each id that the plan would add. */
type Planned = Map<string, { readonly path: string; readonly point: { readonly lat: number; readonly lon: number } }>;

interface PlannedPhoto {
  readonly id: string;
  readonly facts: { readonly point: { readonly lat: number; readonly lon: number } };
  readonly previousId: string | null;
}

function plan(
  report: ReportBuilder,
  planned: Planned,
  known: KnownFiles,
  { root, path }: Candidate,
  photo: PlannedPhoto,
): void {
  const { id, previousId } = photo;
  const { point } = photo.facts;
  const twin = planned.get(id);
  const isNew = twin === undefined && !known.has(id);
  if (isNew) planned.set(id, { path, point });
  report.counts[isNew ? 'added' : previousId === id ? 'updated' : 'linked']++;
  if (previousId !== null && previousId !== id) report.replaced++;
  const stored = known.sources(id).filter((source) => source.root !== root || source.path !== path);
  for (const other of isNew ? [] : [...stored, ...(twin ? [twin] : [])]) {
    const km = distanceKm(other.point, point);
    if (km <= CONFLICT_KM) continue;
    report.conflict({ path, otherPath: other.path, km });
    break;
  }
}

function fail(
  report: ReportBuilder,
  { root, path }: { readonly root: string; readonly path: string },
  issue: Issue,
): void {
  report.fail({ root, path, ...issue });
}
