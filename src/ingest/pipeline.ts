import type { PreparedImage } from '../clip/clip-model.js';
import { present } from '../domain/present.js';
import type { FileState } from '../domain/reference.js';
import type { SourceKey } from '../references/known-files.js';
import { pathFrom } from '../references/source-path.js';
import type { Wanted } from './all-items.js';
import { EmbeddingStage } from './embedding-stage.js';
import { ProgressMeter } from './ingest-events.js';
import { type IngestCounts, type IngestReport, type PhotoFailure, ReportBuilder } from './ingest-report.js';
import type { IngestRun } from './ingest-run.js';
import { type Inspected, type InspectRules, inspectPhoto, NO_FILE } from './inspect-photo.js';
import { notNamedAnyMore, type ReadManifest } from './not-named-any-more.js';
import { photoIssue, type ReadPhoto, readPhoto } from './read-photo.js';
import { settlePosition } from './settle-position.js';
import { Sidecars } from './sidecars/find-sidecars.js';
import {
  type Candidate,
  type ContainerState,
  type Issue,
  newSourceNotes,
  type SourceItem,
  type SourceNotes,
} from './sources/candidate.js';
import { type Outcome, type Stored, storeChanges } from './store-changes.js';
import { whileWanted } from './while-wanted.js';

type PhotoOutcome = Extract<Outcome, { kind: 'photo' }>;

type ToRead = Extract<Inspected, { kind: 'to_read' }>;

interface LoadedPhoto {
  readonly photo: Omit<ReadPhoto, 'content'>;
  /** null where the index, or a photo before this one, has the same bytes. */
  readonly prepared: Prepared | null;
}

interface Prepared {
  readonly image: PreparedImage;
  readonly thumbnail: Uint8Array | undefined;
}

/** `photoId`: the photo's id, where its bytes were read. */
type LoadFailure = Issue & { readonly photoId?: string };

/** So many repeated failures are noted in one commit. */
const MET_AT_ONCE = 1000;

/**
 * A run: photos are read and decoded, embedded, committed. Each stage keeps the order of the sources, so that of two files with
 * the same bytes the first makes the reference.
 */
