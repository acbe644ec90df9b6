import { createHash } from 'node:crypto';
import type { PreparedImage } from '../clip/clip-model.js';
import { fault, hasCode } from '../domain/errors.js';
import type { GeoPoint } from '../domain/geo-point.js';
import { present } from '../domain/present.js';
import { referenceId } from '../domain/reference.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { DECODE_LIMITS, refuseFormat } from '../images/decode-image.js';
import { imageFormat } from '../images/image-format.js';
import type { KnownFacts } from '../images/known-facts.js';
import { readPhotoFacts } from '../images/photo-facts.js';
import { readPlainFile } from '../images/plain-file.js';
import { EmbeddingStage } from '../ingest/embedding-stage.js';
import { inspectRules } from '../ingest/ingest-options.js';
import { inspectPhoto, readIssue } from '../ingest/inspect-photo.js';
import { photoIssue } from '../ingest/read-photo.js';
import { Sidecars } from '../ingest/sidecars/find-sidecars.js';
import { type Candidate, type Issue, newSourceNotes, type PhotoSource } from '../ingest/sources/candidate.js';
import { openSource } from '../ingest/sources/open-source.js';
import { NO_KNOWN_FILES } from '../references/known-files.js';
import type { OpenIndex } from '../references/store.js';
import { type ClusteredPhoto, clusterPhotos } from './cluster-photos.js';
import type { EvaluationQuery } from './evaluation-query.js';
import { type Exclusion, exclusionFilter } from './exclude-own.js';
import { drawn, PLACE_KM, partOf } from './leave-out.js';
import { DuplicateFinder, type NearDuplicate } from './near-duplicates.js';
import { ProgressClock } from './progress-clock.js';
import {
  clusterNotices,
  type GatherOptions,
  type GatherParts,
  type ManifestQueries,
  type QuerySet,
  type SkippedQuery,
} from './query-set.js';
import { type CacheEntry, type SeenFile, VectorCache } from './vector-cache.js';

/** A photo whose bytes are known. */
interface Loaded {
  readonly content: string;
  readonly facts: KnownFacts & { readonly point: GeoPoint };
  /** To be stored with the hash; null where it is stored already. */
  readonly file: SeenFile | null;
  readonly known: KnownVector | null;
  /** null where the vector is known. */
  readonly prepared: PreparedImage | null;
}

interface KnownVector {
  readonly vector: UnitVector;
  readonly inIndex: boolean;
}

type Outcome =
  | { readonly kind: 'skipped'; readonly skipped: SkippedQuery }
  | {
      readonly kind: 'query';
      readonly query: Omit<EvaluationQuery, 'cluster'>;
      readonly photo: ClusteredPhoto;
      readonly inIndex: boolean;
      /** The reference that is the same picture. */
      readonly duplicate: NearDuplicate | 'unknown' | null;
      readonly keep: CacheEntry | null;
    };

/** The queries of a manifest, folder or photo; see `gatherQueries`. */
export async function gatherManifest(
  parts: GatherParts,
  source: ManifestQueries,
  options: GatherOptions,
): Promise<QuerySet> {
  const photos = await openSource(source.manifest, source.images ?? null);
  const named = await photos.count();
  const index = await parts.index();
  const { modelId, dimension } = index?.reader ?? (await modelOf(parts));
  const cache = new VectorCache(parts.config.data_dir, modelId, dimension);
  try {
    return await new Gathering(parts, index, cache, source, named, options).run(photos);
  } finally {
    cache.close();
  }
}

async function modelOf(parts: GatherParts): Promise<{ readonly modelId: string; readonly dimension: number }> {
  const { id, dimension } = (await parts.model('throughput')).info;
  return { modelId: id, dimension };
}

/** One run: photos are read and decoded, embedded, and their vectors stored; in the manifest's order. */
class Gathering {
  readonly #started = performance.now();
  readonly #queries: Omit<EvaluationQuery, 'cluster'>[] = [];
  readonly #photos: ClusteredPhoto[] = [];
  readonly #skipped: SkippedQuery[] = [];
  readonly #inIndex: string[] = [];
  readonly #duplicates: NearDuplicate[] = [];
  readonly #unknown: string[] = [];
  readonly #finder: DuplicateFinder | null;
  readonly #notes = newSourceNotes();
  readonly #sidecars = new Sidecars();
  readonly #progress: ProgressClock;
  readonly #stage: EmbeddingStage<Outcome, CacheEntry>;
  /** First id of each content. */
  readonly #ids = new Map<string, string>();

  readonly #index: OpenIndex | null;
  readonly #cache: VectorCache;
  readonly #source: ManifestQueries;
  readonly #named: number;
  readonly #options: GatherOptions;

