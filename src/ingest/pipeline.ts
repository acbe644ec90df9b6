import type { PreparedImage } from '../clip/clip-model.js';
import { type Change, commitBatch, type Stored } from './commit-batch.js';
import { ProgressMeter } from './ingest-events.js';
import { type IngestCounts, type IngestReport, type PhotoFailure, ReportBuilder } from './ingest-report.js';
import { type FileState, type Inspected, type InspectRules, inspectPhoto } from './inspect-photo.js';
import { photoIssue, type ReadPhoto, readPhoto } from './read-photo.js';
import type { IngestRun } from './run-ingest.js';
import { Sidecars } from './sidecars/find-sidecars.js';
import {
  type Candidate,
  type ContainerState,
  type Issue,
  newSourceNotes,
  type SourceItem,
  type SourceNotes,
} from './sources/candidate.js';

const BATCH_CHANGES = 64;
const BATCH_MS = 1000;
/** Photos that are read, decoded and preprocessed ahead of the encoder, and the bytes of their files. */
const LOOK_AHEAD_PHOTOS = 16;
const LOOK_AHEAD_BYTES = 192 * 1024 * 1024;
/** Tensors with the encoder or next in its queue: it must never wait for this thread. */
const ENCODE_AHEAD = 3;

type PhotoChange = Extract<Change, { kind: 'photo' }>;

interface Loading {
  readonly candidate: Candidate;
  readonly inspected: Extract<Inspected, { kind: 'to_read' }>;
  readonly loaded: Promise<Issue | LoadedPhoto>;
}

interface LoadedPhoto {
  readonly photo: Omit<ReadPhoto, 'content'>;
  /** null where the index, or a photo before this one, has the same bytes. */
  readonly prepared: PreparedImage | null;
}

/** A change that is known, or will be when the encoder is done. */
interface Ready {
  readonly change: Change | Promise<Change>;
}

/**
 * One run in work: photos being read and decoded, photos with the encoder, changes to commit. Each stage keeps the
 * order of the sources, so that of two files with the same bytes the first one is the reference's.
 */
export class Pipeline {
  readonly notes: SourceNotes = newSourceNotes();
  private readonly report = new ReportBuilder();
  private readonly sidecars = new Sidecars();
  private readonly progress: ProgressMeter;
  private readonly loading: Loading[] = [];
  private readonly encoding: Ready[] = [];
  private batch: Change[] = [];
  private batchSinceMs = 0;
  private loadingBytes = 0;
  private photos = 0;
  private noticesShown = 0;
  /** Pictures being prepared by id, so that the same bytes under two paths are decoded once. */
  private readonly preparing = new Map<string, Promise<PreparedImage>>();
  /** Ids with the encoder or in the batch. */
  private readonly claimed = new Set<string>();

  constructor(
    private readonly run: IngestRun,
    private readonly rules: InspectRules,
    photosExpected: number,
  ) {
    this.progress = new ProgressMeter(photosExpected, (event) => run.onEvent?.(event));
  }

  get counts(): IngestCounts {
    return this.report.counts;
  }

  /** Works through the items; whatever happens, what the encoder has is finished and stored before it returns or throws. */
  async work(items: AsyncIterable<SourceItem>): Promise<IngestReport> {
    try {
      for await (const item of items) {
        if (this.aborted) break;
        if (item.kind === 'photo') await this.begin(item);
        else this.container(item);
        await this.loadWithin(LOOK_AHEAD_PHOTOS, LOOK_AHEAD_BYTES);
        this.tick();
      }
      while (this.loading.length > 0 && !this.aborted) await this.loadWithin(this.loading.length - 1, 0);
      await this.encodeWithin(0);
      this.commit();
    } catch (error) {
      await this.rescue();
      throw error;
    } finally {
      await Promise.allSettled(this.loading.map((one) => one.loaded));
    }
    this.tick(true);
    return this.report.build(this.photos, this.notes, this.aborted);
  }

  private get aborted(): boolean {
    return this.run.signal?.aborted ?? false;
  }

  private async begin(candidate: Candidate): Promise<void> {
    this.photos++;
    const inspected = await inspectPhoto(candidate, this.run.writer, this.sidecars, this.rules);
    if (inspected.kind === 'unchanged') {
      this.report.counts.unchanged++;
    } else if (inspected.kind === 'failed') {
      const change = failureOf(candidate, inspected.issue, inspected.file);
      if (inspected.repeated) this.fail(change.failure);
      else this.add(change);
    } else {
      this.loadingBytes += inspected.file.bytes;
      const loaded = this.load(candidate, inspected);
      // It is awaited in its turn; until then a rejection must not count as unhandled.
      loaded.catch(() => undefined);
      this.loading.push({ candidate, inspected, loaded });
    }
  }

  private container({ root, path, issue }: ContainerState): void {
    if (issue !== null) this.add(failureOf({ root, path }, issue, { bytes: 0, mtimeMs: 0 }));
    else if (this.run.writer.failureState(root, path) !== null) this.add({ kind: 'cleared', root, path });
  }

