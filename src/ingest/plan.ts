import { type GeoPoint, SPOT_KM } from '../domain/geo-point.js';
import { isStored, type PhotoFacts } from '../domain/reference.js';
import { distanceKm } from '../geo/distance.js';
import { checkHeif, DECODE_LIMITS, type DecodeOptions } from '../images/decode-image.js';
import { imageFormat } from '../images/image-format.js';
import { isSameSource } from '../references/has-the-say.js';
import { type KnownFiles, NO_KNOWN_FILES, type SourceKey, type SourceState } from '../references/known-files.js';
import type { StoredReference } from '../references/reader.js';
import { allItems, openSources, photoKey, type Wanted, wantedPhotos } from './all-items.js';
import type { IngestEvent } from './ingest-events.js';
import { ProgressMeter } from './ingest-events.js';
import { type IngestOptions, inspectRules, trackNotices } from './ingest-options.js';
import { type IngestReport, ReportBuilder } from './ingest-report.js';
import { type Inspected, type InspectRules, inspectPhoto } from './inspect-photo.js';
import { notNamedAnyMore, type ReadManifest } from './not-named-any-more.js';
import { photoIssue, type ReadPhoto, readPhoto } from './read-photo.js';
import { settlePosition } from './settle-position.js';
import { Sidecars } from './sidecars/find-sidecars.js';
import { type Candidate, type ContainerState, type Issue, newSourceNotes } from './sources/candidate.js';

/** The report that a run would give; times are those of planning. */
export type IngestPlan = IngestReport;

export interface IngestPlanning {
  readonly sources: readonly string[];
  readonly options?: IngestOptions;
  /** The index as it is; null where there is none yet. */
  readonly known: KnownFiles | null;
  readonly onEvent?: (event: IngestEvent) => void;
  readonly signal?: AbortSignal;
  /** The HEIC decoder; the process's own by default. */
  readonly heic?: DecodeOptions['heic'];
}

/**
 * Plans an ingest: the report that it would give, except for pictures that turn out damaged when they are decoded. Reads and
 * hashes photos that are new or changed; stores nothing.
 */
export async function planIngest(planning: IngestPlanning): Promise<IngestPlan> {
  const rules = await inspectRules(planning.options ?? {});
  const wanted = wantedPhotos(planning.options?.part);
  const { sources, photos } = await openSources(planning.sources, planning.options?.images, rules.allows, wanted);
  planning.onEvent?.({ type: 'planned', photos });
  const progress = new ProgressMeter(photos, (event) => planning.onEvent?.(event));
  const notes = newSourceNotes();
  notes.notices.push(...trackNotices(rules));
  const plan = new Plan(planning.known ?? NO_KNOWN_FILES, rules, planning.heic);
  for await (const item of allItems(sources, notes, wanted)) {
    if (planning.signal?.aborted) break;
    if (item.kind === 'photo') await plan.look(item);
    else plan.container(item);
    progress.update(plan.report.done, plan.report.counts);
  }
  if (!planning.signal?.aborted) await plan.lookAgain(wanted);
  const { report } = plan;
  notes.notices.push(...report.lastNotices());
  const made = report.build(report.done, notes, planning.signal?.aborted ?? false);
  planning.onEvent?.({ type: 'done', report: made });
  return made;
}

/** First path and position of a photo that the plan would add. */
interface PlannedPhoto {
  readonly path: string;
  readonly point: GeoPoint;
}

class Plan {
  readonly report = new ReportBuilder();
  readonly #planned = new Map<string, PlannedPhoto>();
  readonly #manifests: ReadManifest[] = [];
  /** Photos of the index that the plan has looked at: a manifest that no longer names them does not withdraw them. */
  readonly #looked = new Set<string>();
  readonly #sidecars: Sidecars;

  readonly #known: KnownFiles;
  readonly #rules: InspectRules;
  readonly #heic: DecodeOptions['heic'];

  constructor(known: KnownFiles, rules: InspectRules, heic: DecodeOptions['heic']) {
    this.#known = known;
    this.#rules = rules;
    this.#heic = heic;

    this.#sidecars = new Sidecars(rules.allows);
  }

