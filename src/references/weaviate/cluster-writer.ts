import { createHash } from 'node:crypto';
import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { decideChange } from '../decide-change.js';
import type { KnownFile, SourceKey } from '../known-files.js';
import type { LocalJournal } from '../local-journal.js';
import type { IndexModel, StoredReference } from '../reader.js';
import type { Change, ChangeResult, ReferenceWriter, RunCounts } from '../writer.js';
import type { ClusterClient } from './cluster-client.js';
import { copies, Draft } from './cluster-draft.js';
import type { ClusterIndex } from './cluster-index.js';
import { referenceProperties, referenceUuid, sourceProperties, sourceUuid, withoutNulls } from './cluster-objects.js';
import { ObjectsReader } from './cluster-objects-reader.js';
import { sourcesOf } from './cluster-schema.js';
import { LastAdded } from './last-added.js';
import { ObjectsWriter } from './objects-writer.js';
import { Thumbnails } from './thumbnails.js';
import { noted, type Wrote } from './writer-notes.js';

const ATTEMPTS = 3;

/**
 * Writes to a cluster. Changes are decided from what was read by id, references are written before sources, and the journal
 * notes a file only after its source is acknowledged: after an interruption anywhere, the same changes again give the same
 * result.
 */
export class ClusterWriter implements ReferenceWriter {
  readonly #objects: ObjectsReader;
  readonly #writes: ObjectsWriter;
  readonly #lastAdded: LastAdded;
  readonly #thumbnails: Thumbnails;

  readonly #client: ClusterClient;
  readonly #identity: IndexModel;
  readonly #index: ClusterIndex;
  readonly #journal: LocalJournal;
  /** Called after each write, before it is acknowledged. */
  readonly #wrote: Wrote;

  constructor(client: ClusterClient, identity: IndexModel, index: ClusterIndex, journal: LocalJournal, wrote: Wrote) {
    this.#client = client;
    this.#identity = identity;
    this.#index = index;
    this.#journal = journal;
    this.#wrote = wrote;

    this.#objects = new ObjectsReader(client, identity.modelId);
    this.#writes = new ObjectsWriter(client);
    this.#thumbnails = new Thumbnails(client, this.#objects);
    this.#lastAdded = new LastAdded(client, this.#objects, this.#writes);
  }

  files(keys: readonly SourceKey[]): Promise<readonly KnownFile[]> {
    return this.#index.known.files(keys);
  }

  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, StoredReference>> {
    return this.#objects.references(ids);
  }

  present(ids: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#index.known.present(ids);
  }

  sourcesNamedBy(manifest: string): Promise<readonly SourceKey[]> {
    return this.#index.known.sourcesNamedBy(manifest);
  }

