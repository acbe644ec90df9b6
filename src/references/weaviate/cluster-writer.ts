import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { fault, hasCode } from '../../domain/errors.js';
import { isGeoPoint, SPOT_KM } from '../../domain/geo-point.js';
import { present } from '../../domain/present.js';
import type { Reference, Source } from '../../domain/reference.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import { distanceKm } from '../../geo/distance.js';
import { checkVector } from '../check-vector.js';
import { decideChange, type Step } from '../decide-change.js';
import { bySourceKey, isSameSource } from '../has-the-say.js';
import type { FailureState, KnownFile, SourceKey } from '../known-files.js';
import type { IndexModel, StoredReference } from '../reader.js';
import type { Change, ChangeResult, ReferenceWriter, RunCounts } from '../writer.js';
import type { ClusterClient, WriteLevel } from './cluster-client.js';
import type { ClusterIndex } from './cluster-index.js';
import type { ClusterJournal } from './cluster-journal.js';
import {
  copiedProperties,
  factProperties,
  type Properties,
  referenceProperties,
  referenceUuid,
  sourceProperties,
  sourceUuid,
  withoutNulls,
} from './cluster-objects.js';
import { ObjectsReader } from './cluster-objects-reader.js';
import { sourcesOf } from './cluster-schema.js';

const PATCHES_AT_ONCE = 8;
const ATTEMPTS = 3;
const PAUSE_MS = 200;
const PAUSE_MS_MAX = 10_000;
/** So long an ingest waits for a cluster that has too much to do. */
const BUSY_MS = 120_000;
const BUSY = /\b429\b|too many requests|RESOURCE_EXHAUSTED|overload|not enough memory|memory pressure/i;

/**
 * Writes to a cluster. Changes are decided from what was read by id, references are written before sources, and the journal notes
 * a file only after its source is acknowledged: cut short anywhere, the same changes again come to the same.
 */
export class ClusterWriter implements ReferenceWriter {
  readonly #objects: ObjectsReader;

  readonly #client: ClusterClient;
  readonly #identity: IndexModel;
  readonly #index: ClusterIndex;
  readonly #journal: ClusterJournal;
  /** Called after each write. */
  readonly #wrote: () => void;

  constructor(
    client: ClusterClient,
    identity: IndexModel,
    index: ClusterIndex,
    journal: ClusterJournal,
    wrote: () => void,
  ) {
    this.#client = client;
    this.#identity = identity;
    this.#index = index;
    this.#journal = journal;
    this.#wrote = wrote;

    this.#objects = new ObjectsReader(client, identity.modelId);
  }

  files(keys: readonly SourceKey[]): Promise<readonly KnownFile[]> {
    return this.#index.files(keys);
  }

  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, StoredReference>> {
    return this.#objects.references(ids);
  }

  present(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#index.present(ids);
  }

  sourcesNamedBy(manifest: string): Promise<readonly SourceKey[]> {
    return this.#index.sourcesNamedBy(manifest);
  }

  async apply(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    const results: ChangeResult[] = [];
    let left = changes.map((change, at) => ({ change, at }));
    for (let attempt = 0; left.length > 0; attempt++) {
      const done = await this.#applyOnce(left.map(({ change }) => change));
      for (const [i, { at }] of left.entries()) results[at] = present(done.results[i]);
      // Another deleted what was to be corrected: what is stored is looked at again, and it counts as new.
      left = left.filter((_, i) => done.again[i]);
      if (left.length > 0 && attempt === ATTEMPTS - 1) {
        throw fault(
          'cluster_failed',
          `${left.length} references were deleted by another whenever they were to be corrected. Run the same command again when the other has ended.`,
        );
      }
    }
    return results;
  }