export class Pipeline {
  readonly notes: SourceNotes = newSourceNotes();
  readonly #report = new ReportBuilder();
  readonly #sidecars: Sidecars;
  readonly #progress: ProgressMeter;
  readonly #stage = new EmbeddingStage<Outcome, Outcome>({
    model: () => this.#run.model,
    rowsOf: (outcome) => [outcome],
    store: (outcomes) => this.#store(outcomes),
    tick: () => this.#tick(),
    signal: () => this.#run.signal,
  });
  readonly #metAgain: PhotoFailure[] = [];
  #photos = 0;
  #noticesShown = 0;
  readonly #manifests: ReadManifest[] = [];
  /** Pictures being prepared by id, so that the same bytes under two paths are decoded once. */
  readonly #preparing = new Map<string, Promise<Prepared>>();
  /** Ids with the encoder or in the batch. */
  readonly #claimed = new Set<string>();

  readonly #run: IngestRun;
  readonly #rules: InspectRules;
  readonly #wanted: Wanted | undefined;

  constructor(run: IngestRun, rules: InspectRules, photosExpected: number, wanted?: Wanted) {
    this.#run = run;
    this.#rules = rules;
    this.#wanted = wanted;

    this.#sidecars = new Sidecars(rules.allows, run.model);
    this.#progress = new ProgressMeter(photosExpected, (event) => run.onEvent?.(event));
  }

  get counts(): IngestCounts {
    return this.#report.counts;
  }

  /** Works through the items. However it ends, what the encoder has is finished and stored first. */
  async work(items: AsyncIterable<SourceItem>): Promise<IngestReport> {
    await this.#stage.run(async () => {
      await this.#take(items, (item) => (item.kind === 'photo' ? this.#begin(item) : this.#container(item)));
      await this.#stage.finish();
      // Another manifest of this run may place them, so this is known only now.
      await this.#take(notNamedAnyMore(this.#manifests, this.#run.writer), async (candidate) => {
        if (this.#wanted?.(candidate) !== false) await this.#begin(candidate);
      });
      await this.#stage.finish();
      await this.#noteMet();
    });
    this.notes.notices.push(...this.#report.lastNotices());
    await this.#tick(true);
    return this.#report.build(this.#photos, this.notes, this.#aborted, this.#stage.times);
  }

  /**
   * Begins the items one after the other, until the run is asked to stop; a disk that does not answer can't hold it up then.
   */
  async #take<T>(items: AsyncIterable<T>, begin: (item: T) => Promise<void>): Promise<void> {
    const { signal } = this.#run;
    const iterator = items[Symbol.asyncIterator]();
    while (!this.#aborted) {
      const next = await whileWanted(iterator.next(), signal);
      if (next === null || next.value.done === true) return;
      if (this.#aborted) break;
      if ((await whileWanted(begin(next.value.value), signal)) === null) break;
      await this.#tick();
    }
    // Not awaited: a source that hangs would not answer this either.
    iterator.return?.().catch(() => undefined);
  }

  get #aborted(): boolean {
    return this.#run.signal?.aborted ?? false;
  }

  async #begin(candidate: Candidate): Promise<void> {
    this.#photos++;
    const inspected = await inspectPhoto(candidate, this.#run.writer, this.#sidecars, this.#rules);
    if (inspected.kind === 'unchanged') {
      this.#report.counts.unchanged++;
      if (inspected.mended)
        await this.#stage.batch.add({ kind: 'cleared', root: candidate.root, path: candidate.path });
    } else if (inspected.kind === 'failed') {
      const { issue, file, withdrawn } = inspected;
      const outcome = failureOf(candidate, issue, file, { withdrawn });
      if (inspected.repeated && !inspected.withdrawn) await this.#meetAgain(outcome.failure);
      else await this.#stage.batch.add(outcome);
    } else {
      await this.#stage.begin(inspected.file.bytes, this.#load(candidate, inspected), (loaded) =>
        this.#afterLoading(candidate, inspected, loaded),
      );
    }
  }

  async #container({ root, path, issue, manifest }: ContainerState): Promise<void> {
    if (manifest !== undefined) this.#manifests.push(manifest);
    if (issue !== null) await this.#stage.batch.add(failureOf({ root, path }, issue, NO_FILE));
    else if (await this.#hasFailed({ root, path })) await this.#stage.batch.add({ kind: 'cleared', root, path });
  }

  async #hasFailed(key: SourceKey): Promise<boolean> {
    const [known] = await this.#run.writer.files([key]);
    return known?.failure != null;
  }

  /** Whether the index has these bytes or is about to. */
  async #isTaken(id: string): Promise<boolean> {
    return this.#claimed.has(id) || (await this.#run.writer.present([id])).has(id);
  }

  async #load(candidate: Candidate, inspected: ToRead): Promise<LoadFailure | LoadedPhoto> {
    const read = await readPhoto(candidate.file, inspected, this.#rules, this.#run.model);
    if ('code' in read) return read;
    const { content, ...photo } = read;
    const { id, said } = photo;
    if ('code' in said || (await this.#isTaken(id))) return { photo, prepared: null };
    const preparing = this.#preparing.get(id) ?? this.#prepare(content);
    this.#preparing.set(id, preparing);
    try {
      return { photo, prepared: await preparing };
    } catch (error) {
      return { ...photoIssue(error), photoId: id };
    } finally {
      this.#preparing.delete(id);
    }
  }

  async #prepare(content: Uint8Array): Promise<Prepared> {
    const image = await this.#stage.prepare(content);
    if (this.#run.options?.thumbnails !== true) return { image, thumbnail: undefined };
    // Without one it is shown by who sees its file.
    return { image, thumbnail: await this.#run.thumbnailOf?.(content).catch(() => undefined) };
  }

  async #afterLoading(candidate: Candidate, inspected: ToRead, result: LoadFailure | LoadedPhoto): Promise<Outcome> {
    if ('code' in result) {
      const { photoId = null, ...issue } = result;
      return failureOf(candidate, issue, inspected.file, { photoId });
    }
    const { photo, prepared } = result;
    const { root, path } = candidate;
    const { factsHash, file } = inspected;
    const settled = await settlePosition(photo, candidate, inspected, this.#rules);
    if (settled.kind === 'failed') {
      return failureOf(candidate, settled.issue, file, { withdrawn: settled.withdrawn, photoId: photo.id });
    }
    if (settled.kind === 'kept') return { kind: 'kept', root, path, file, factsHash };
    this.#report.notes.add(path, photo.notes);
    const { facts, from, trackFile } = settled;
    const { point } = facts;
    const track = trackFile === null ? null : pathFrom(root, trackFile);
    const origin = { from, manifest: inspected.outside.manifestPath, track };
    const outcome: PhotoOutcome = {
      kind: 'photo',
      id: photo.id,
      facts,
      iso2: this.#run.countryAt(point),
      source: { root, path, ...file, point, factsHash, origin },
      embedded: null,
    };
    if (prepared === null || this.#claimed.has(photo.id)) return outcome;
    this.#claimed.add(photo.id);
    if ((await this.#run.writer.present([photo.id])).has(photo.id)) return outcome;
    return this.#encode(outcome, photo.sha256, prepared);
  }

  async #encode(outcome: PhotoOutcome, sha256: string, prepared: Prepared): Promise<Outcome> {
    const { image, thumbnail } = prepared;
    const { width, height } = image;
    const { id, facts, iso2, source } = outcome;
    try {
      const vector = await this.#stage.encode(image);
      const reference = { ...facts, id, sha256, width, height, bytes: source.bytes, iso2 };
      return { ...outcome, embedded: { reference, vector, ...(thumbnail && { thumbnail }) } };
    } catch (error) {
      return failureOf(source, photoIssue(error), source, { photoId: id });
    }
  }

  async #store(outcomes: readonly Outcome[]): Promise<void> {
    const stored = await storeChanges(this.#run.writer, outcomes, this.#run.countryAt);
    for (const outcome of outcomes) if (outcome.kind === 'photo') this.#claimed.delete(outcome.id);
    for (const one of stored) this.#count(one);
  }

  #count(stored: Stored): void {
    if (stored.kind === 'cleared') return;
    if (stored.kind === 'failed') {
      if (stored.withdrawal !== null) this.#report.withdraw(stored.withdrawal);
      this.#fail(stored.failure);
      return;
    }
    this.#report.counts[stored.kind]++;
    if (stored.conflict !== null) this.#report.conflict(stored.conflict);
    if (stored.replaced) this.#report.replaced++;
  }

  /** A failure that the index has already is not stored again, only noted as met by this run. */
  async #meetAgain(failure: PhotoFailure): Promise<void> {
    this.#fail(failure);
    this.#metAgain.push(failure);
    if (this.#metAgain.length >= MET_AT_ONCE) await this.#noteMet();
  }

  async #noteMet(): Promise<void> {
    const met = this.#metAgain.splice(0);
    if (met.length > 0) await this.#run.writer.noteFailuresMet(met);
  }

  #fail(failure: PhotoFailure): void {
    this.#report.fail(failure);
    this.#run.onEvent?.({ type: 'failure', ...failure });
  }

  /** Does what is due by time: a commit each second, notices, progress. */
  async #tick(last = false): Promise<void> {
    await this.#stage.batch.tick();
    for (; this.#noticesShown < this.notes.notices.length; this.#noticesShown++) {
      this.#run.onEvent?.({ type: 'notice', message: present(this.notes.notices[this.#noticesShown]) });
    }
    this.#progress.update(this.#report.done + this.#stage.batch.size, this.#report.counts, last);
  }
}

function failureOf(
  at: { readonly root: string; readonly path: string },
  issue: Issue,
  file: FileState,
  { withdrawn = false, photoId = null }: { readonly withdrawn?: boolean; readonly photoId?: string | null } = {},
): Extract<Outcome, { kind: 'failure' }> {
  const { root, path } = at;
  const { bytes, mtimeMs, ctimeMs, inode } = file;
  const failure = { root, path, ...issue };
  return { kind: 'failure', failure, file: { bytes, mtimeMs, ctimeMs, inode }, photoId, withdrawn };
}