  async apply(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    const results: ChangeResult[] = [];
    let left = changes.map((change, at) => ({ change, at }));
    for (let attempt = 0; left.length > 0; attempt++) {
      const done = await this.#applyOnce(left.map(({ change }) => change));
      for (const [i, { at }] of left.entries()) results[at] = present(done.results[i]);
      // Another writer deleted what was to be corrected: it is decided again from what is stored now.
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
    const keys = changes.flatMap((change) =>
      change.kind === 'photo' ? change.source : change.kind === 'copy' ? change.reference.sources : change,
    );
    const sources = await this.#objects.sources(keys);
    const before = new Map(sources.flatMap((one) => (one === null ? [] : [[sourceUuid(one.source), one.of] as const])));
    const ids = changes.flatMap((change) =>
      change.kind === 'failure' ? (change.photoId ?? []) : (idOf(change) ?? []),
    );
    const references = await this.#objects.references([...new Set([...ids, ...before.values()])]);
    const draft = new Draft(this.#identity.dimension, references, before);
    const results = changes.map((change) => {
      const { result, steps } = decideChange(change, draft);
      for (const step of steps) draft.perform(step);
      return result;
    });
    // Before their references, by which a photo is there: cut short, the same changes store them again.
    await this.#thumbnails.store(this.#writes, picturesOf(changes, draft));
    const vanished = await this.#store(draft);
    const again = changes.map((change) => {
      if (change.kind === 'failure') return false;
      const of = change.kind === 'photo' || change.kind === 'copy' ? idOf(change) : before.get(sourceUuid(change));
      return of !== undefined && vanished.has(of);
    });
    return { results, again };
  }

  /** Deletes references, then their sources. */
  async remove(ids: readonly string[]): Promise<{ deleted: string[]; missing: string[] }> {
    const found = await this.#objects.references([...new Set(ids)]);
    const draft = new Draft(this.#identity.dimension, found, new Map());
    for (const id of found.keys()) draft.perform({ remove: id });
    await this.#store(draft);
    const missing = ids.filter((id) => !found.has(id));
    // Sources left by a delete that was cut short.
    const left = await this.#objects.sourcesNaming(missing);
    await this.#writes.delete(sourcesOf(this.#client.address.name), left.map(sourceUuid));
    await this.#thumbnails.delete(this.#writes, missing);
    return { deleted: [...found.keys()], missing };
  }

  /** @returns ids of references that were to be corrected and are gone */
  async #store(draft: Draft): Promise<ReadonlySet<string>> {
    const uuid = (id: string) => referenceUuid(this.#identity.modelId, id);
    const changes = { added: [...draft.added.keys()].map(uuid), removed: [...draft.removed].map(uuid) };
    const vanished = await noted(this.#client, this.#wrote, changes, () => this.#send(draft, uuid));
    this.#journal.store([...draft.failed.values()], [...draft.cleared.values()]);
    return vanished;
  }

  async #send(draft: Draft, uuid: (id: string) => string): Promise<ReadonlySet<string>> {
    const { name } = this.#client.address;
    // References before their sources: after an interruption the sources name a missing reference and count as new.
    await this.#writes.delete(name, [...draft.removed].map(uuid));
    const added = [...draft.added].flatMap(([id, vector]) => {
      const reference = draft.references.get(id);
      return reference === undefined ? [] : [{ reference, vector }];
    });
    const objects = added.map(({ reference, vector }) => ({
      id: uuid(reference.id),
      properties: withoutNulls({ ...referenceProperties(reference), ...copies(reference) }),
      vectors: [...vector],
    }));
    await this.#writes.insert(name, objects);
    const patches = draft.patches();
    const gone = await this.#writes.patch(
      name,
      patches.map(({ id, properties }) => ({ uuid: uuid(id), properties })),
    );
    const vanished = new Set(patches.map(({ id }) => id).filter((id) => gone.has(uuid(id))));
    await this.#writes.insert(
      sourcesOf(name),
      [...draft.putSources]
        .filter(([, { of }]) => !vanished.has(of))
        .map(([id, { of, source }]) => ({ id, properties: withoutNulls(sourceProperties(source, of)) })),
    );
    await this.#writes.delete(sourcesOf(name), [...draft.removedSources]);
    await this.#thumbnails.delete(this.#writes, [...draft.removed]);
    this.#lastAdded.note(objects.map(({ id }) => id));
    return vanished;
  }

  /** Makes each node insert the vectors of these objects into its graph again. */
  async mend(uuids: readonly string[]): Promise<void> {
    const mended = { latitude: Math.random(), longitude: Math.random() };
    await this.#writes.patch(
      this.#client.address.name,
      uuids.map((uuid) => ({ uuid, properties: { mended } })),
    );
  }

  /** Makes each node write to its disk what was added last. */
  flush(): Promise<void> {
    return this.#lastAdded.send();
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

  /** Makes a new summary of a larger collection where this ingest changed much. */
  async checkpoint(): Promise<void> {
    if (await this.#index.summaries.isDue()) await this.#index.summaries.make();
  }
}

/** Of the references that a batch adds. */
function picturesOf(changes: readonly Change[], { added }: Draft): ReadonlyMap<string, Uint8Array> {
  const pictures = new Map<string, Uint8Array>();
  for (const change of changes) {
    const id = change.kind === 'photo' || change.kind === 'copy' ? idOf(change) : undefined;
    const from = change.kind === 'photo' ? change.embedded : change.kind === 'copy' ? change : null;
    if (id !== undefined && from?.thumbnail !== undefined && added.has(id)) pictures.set(id, from.thumbnail);
  }
  return pictures;
}

/** Id of the reference, for a change that names it. */
function idOf(change: Change): string | undefined {
  return change.kind === 'photo' ? change.id : change.kind === 'copy' ? change.reference.id : undefined;
}