  async #applyOnce(
    changes: readonly Change[],
  ): Promise<{ readonly results: readonly ChangeResult[]; readonly again: readonly boolean[] }> {
    const keys = changes.map((change) => (change.kind === 'photo' ? change.source : change));
    const sources = await this.#objects.sources(keys);
    const before = new Map(sources.flatMap((one) => (one === null ? [] : [[sourceUuid(one.source), one.of] as const])));
    const ids = changes.flatMap((change) =>
      change.kind === 'photo' ? change.id : change.kind === 'failure' ? (change.photoId ?? []) : [],
    );
    const references = await this.#objects.references([...new Set([...ids, ...before.values()])]);
    const draft = new Draft(this.#identity.dimension, references, before);
    const results = changes.map((change) => {
      const { result, steps } = decideChange(change, draft);
      for (const step of steps) draft.perform(step);
      return result;
    });
    const vanished = await this.#store(draft);
    const again = changes.map((change) => {
      const of = change.kind === 'photo' ? change.id : before.get(sourceUuid(change));
      return change.kind !== 'failure' && of !== undefined && vanished.has(of);
    });
    return { results, again };
  }

  /** Deletes references, then their sources. */
  async remove(ids: readonly string[]): Promise<{ deleted: string[]; missing: string[] }> {
    const found = await this.#objects.references([...new Set(ids)]);
    const draft = new Draft(this.#identity.dimension, found, new Map());
    for (const id of found.keys()) draft.perform({ remove: id });
    await this.#store(draft);
    return { deleted: [...found.keys()], missing: ids.filter((id) => !found.has(id)) };
  }

  /** @returns ids of references that were to be corrected and are not there any more */
  async #store(draft: Draft): Promise<ReadonlySet<string>> {
    const { name } = this.#client.address;
    const uuid = (id: string) => referenceUuid(this.#identity.modelId, id);
    // A deleted reference goes before its sources: cut short, they name an unknown id, and count as new.
    await this.#delete(name, [...draft.removed].map(uuid));
    const added = [...draft.added].flatMap(([id, vector]) => {
      const reference = draft.references.get(id);
      return reference === undefined ? [] : [{ reference, vector }];
    });
    await this.#insert(
      name,
      added.map(({ reference, vector }) => ({
        id: uuid(reference.id),
        properties: withoutNulls({ ...referenceProperties(reference), ...copies(reference) }),
        vectors: [...vector],
      })),
    );
    const vanished = await this.#patch(name, draft.patches());
    await this.#insert(
      sourcesOf(name),
      [...draft.putSources]
        .filter(([, { of }]) => !vanished.has(of))
        .map(([id, { of, source }]) => ({ id, properties: withoutNulls(sourceProperties(source, of)) })),
    );
    await this.#delete(sourcesOf(name), [...draft.removedSources]);
    this.#wrote();
    this.#journal.store([...draft.failed.values()], [...draft.cleared.values()]);
    return vanished;
  }

  /** Each object is acknowledged; those that were not are sent again alone, later where the cluster has too much to do. */
  async #insert(
    collection: string,
    objects: readonly { readonly id: string; readonly properties: object; readonly vectors?: number[] }[],
  ): Promise<void> {
    let left = [...objects];
    await patiently(async (attempt) => {
      const sent = left;
      if (sent.length === 0) return;
      const { errors } = await this.#client.write(collection, async (own) => {
        const result = await own.data.insertMany(sent as never);
        // At ALL a node that is away fails each object: the same again with two of three.
        if (Object.keys(result.errors).length === sent.length && attempt === 0) {
          const [first] = Object.values(result.errors);
          if (/replica|consistency|connect|broadcast|read-only/i.test(first?.message ?? ''))
            throw fault('cluster_failed', first?.message ?? '');
        }
        return result;
      });
      const failed = Object.entries(errors);
      left = failed.flatMap(([at]) => sent[Number(at)] ?? []);
      if (left.length === 0) return;
      throw fault(
        'cluster_failed',
        `The cluster did not store ${left.length} of ${objects.length} objects: ${failed[0]?.[1].message}`,
        { retryAfterS: 5 },
      );
    });
  }

  /** @returns the ids of those that are not there to be changed */
  async #patch(
    collection: string,
    patches: readonly { readonly id: string; readonly properties: Properties }[],
  ): Promise<ReadonlySet<string>> {
    const vanished = new Set<string>();
    for (let at = 0; at < patches.length; at += PATCHES_AT_ONCE) {
      await Promise.all(
        patches.slice(at, at + PATCHES_AT_ONCE).map(async ({ id, properties }) => {
          const uuid = referenceUuid(this.#identity.modelId, id);
          const answer = await patiently(() =>
            this.#client.write(collection, (_, level: WriteLevel) =>
              this.#client.rest('PATCH', `/objects/${collection}/${uuid}?consistency_level=${level}`, {
                class: collection,
                id: uuid,
                properties,
              }),
            ),
          );
          if (answer === null) vanished.add(id);
        }),
      );
    }
    return vanished;
  }

  /** By id alone: a delete by a filter comes back from a node that slept through it. */
  async #delete(collection: string, uuids: readonly string[]): Promise<void> {
    for (const uuid of uuids) await this.#client.write(collection, (own) => own.data.deleteById(uuid));
  }

  async noteFailuresMet(failures: readonly SourceKey[]): Promise<void> {
    this.#journal.noteMet(failures);
  }

  async beginRun(args: unknown): Promise<number> {
    return this.#journal.beginRun(args);
  }

  async endRun(id: number, state: 'finished' | 'stopped' | 'failed', counts: RunCounts): Promise<void> {
    this.#journal.endRun(id, state, counts);
  }

  /** @throws `upload_not_offered` */
  async keepFile(bytes: Uint8Array): Promise<string> {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    throw fault(
      'upload_not_offered',
      `A cluster keeps no photos (${sha256.slice(0, 12)}…). Put it into a folder that is ingested.`,
    );
  }

  async checkpoint(): Promise<void> {}
}

