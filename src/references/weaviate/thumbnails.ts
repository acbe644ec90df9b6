import type { ClusterClient } from './cluster-client.js';
import type { ObjectsReader } from './cluster-objects-reader.js';
import { hasThumbnails, makeThumbnails, thumbnailsOf } from './cluster-schema.js';
import type { ObjectsWriter } from './objects-writer.js';

/** So many come in one answer. */
const AT_ONCE = 100;
const PAGE = 1000;

/** Small pictures of references, in a collection that is made with the first of them. */
export class Thumbnails {
  readonly #client: ClusterClient;
  readonly #objects: ObjectsReader;
  readonly #name: string;

  constructor(client: ClusterClient, objects: ObjectsReader) {
    this.#client = client;
    this.#objects = objects;
    this.#name = thumbnailsOf(client.address.name);
  }

  async of(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>();
    if (ids.length === 0 || !(await hasThumbnails(this.#client))) return found;
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const uuids = ids.slice(at, at + AT_ONCE).map(this.#objects.uuidOf);
      const { objects } = await this.#client.read(this.#name, (own) =>
        own.query.fetchObjects({
          filters: own.filter.byId().containsAny(uuids),
          limit: uuids.length,
          returnProperties: ['refId', 'picture'],
        }),
      );
      for (const { refId, picture } of objects.map(({ properties }) => properties))
        if (picture) found.set(refId, Buffer.from(picture, 'base64'));
    }
    return found;
  }

  /** Ids of no reference, whose pictures were stored before that long: an ingest stores them first. */
  async unnamed(freshMs: number): Promise<readonly string[]> {
    const lost: string[] = [];
    if (!(await hasThumbnails(this.#client))) return lost;
    for await (const page of this.#pages(freshMs)) {
      const there = await this.#objects.present(page);
      lost.push(...page.filter((id) => !there.has(id)));
    }
    // On two of three replicas, since one that was away may lack a reference.
    const stored = await Promise.all(lost.map((id) => this.#objects.isStored(id)));
    return lost.filter((_, i) => stored[i] === false);
  }

  async *#pages(freshMs: number): AsyncGenerator<readonly string[]> {
    for (let after: string | undefined; ; ) {
      const { objects } = await this.#client.read(
        this.#name,
        (own) =>
          own.query.fetchObjects({
            limit: PAGE,
            returnMetadata: ['updateTime'],
            returnProperties: ['refId'],
            ...(after === undefined ? {} : { after }),
          }),
        'walk',
      );
      const old = objects.filter(({ metadata }) => Date.now() - (metadata?.updateTime?.getTime() ?? 0) >= freshMs);
      yield old.map(({ properties }) => properties.refId);
      after = objects.at(-1)?.uuid;
      if (objects.length < PAGE) return;
    }
  }

  async store(writer: ObjectsWriter, pictures: ReadonlyMap<string, Uint8Array>): Promise<void> {
    if (pictures.size === 0) return;
    await makeThumbnails(this.#client);
    await writer.insert(
      this.#name,
      [...pictures].map(([refId, picture]) => ({
        id: this.#objects.uuidOf(refId),
        properties: { refId, picture: Buffer.from(picture).toString('base64') },
      })),
    );
  }

  async delete(writer: ObjectsWriter, ids: readonly string[]): Promise<void> {
    if (ids.length > 0 && (await hasThumbnails(this.#client)))
      await writer.delete(this.#name, ids.map(this.#objects.uuidOf));
  }
}
