import type { ClusterClient } from './cluster-client.js';
import type { ObjectsReader } from './cluster-objects-reader.js';
import type { ObjectsWriter } from './objects-writer.js';

/**
 * A node writes a batch's additions to its graph to disk before their vectors (seen in 1.38.12). If it is killed between, it
 * has the objects and never finds them by their vectors, and its replicas see no difference. The next batch makes it write the
 * rest, so some of the last objects are sent twice, which changes nothing: so many for each shard, of which there is one a
 * node.
 */
const SENT_AGAIN = 8;
/** They are sent again when no other batch has come for so long. */
const QUIET_MS = 1000;

/** Objects that no later batch has made the nodes write to disk. */
export class LastAdded {
  readonly #client: ClusterClient;
  readonly #reader: ObjectsReader;
  readonly #writer: ObjectsWriter;
  readonly #uuids = new Set<string>();
  #timer: NodeJS.Timeout | null = null;

  constructor(client: ClusterClient, reader: ObjectsReader, writer: ObjectsWriter) {
    this.#client = client;
    this.#reader = reader;
    this.#writer = writer;
  }

  note(added: readonly string[]): void {
    if (added.length === 0) return;
    // This batch made the nodes write the ones before it.
    if (added.length >= this.#most) this.#uuids.clear();
    for (const uuid of added) this.#uuids.add(uuid);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.send().catch(() => undefined), QUIET_MS).unref();
  }

  /** Sends them as they are stored now: a writer may have corrected or deleted them meanwhile. */
  async send(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const again = [...this.#uuids].slice(-this.#most);
    this.#uuids.clear();
    await this.#writer.insert(this.#client.address.name, await this.#reader.whole(again));
  }

  get #most(): number {
    return SENT_AGAIN * this.#client.address.nodes.length;
  }
}