  container({ root, path, issue, manifest }: ContainerState): void {
    if (manifest !== undefined) this.#manifests.push(manifest);
    if (issue !== null) this.report.fail({ root, path, ...issue });
  }

  async lookAgain(wanted: Wanted | undefined): Promise<void> {
    for await (const candidate of notNamedAnyMore(this.#manifests, this.#known)) {
      if (!this.#looked.has(photoKey(candidate)) && wanted?.(candidate) !== false) await this.look(candidate);
    }
  }

  async look(candidate: Candidate): Promise<void> {
    const { root, path } = candidate;
    const previous = await this.#sourceAt({ root, path });
    if (previous !== null) this.#looked.add(photoKey(candidate));
    const inspected = await inspectPhoto(candidate, this.#known, this.#sidecars, this.#rules);
    if (inspected.kind === 'unchanged') this.report.counts.unchanged++;
    else if (inspected.kind === 'failed') await this.#fail(candidate, inspected.issue, inspected.withdrawn);
    else {
      const read = await readPhoto(candidate.file, inspected, this.#rules);
      if ('code' in read) await this.#fail(candidate, read);
      else await this.#settle(candidate, inspected, read);
    }
  }

  async #settle(
    candidate: Candidate,
    inspected: Extract<Inspected, { kind: 'to_read' }>,
    read: ReadPhoto,
  ): Promise<void> {
    const stored = (await this.#known.getMany([read.id])).get(read.id) ?? null;
    const settled = await settlePosition(read, candidate, inspected, this.#rules);
    if (settled.kind === 'kept') this.report.counts.unchanged++;
    else if (settled.kind === 'failed' && !settled.withdrawn && stored !== null) this.report.counts.unchanged++;
    else if (settled.kind === 'failed') await this.#fail(candidate, settled.issue, settled.withdrawn);
    else {
      const isNew = !this.#planned.has(read.id) && stored === null;
      const issue = isNew ? this.#pixelIssue(read.content) : null;
      if (issue !== null) {
        await this.#fail(candidate, issue);
        return;
      }
      this.report.notes.add(candidate.path, read.notes);
      await this.#place(candidate, read.id, settled.facts, stored);
    }
  }

  /** An issue with the pixels by the picture's header alone; only HEIF is asked. */
  #pixelIssue(content: Uint8Array): Issue | null {
    try {
      checkHeif(content, imageFormat(content), DECODE_LIMITS, this.#heic ? { heic: this.#heic } : {});
      return null;
    } catch (error) {
      return photoIssue(error);
    }
  }

  async #sourceAt(key: SourceKey): Promise<SourceState | null> {
    const [known] = await this.#known.files([key]);
    return known?.source ?? null;
  }

  async #fail({ root, path }: Candidate, issue: Issue, withdrawn = false): Promise<void> {
    const id = withdrawn ? (await this.#sourceAt({ root, path }))?.id : undefined;
    if (id !== undefined) {
      const referenceRemoved = (await this.#known.getMany([id])).get(id)?.sources.length === 1;
      this.report.withdraw({ path, id, referenceRemoved });
    }
    this.report.fail({ root, path, ...issue });
  }

  async #place(
    { root, path }: Candidate,
    id: string,
    facts: PhotoFacts,
    stored: StoredReference | null,
  ): Promise<void> {
    const { report } = this;
    const planned = this.#planned;
    const { point } = facts;
    const previousId = (await this.#sourceAt({ root, path }))?.id ?? null;
    const twin = planned.get(id);
    const isNew = twin === undefined && stored === null;
    if (isNew) planned.set(id, { path, point });
    if (isNew) report.counts.added++;
    else if (previousId !== id) report.counts.linked++;
    else report.counts[isStored(facts, stored) ? 'unchanged' : 'updated']++;
    if (previousId !== null && previousId !== id) report.replaced++;
    const others = (stored?.sources ?? []).filter((source) => !isSameSource(source, { root, path }));
    for (const other of isNew ? [] : [...others, ...(twin ? [twin] : [])]) {
      const km = distanceKm(other.point, point);
      if (km <= SPOT_KM) continue;
      report.conflict({ path, otherPath: other.path, km });
      break;
    }
  }
}