  constructor(
    parts: GatherParts,
    index: OpenIndex | null,
    cache: VectorCache,
    source: ManifestQueries,
    named: number,
    options: GatherOptions,
  ) {
    this.#index = index;
    this.#cache = cache;
    this.#source = source;
    this.#named = named;
    this.#options = options;

    this.#progress = new ProgressClock(Math.min(named, source.limit ?? named), options.onProgress);
    this.#finder =
      index === null || source.duplicates === 'not_looked_for'
        ? null
        : new DuplicateFinder(index, parts.config.pixels_max ?? DECODE_LIMITS.pixelsMax);
    this.#stage = new EmbeddingStage<Outcome, CacheEntry>({
      model: () => parts.model('throughput'),
      rowsOf: (outcome) => (outcome.kind === 'query' && outcome.keep !== null ? [outcome.keep] : []),
      store: (entries) => cache.put(entries),
      take: (outcome) => this.#take(outcome),
      tick: () => this.#tick(),
      signal: () => this.#options.signal,
    });
  }

  async run(photos: PhotoSource): Promise<QuerySet> {
    await this.#stage.run(async () => {
      const rules = await inspectRules({});
      for await (const candidate of this.#candidates(photos)) {
        if (this.#stopped) break;
        const inspected = await inspectPhoto(candidate, NO_KNOWN_FILES, this.#sidecars, rules);
        if (inspected.kind === 'failed') this.#skip(candidate.path, inspected.issue);
        else if (inspected.kind === 'to_read') {
          const file = { path: candidate.file, ...inspected.file };
          const loading = this.#load(candidate, file);
          await this.#stage.begin(file.bytes, loading, (loaded) => this.#embed(candidate, loaded));
        }
        await this.#tick();
      }
    });
    if (this.#stopped) throw interrupted(this.#queries.length, this.#named);
    for (const { path, reason } of this.#notes.repeated) this.#skip(path, { code: 'duplicate_id', reason });
    await this.#tick(true);
    return this.#set();
  }

  get #stopped(): boolean {
    return this.#options.signal?.aborted ?? false;
  }

  /**
   * Candidates that can be asked about; the others are noted as skipped. A limit samples all of them rather than taking the
   * first.
   */
  async *#candidates(photos: PhotoSource): AsyncGenerator<Candidate> {
    const limit = this.#source.limit ?? null;
    const kept: Candidate[] = [];
    for await (const item of photos.items(this.#notes)) {
      if (item.issue !== null) this.#skip(item.path, item.issue);
      else if (item.kind === 'container') continue;
      else if (item.manifest !== null && item.manifest.point === null) this.#skip(item.path, NO_TRUTH);
      else if (limit === null) yield item;
      else kept.push(item);
    }
    yield* drawn(kept, limit, ({ path }) => path);
  }

  async #load(candidate: Candidate, file: SeenFile): Promise<Issue | Loaded> {
    const { manifest } = candidate;
    const seen = manifest === null ? null : this.#cache.contentOf(file);
    const known = seen === null ? null : await this.#known(seen);
    if (manifest !== null && manifest.point !== null && seen !== null && known !== null)
      return { content: seen, facts: { ...manifest, point: manifest.point }, file: null, known, prepared: null };
    let bytes: Uint8Array;
    try {
      bytes = await readPlainFile(file.path, file.bytes);
    } catch (error) {
      return readIssue(error);
    }
    try {
      refuseFormat(imageFormat(bytes), bytes.length);
      const facts = manifest ?? readPhotoFacts(bytes).facts;
      const { point } = facts;
      if (point === null) return NO_TRUTH;
      const content = createHash('sha256').update(bytes).digest('hex');
      const loaded = { content, facts: { ...facts, point }, file, known: await this.#known(content) };
      return { ...loaded, prepared: loaded.known === null ? await this.#stage.prepare(bytes) : null };
    } catch (error) {
      return photoIssue(error);
    }
  }

  /** The vector of these bytes where the index or the cache has it. */
  async #known(content: string): Promise<KnownVector | null> {
    const id = referenceId(content);
    const own = (await this.#index?.reader.vectors([id]))?.get(id);
    if (own !== undefined) return { vector: own, inIndex: true };
    const vector = this.#cache.vector(content);
    return vector === null ? null : { vector, inIndex: false };
  }

  async #embed({ path: id, file: path }: Candidate, loaded: Issue | Loaded): Promise<Outcome> {
    if ('code' in loaded) return { kind: 'skipped', skipped: { id, code: loaded.code, reason: loaded.reason } };
    const { content, facts, file, known, prepared } = loaded;
    const earlier = this.#ids.get(content);
    if (earlier !== undefined) return { kind: 'skipped', skipped: { id, ...sameBytes(earlier) } };
    const { point, author = null, sequence = null } = facts;
    const own = exclusionFilter(this.#source.exclude ?? [], { point, author, sequence });
    if (own === null) return { kind: 'skipped', skipped: { id, ...NO_AUTHOR } };
    this.#ids.set(content, id);
    const vector = known?.vector ?? (await this.#encode(id, present(prepared ?? undefined)));
    const inIndex = known?.inIndex ?? false;
    const exclude = { ...own, ...(inIndex ? { ids: [referenceId(content)] } : {}) };
    const filter = Object.keys(exclude).length === 0 ? {} : { exclude };
    const duplicate = (await this.#finder?.find(vector, path, filter)) ?? null;
    const seen = file === null ? {} : { file };
    return {
      kind: 'query',
      inIndex,
      photo: { id, truth: facts.point, author: facts.author, sequence: facts.sequence },
      duplicate: duplicate === null || duplicate === 'unknown' ? duplicate : { id, ...duplicate },
      keep: file === null && known !== null ? null : { content, ...seen, ...(known === null ? { vector } : {}) },
      query: {
        id,
        truth: facts.point,
        part: this.#index && (await partOf(this.#index.reader, facts.point, filter)),
        vector,
        filter,
        sha256: content,
        file: path,
      },
    };
  }

  async #encode(id: string, prepared: PreparedImage): Promise<UnitVector> {
    try {
      return await this.#stage.encode(prepared);
    } catch (error) {
      if (!hasCode(error, 'vector_not_finite')) throw error;
      throw fault('not_finite', `${error.message} The photo was ${id}.`, { cause: error });
    }
  }

  #take(outcome: Outcome): void {
    if (outcome.kind === 'skipped') {
      this.#skipped.push(outcome.skipped);
      return;
    }
    const { query, photo, inIndex, duplicate } = outcome;
    if (duplicate === 'unknown') this.#unknown.push(query.id);
    else if (duplicate !== null) {
      this.#duplicates.push(duplicate);
      if (this.#leavesDuplicatesOut) {
        this.#skip(query.id, samePictureAs(duplicate));
        return;
      }
    }
    this.#queries.push(query);
    this.#photos.push(photo);
    if (inIndex) this.#inIndex.push(query.id);
  }

  get #leavesDuplicatesOut(): boolean {
    return this.#source.duplicates !== 'keep';
  }

  #skip(id: string, { code, reason }: Issue): void {
    this.#skipped.push({ id, code, reason });
  }

  async #tick(last = false): Promise<void> {
    await this.#stage.batch.tick();
    this.#progress.update(this.#queries.length + this.#skipped.length, last);
  }

  #set(): QuerySet {
    const { manifest, limit } = this.#source;
    const { decodeMs, preprocessMs, encodeMs } = this.#stage.times;
    const clusters = clusterPhotos(this.#photos, this.#source.exclude?.includes('place') ? 'place' : null);
    const queries = this.#queries.map((query, i) => ({ ...query, cluster: present(clusters[i]) }));
    return {
      queries,
      skipped: this.#skipped,
      inIndex: this.#inIndex,
      nearDuplicates: this.#finder && {
        leftOut: this.#leavesDuplicatesOut,
        found: this.#duplicates,
        unknown: this.#unknown,
      },
      description: {
        kind: 'manifest',
        text: `the photos of ${manifest}${describeExclusions(this.#source.exclude ?? [])}`,
        manifest,
        rule: null,
        limit: limit ?? null,
        photos: this.#named,
      },
      notices: [...this.#notes.notices, ...clusterNotices(queries)],
      embedded: this.#stage.embedded,
      tookMs: {
        decode: decodeMs,
        preprocess: preprocessMs,
        encode: encodeMs,
        total: performance.now() - this.#started,
      },
    };
  }
}