  private async load(candidate: Candidate, inspected: Loading['inspected']): Promise<Issue | LoadedPhoto> {
    const read = await readPhoto(candidate.file, inspected, this.rules.track);
    if ('code' in read) return read;
    const { content, ...photo } = read;
    const { id } = photo;
    if (this.claimed.has(id) || this.run.writer.has(id)) return { photo, prepared: null };
    const preparing = this.preparing.get(id) ?? this.run.model.prepare(content, { wait: true });
    this.preparing.set(id, preparing);
    try {
      return { photo, prepared: await preparing };
    } catch (error) {
      return photoIssue(error);
    } finally {
      this.preparing.delete(id);
    }
  }

  /** Hands the oldest photos on until no more than this are being loaded. */
  private async loadWithin(photosMax: number, bytesMax: number): Promise<void> {
    while (this.loading.length > photosMax || (this.loadingBytes > bytesMax && this.loading.length > 1)) {
      const next = this.loading.shift() as Loading;
      const result = await next.loaded;
      this.loadingBytes -= next.inspected.file.bytes;
      this.encoding.push({ change: this.afterLoading(next, result) });
      await this.encodeWithin(ENCODE_AHEAD);
      this.tick();
    }
  }

  private afterLoading({ candidate, inspected }: Loading, result: Issue | LoadedPhoto): Ready['change'] {
    if ('code' in result) return failureOf(candidate, result, inspected.file);
    const { photo, prepared } = result;
    const { point } = photo.facts;
    const { factsHash, previousId, file } = inspected;
    const change: PhotoChange = {
      kind: 'photo',
      id: photo.id,
      facts: photo.facts,
      iso2: this.run.countryAt(point),
      source: { root: candidate.root, path: candidate.path, ...file, point, factsHash },
      previousId,
      embedded: null,
    };
    if (prepared === null || this.claimed.has(photo.id) || this.run.writer.has(photo.id)) return change;
    this.claimed.add(photo.id);
    const encoded = this.encode(change, photo.sha256, prepared);
    encoded.catch(() => undefined);
    return encoded;
  }

  private async encode(change: PhotoChange, sha256: string, prepared: PreparedImage): Promise<Change> {
    const { tensor, width, height, decodeMs, preprocessMs } = prepared;
    const { id, facts, iso2, source } = change;
    try {
      const { vector, encodeMs } = await this.run.model.encode(tensor, { wait: true });
      this.report.time({ decodeMs, preprocessMs, encodeMs });
      const reference = { ...facts, id, sha256, width, height, bytes: source.bytes, iso2 };
      return { ...change, embedded: { reference, vector } };
    } catch (error) {
      return failureOf(source, photoIssue(error), source);
    }
  }

  /** Takes the oldest from the encoder until no more than this are with it, and commits when a batch is due. */
  private async encodeWithin(count: number): Promise<void> {
    while (this.encoding.length > count) {
      const change = await (this.encoding[0] as Ready).change;
      this.encoding.shift();
      this.add(change);
      this.tick();
    }
  }

  private add(change: Change): void {
    if (this.batch.length === 0) this.batchSinceMs = performance.now();
    this.batch.push(change);
    if (this.batch.length >= BATCH_CHANGES) this.commit();
  }

  private commit(): void {
    if (this.batch.length === 0) return;
    const { batch } = this;
    const stored = commitBatch(this.run.writer, batch);
    this.batch = [];
    for (const change of batch) if (change.kind === 'photo') this.claimed.delete(change.id);
    for (const one of stored) this.count(one);
  }

  private count(stored: Stored): void {
    if (stored.kind === 'cleared') return;
    if (stored.kind === 'failed') {
      this.fail(stored.failure);
      return;
    }
    this.report.counts[stored.kind]++;
    if (stored.conflict !== null) this.report.conflict(stored.conflict);
    if (stored.replaced) this.report.replaced++;
  }

  private fail(failure: PhotoFailure): void {
    this.report.fail(failure);
    this.run.onEvent?.({ type: 'failure', ...failure });
  }

  /** After a failure of the run: stores what is embedded, where that still works. */
  private async rescue(): Promise<void> {
    const settled = await Promise.allSettled(this.encoding.map((one) => one.change));
    try {
      for (const one of settled) if (one.status === 'fulfilled') this.batch.push(one.value);
      this.commit();
    } catch {
      // The failure that stopped the run says more than that storing the rest failed too.
      this.batch = [];
    }
  }

  /** What is due by the clock: a commit a second, notices, progress. */
  private tick(last = false): void {
    if (this.batch.length > 0 && performance.now() - this.batchSinceMs >= BATCH_MS) this.commit();
    for (; this.noticesShown < this.notes.notices.length; this.noticesShown++) {
      this.run.onEvent?.({ type: 'notice', message: this.notes.notices[this.noticesShown] as string });
    }
    this.progress.update(this.report.done + this.batch.length, this.report.counts, last);
  }
}

function failureOf(
  at: { readonly root: string; readonly path: string },
  issue: Issue,
  file: FileState,
): Extract<Change, { kind: 'failure' }> {
  const { root, path } = at;
  const { bytes, mtimeMs } = file;
  return { kind: 'failure', failure: { root, path, ...issue }, file: { bytes, mtimeMs } };
}
