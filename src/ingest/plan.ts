import { type GeoPoint, SPOT_KM } from '../domain/geo-point.js';
import type { PhotoFacts } from '../domain/reference.js';
import { distanceKm } from '../geo/distance.js';
import { checkHeif, DECODE_LIMITS, type DecodeOptions } from '../images/decode-image.js';
import { imageFormat } from '../images/image-format.js';
import { allItems, openSources, photoKey } from './all-items.js';
import type { IngestEvent } from './ingest-events.js';
import { ProgressMeter } from './ingest-events.js';
import { type IngestOptions, inspectRules, trackNotices } from './ingest-options.js';
import { type IngestReport, ReportBuilder } from './ingest-report.js';
import { type Inspected, type InspectRules, inspectPhoto, type KnownFiles, NO_KNOWN_FILES } from './inspect-photo.js';
import { isStored } from './is-stored.js';
import { notNamedAnyMore, type ReadManifest } from './not-named-any-more.js';
import { photoIssue, type ReadPhoto, readPhoto } from './read-photo.js';
import { settlePosition } from './settle-position.js';
import { Sidecars } from './sidecars/find-sidecars.js';
import { type Candidate, type ContainerState, type Issue, newSourceNotes } from './sources/candidate.js';

/** What a run would report; times are those of planning. */
export type IngestPlan = IngestReport;

export interface IngestPlanning {
  readonly sources: readonly string[];
  readonly options?: IngestOptions;
  /** The index as it is; null for one that is not there yet. */
  readonly known: KnownFiles | null;
  readonly onEvent?: (event: IngestEvent) => void;
  readonly signal?: AbortSignal;
  /** By default the process's own. */
  readonly heic?: DecodeOptions['heic'];
}

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
  const plan = new Plan(planning.known ?? NO_KNOWN_FILES, rules, planning.heic);
  for await (const item of allItems(sources, notes)) {
    if (planning.signal?.aborted) break;
    if (item.kind === 'photo') await plan.look(item);
    else plan.container(item);
    progress.update(plan.report.done, plan.report.counts);
  }
  if (!planning.signal?.aborted) await plan.lookAgain();
  const { report } = plan;
  notes.notices.push(...report.lastNotices());
  const made = report.build(report.done, notes, planning.signal?.aborted ?? false);
  planning.onEvent?.({ type: 'done', report: made });
  return made;
}

/** First path and position of an id that the plan would add. */
interface PlannedPhoto {
  readonly path: string;
  readonly point: GeoPoint;
}

class Plan {
  readonly report = new ReportBuilder();
  private readonly planned = new Map<string, PlannedPhoto>();
  private readonly manifests: ReadManifest[] = [];
  /** Of the photos that the index has: no manifest that names them no more withdraws them after this run. */
  private readonly looked = new Set<string>();
  private readonly sidecars: Sidecars;

  constructor(
    private readonly known: KnownFiles,
    private readonly rules: InspectRules,
    private readonly heic: DecodeOptions['heic'],
  ) {
    this.sidecars = new Sidecars(rules.allows);
  }

  container({ root, path, issue, manifest }: ContainerState): void {
    if (manifest !== undefined) this.manifests.push(manifest);
    if (issue !== null) this.report.fail({ root, path, ...issue });
  }

  async lookAgain(): Promise<void> {
    for (const candidate of notNamedAnyMore(this.manifests, this.known)) {
      if (!this.looked.has(photoKey(candidate))) await this.look(candidate);
    }
  }

  async look(candidate: Candidate): Promise<void> {
    const { root, path } = candidate;
    const previous = this.known.sourceState(root, path);
    if (previous !== null) this.looked.add(photoKey(candidate));
    const inspected = await inspectPhoto(candidate, this.known, this.sidecars, this.rules);
    if (inspected.kind === 'unchanged') this.report.counts.unchanged++;
    else if (inspected.kind === 'failed') this.fail(candidate, inspected.issue, inspected.withdrawn);
    else {
      const read = await readPhoto(candidate.file, inspected, this.rules);
      if ('code' in read) this.fail(candidate, read);
      else this.settle(candidate, inspected, read);
    }
  }

  private settle(candidate: Candidate, inspected: Extract<Inspected, { kind: 'to_read' }>, read: ReadPhoto): void {
    const settled = settlePosition(read, candidate, inspected, this.rules);
    if (settled.kind === 'kept') this.report.counts.unchanged++;
    else if (settled.kind === 'failed' && !settled.withdrawn && this.known.has(read.id)) this.report.counts.unchanged++;
    else if (settled.kind === 'failed') this.fail(candidate, settled.issue, settled.withdrawn);
    else {
      const isNew = !this.planned.has(read.id) && !this.known.has(read.id);
      const issue = isNew ? this.pixelIssue(read.content) : null;
      if (issue !== null) {
        this.fail(candidate, issue);
        return;
      }
      this.report.notes.add(candidate.path, read.notes);
      this.place(candidate, read.id, settled.facts);
    }
  }

  /** What a picture's header says of its pixels; only HEIF has to be asked. */
  private pixelIssue(content: Uint8Array): Issue | null {
    try {
      checkHeif(content, imageFormat(content), DECODE_LIMITS, this.heic ? { heic: this.heic } : {});
      return null;
    } catch (error) {
      return photoIssue(error);
    }
  }

  private fail({ root, path }: Candidate, issue: Issue, withdrawn = false): void {
    const id = withdrawn ? this.known.sourceState(root, path)?.id : undefined;
    if (id !== undefined) {
      const referenceRemoved = this.known.sources(id).length === 1;
      this.report.withdraw({ path, id, referenceRemoved });
    }
    this.report.fail({ root, path, ...issue });
  }

  private place({ root, path }: Candidate, id: string, facts: PhotoFacts): void {
    const { known, planned, report } = this;
    const { point } = facts;
    const previousId = known.sourceState(root, path)?.id ?? null;
    const twin = planned.get(id);
    const isNew = twin === undefined && !known.has(id);
    if (isNew) planned.set(id, { path, point });
    if (isNew) report.counts.added++;
    else if (previousId !== id) report.counts.linked++;
    else report.counts[isStored(facts, known.facts(id)) ? 'unchanged' : 'updated']++;
    if (previousId !== null && previousId !== id) report.replaced++;
    const stored = known.sources(id).filter((source) => source.root !== root || source.path !== path);
    for (const other of isNew ? [] : [...stored, ...(twin ? [twin] : [])]) {
      const km = distanceKm(other.point, point);
      if (km <= SPOT_KM) continue;
      report.conflict({ path, otherPath: other.path, km });
      break;
    }
  }
}