/** Again after a longer and longer pause where the cluster has too much to do, soon and a few times where it fails otherwise. */
async function patiently<T>(work: (attempt: number) => Promise<T>): Promise<T> {
  const startMs = Date.now();
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!hasCode(error, 'cluster_failed')) throw error;
      const busy = BUSY.test(error.message);
      if (busy ? Date.now() - startMs > BUSY_MS : attempt >= ATTEMPTS - 1) throw error;
      const ms = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** attempt) * (0.5 + Math.random());
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
  }
}

function copies({ sources }: Pick<StoredReference, 'sources'>): Properties {
  const conflict = sources.some((a, i) => sources.slice(i + 1).some((b) => distanceKm(a.point, b.point) > SPOT_KM));
  return copiedProperties(sources, conflict);
}

/** What was read, as the changes of a batch leave it one after the other, and what there is to write then. */
class Draft {
  readonly references: Map<string, StoredReference>;
  readonly added = new Map<string, UnitVector>();
  /** Their facts are others. */
  readonly corrected = new Set<string>();
  readonly removed = new Set<string>();
  /** By uuid. */
  readonly putSources = new Map<string, { readonly of: string; readonly source: Source }>();
  readonly removedSources = new Set<string>();
  readonly failed = new Map<string, SourceKey & FailureState>();
  readonly cleared = new Map<string, SourceKey>();
  readonly #sourceOf: Map<string, string>;
  readonly #before: ReadonlyMap<string, StoredReference>;

  readonly #dimension: number;

  constructor(
    dimension: number,
    references: ReadonlyMap<string, StoredReference>,
    sourceOf: ReadonlyMap<string, string>,
  ) {
    this.#dimension = dimension;

    this.references = new Map(references);
    this.#before = references;
    // A source that names an unknown id counts as new.
    this.#sourceOf = new Map([...sourceOf].filter(([, id]) => references.has(id)));
  }