const NO_TRUTH: Issue = {
  code: 'no_position',
  reason: 'Expected the position where the photo was taken, which its answer is compared with, got none.',
};

const NO_AUTHOR: Issue = {
  code: 'author_unknown',
  reason: 'Expected a photo whose author is known, so that the author can be left out; use --exclude place.',
};

function samePictureAs({ reference, correlation }: NearDuplicate): Issue {
  return {
    code: 'near_duplicate',
    reason: `Expected a picture that the index does not hold, got that of reference ${reference} (correlation ${correlation.toFixed(3)}).`,
  };
}

function describeExclusions(exclusions: readonly Exclusion[]): string {
  const names = { author: 'author', sequence: 'walk', place: `surroundings (${PLACE_KM} km)` };
  const left = exclusions.map((exclusion) => names[exclusion]);
  return left.length === 0 ? '' : `, each with the references of its ${left.join(', ')} left out`;
}

function sameBytes(earlier: string): Issue {
  return {
    code: 'duplicate_photo',
    reason: `Expected each photo once, got the bytes of ${earlier} again under another name.`,
  };
}

function interrupted(done: number, total: number) {
  return fault(
    'interrupted',
    `Embedding the queries was stopped; the ${done} of ${total} that are embedded are kept. Run the same command again to go on.`,
  );
}
