import { fault, hasCode } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { ClusterClient } from './cluster-client.js';
import { unstoredOf } from './rest-answers.js';

const AT_ONCE = 8;
const ATTEMPTS = 3;
const PAUSE_MS = 200;
const PAUSE_MS_MAX = 10_000;
/** An ingest waits so long for an overloaded cluster. */
const BUSY_MS = 120_000;
const BUSY = /\b429\b|too many requests|RESOURCE_EXHAUSTED|overload|not enough memory|memory pressure/i;

export interface NewObject {
  readonly id: string;
  readonly properties: object;
  readonly vectors?: number[];
}

/**
 * Writes objects by uuid; each write is idempotent. By REST: a batch by the client's gRPC takes half a second whatever is in it
 * (weaviate-client 3.12.1).
 */
export class ObjectsWriter {
  readonly #client: ClusterClient;

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  /**
   * Inserts objects. Those that were not acknowledged are sent again alone; with longer pauses where the cluster is overloaded.
   */
  async insert(collection: string, objects: readonly NewObject[]): Promise<void> {
    let left = [...objects];
    await patiently(async () => {
      const sent = left;
      if (sent.length === 0) return;
      const failed = await this.#client.write(async (request, level) => {
        const unstored = unstoredOf(
          await request('POST', `/batch/objects?consistency_level=${level}`, {
            objects: sent.map(({ vectors, ...object }) => ({ class: collection, ...object, vector: vectors })),
          }),
        );
        const [first] = unstored;
        // One node that is away, or whose disk is full, makes these fail: all are sent again with two of three.
        if (level === 'ALL' && first !== undefined && !BUSY.test(first.message))
          throw fault('cluster_failed', first.message);
        return unstored;
      });
      left = failed.map(({ at }) => present(sent[at]));
      if (left.length === 0) return;
      throw fault(
        'cluster_failed',
        `The cluster did not store ${left.length} of ${objects.length} objects: ${failed[0]?.message}`,
        { retryAfterS: 5 },
      );
    });
  }

  /** @returns the uuids that are not there */
  async patch(
    collection: string,
    patches: readonly { readonly uuid: string; readonly properties: object }[],
  ): Promise<ReadonlySet<string>> {
    const vanished = new Set<string>();
    await someAtOnce(patches, async ({ uuid, properties }) => {
      const answer = await this.#client.write((request, level) =>
        request('PATCH', `/objects/${collection}/${uuid}?consistency_level=${level}`, {
          class: collection,
          id: uuid,
          properties,
        }),
      );
      if (answer === null) vanished.add(uuid);
    });
    return vanished;
  }

  /** By id alone: what a filter deleted comes back from a node that was away. */
  async delete(collection: string, uuids: readonly string[]): Promise<void> {
    await someAtOnce(uuids, (uuid) =>
      this.#client.write((request, level) =>
        request('DELETE', `/objects/${collection}/${uuid}?consistency_level=${level}`),
      ),
    );
  }
}

async function someAtOnce<T>(all: readonly T[], work: (one: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < all.length; at += AT_ONCE) {
    await Promise.all(all.slice(at, at + AT_ONCE).map((one) => patiently(() => work(one))));
  }
}

/** Again after a longer and longer pause where the cluster has too much to do, soon and a few times where it fails otherwise. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const startMs = Date.now();
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (!hasCode(error, 'cluster_failed')) throw error;
      const busy = BUSY.test(error.message);
      if (busy ? Date.now() - startMs > BUSY_MS : attempt >= ATTEMPTS - 1) throw error;
      const ms = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** attempt) * (0.5 + Math.random());
      await new Promise((resolve) => setTimeout(resolve, ms));
    }
  }
}
