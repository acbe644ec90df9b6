import { createHash } from 'node:crypto';
import { present } from '../../domain/present.js';
import type { ClusterNode } from './cluster-address.js';
import type { ClusterClient, Objects } from './cluster-client.js';
import { thumbnailsOf } from './cluster-schema.js';
import { type ObjectFields, vectorOf } from './object-fields.js';

const PAGE = 1000;
const AT_ONCE = 500;

/** An object as one node has it. */
export interface Replica {
  readonly uuid: string;
  readonly timeMs: number;
  readonly properties: ObjectFields;
  /** Empty where it has none. */
  readonly vector: Float32Array;
  /** Equal for equal times, properties and vectors. */
  readonly digest: string;
}

/** One object as each node has it, in the order of nodes; null where a node lacks it. */
export type Replicated = readonly (Replica | null)[];

/** Whether all nodes have the same. */
export function areAlike(replicas: Replicated): boolean {
  return new Set(replicas.map((one) => one?.digest ?? null)).size === 1;
}

export function firstOf(replicas: Replicated): Replica {
  return present(replicas.find((one) => one !== null));
}

export const uuidOf = (replicas: Replicated): string => firstOf(replicas).uuid;

/** Reads each node of the address by itself. Where a cluster has more nodes than replicas, a node may pass a request on. */
export class Replicas {
  readonly #client: ClusterClient;

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  /** All objects in the order of their uuids; the nodes are walked in parallel. */
  async *walk(collection: string): AsyncGenerator<Replicated> {
    const walks = this.#client.address.nodes.map((_, node) => this.#walkOf(node, collection));
    try {
      const heads = await Promise.all(walks.map((walk) => walk.next()));
      for (;;) {
        const uuids = heads.flatMap(({ done, value }) => (done === true ? [] : [value.uuid]));
        const first = uuids.reduce<string | null>(
          (least, uuid) => (least === null || uuid < least ? uuid : least),
          null,
        );
        if (first === null) return;
        const at = heads.map(({ done, value }) => (done !== true && value.uuid === first ? value : null));
        yield at;
        for (const [node, one] of at.entries()) {
          const walk = walks[node];
          if (one !== null && walk !== undefined) heads[node] = await walk.next();
        }
      }
    } finally {
      for (const walk of walks) await walk.return(undefined);
    }
  }

  /**
   * The same, without those replicas that their node does not find by uuid. A node that was killed, or whose disk was full, in the middle
   * of a write may have an object and not the entry in its index of uuids by which it is asked for (seen in 1.38.12); for the other
   * replicas it is the same object, so that nobody mends it.
   */
  async found(collection: string, page: readonly Replicated[]): Promise<readonly Replicated[]> {
    const uuids = page.map(uuidOf);
    const found = await Promise.all(this.#client.address.nodes.map((node) => this.#foundAt(node, collection, uuids)));
    return page.map((replicas) => replicas.map((one, node) => (one && found[node]?.has(one.uuid) ? one : null)));
  }

  async #foundAt(node: ClusterNode, collection: string, uuids: readonly string[]): Promise<ReadonlySet<string>> {
    const objects = await this.#byIdsAt(node, collection, uuids, { returnProperties: ['refId'] });
    return new Set(objects.map(({ uuid }) => uuid));
  }

  /** Objects by uuid; all nulls where no node has it. */
  async byIds(collection: string, uuids: readonly string[]): Promise<ReadonlyMap<string, Replicated>> {
    const found = new Map<string, (Replica | null)[]>(
      uuids.map((uuid) => [uuid, this.#client.address.nodes.map(() => null)]),
    );
    for (const [node, address] of this.#client.address.nodes.entries()) {
      for (const object of await this.#byIdsAt(address, collection, uuids, whole(collection))) {
        const one = found.get(object.uuid);
        if (one !== undefined) one[node] = replicaOf(object);
      }
    }
    return found;
  }

  /** What a node finds by these uuids. @param wanted what is read of each object */
  async #byIdsAt(
    node: ClusterNode,
    collection: string,
    uuids: readonly string[],
    wanted: Parameters<Objects['query']['fetchObjects']>[0],
  ): Promise<Fetched[]> {
    const found: Fetched[] = [];
    for (let at = 0; at < uuids.length; at += AT_ONCE) {
      const some = uuids.slice(at, at + AT_ONCE);
      const { objects } = await this.#client.readAt(node, collection, (own) =>
        own.query.fetchObjects({ ...wanted, filters: own.filter.byId().containsAny(some), limit: some.length }),
      );
      found.push(...objects);
    }
    return found;
  }

  /** One node's objects; the next page is fetched while one is worked on. */
  async *#walkOf(node: number, collection: string): AsyncGenerator<Replica, undefined> {
    for (let page = this.#page(node, collection, undefined); ; ) {
      const { objects } = await page;
      const last = objects.at(-1)?.uuid;
      const more = objects.length === PAGE;
      if (more) {
        page = this.#page(node, collection, last);
        page.catch(() => undefined);
      }
      for (const object of objects) yield replicaOf(object);
      if (!more) return undefined;
    }
  }

  #page(node: number, collection: string, after: string | undefined): Promise<Awaited<ReturnType<typeof fetched>>> {
    const address = this.#client.address.nodes[node];
    if (address === undefined) throw new RangeError(`Expected a node, got the number ${node}.`);
    return this.#client.readAt(address, collection, (own) => fetched(own, collection, after));
  }
}

/** All of an object; pictures come only where they are asked for. */
const whole = (collection: string) => ({
  includeVector: true,
  returnMetadata: ['updateTime' as const],
  ...(collection.endsWith(thumbnailsOf('')) ? { returnProperties: ['refId' as const, 'picture' as const] } : {}),
});

function fetched(own: Objects, collection: string, after: string | undefined) {
  return own.query.fetchObjects({
    limit: PAGE,
    ...(after === undefined ? {} : { after }),
    ...whole(collection),
  });
}

interface Fetched {
  readonly uuid: string;
  readonly properties: ObjectFields;
  readonly vectors: Readonly<Record<string, unknown>>;
  readonly metadata?: { readonly updateTime?: Date | undefined } | undefined;
}

function replicaOf(object: Fetched): Replica {
  const { uuid, properties, metadata } = object;
  const vector = Float32Array.from(vectorOf(object));
  const timeMs = metadata?.updateTime?.getTime() ?? 0;
  const sorted = Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1));
  const digest = createHash('sha256')
    .update(JSON.stringify([timeMs, sorted]))
    .update(Buffer.from(vector.buffer))
    .digest('base64');
  return { uuid, timeMs, properties, vector, digest };
}