  sourceOf(key: SourceKey): string | null {
    return this.#sourceOf.get(sourceUuid(key)) ?? null;
  }

  reference(id: string): StoredReference | null {
    return this.references.get(id) ?? null;
  }

  perform(step: Step): void {
    if ('put' in step) this.#put(step.put, step.vector);
    else if ('update' in step) {
      const { facts, iso2 } = step;
      checkPoint(facts);
      this.#edit(step.update, (one) => ({ ...one, ...onlyFacts(facts), iso2 }));
      this.corrected.add(step.update);
    } else if ('putSource' in step) this.#putSource(step.putSource, step.of);
    else if ('removeSource' in step) this.#removeSource(step.removeSource);
    else if ('remove' in step) {
      for (const source of this.references.get(step.remove)?.sources ?? []) this.#removeSource(source);
      this.references.delete(step.remove);
      this.added.delete(step.remove);
      this.removed.add(step.remove);
    } else if ('putFailure' in step) {
      const key = sourceUuid(step.putFailure);
      this.cleared.delete(key);
      this.failed.set(key, step.putFailure);
    } else {
      const key = sourceUuid(step.clearFailure);
      this.failed.delete(key);
      this.cleared.set(key, step.clearFailure);
    }
  }

  #put(reference: Reference, vector: UnitVector): void {
    checkVector(vector, this.#dimension);
    checkPoint(reference);
    this.references.set(reference.id, { ...reference, sources: [] });
    this.added.set(reference.id, vector);
    this.removed.delete(reference.id);
  }

  #putSource(source: Source, of: string): void {
    const key = sourceUuid(source);
    const before = this.#sourceOf.get(key);
    const without = (one: StoredReference) => one.sources.filter((other) => !isSameSource(other, source));
    if (before !== undefined && before !== of) this.#edit(before, (one) => ({ ...one, sources: without(one) }));
    this.#edit(of, (one) => ({ ...one, sources: [...without(one), source].sort(bySourceKey) }));
    this.#sourceOf.set(key, of);
    this.putSources.set(key, { of, source });
    this.removedSources.delete(key);
  }

  #removeSource(key: SourceKey): void {
    const uuid = sourceUuid(key);
    const of = this.#sourceOf.get(uuid);
    if (of !== undefined) {
      this.#edit(of, (one) => ({ ...one, sources: one.sources.filter((other) => !isSameSource(other, key)) }));
    }
    this.#sourceOf.delete(uuid);
    this.putSources.delete(uuid);
    this.removedSources.add(uuid);
  }

  #edit(id: string, change: (one: StoredReference) => StoredReference): void {
    const one = this.references.get(id);
    if (one === undefined) return;
    this.references.set(id, change(one));
  }

  /** Of references that stay: facts only where they are to be others, so that two who link a source each leave them to a third. */
  patches(): { readonly id: string; readonly properties: Properties }[] {
    return [...this.references.values()].flatMap((reference) => {
      const { id, iso2 } = reference;
      const before = this.#before.get(id);
      if (before === undefined || this.added.has(id)) return [];
      const corrected = this.corrected.has(id);
      const copied = copies(reference);
      if (!corrected && isDeepStrictEqual(copied, copies(before))) return [];
      return [{ id, properties: { ...(corrected ? factProperties(reference, iso2) : {}), ...copied } }];
    });
  }
}

function onlyFacts<T extends Parameters<typeof factProperties>[0]>(facts: T) {
  const { point, headingDeg, altitudeM, capturedAt, author, sequence, licence, attribution, url } = facts;
  return { point, headingDeg, altitudeM, capturedAt, author, sequence, licence, attribution, url };
}

function checkPoint({ point }: { readonly point: { readonly lat: number; readonly lon: number } }): void {
  if (isGeoPoint(point)) return;
  throw fault(
    'bad_position',
    `Expected a latitude in -90..90 and a longitude in -180..180, got ${point.lat}, ${point.lon}.`,
  );
}
