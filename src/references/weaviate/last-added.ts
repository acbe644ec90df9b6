import type { ClusterClient } from './cluster-client.js';
import type { ObjectsReader } from './cluster-objects-reader.js';
import type { ObjectsWriter } from './objects-writer.js';

/**
 * A node writes what a batch adds to its graph to the disk before the batch's vectors are in it (seen on 1.38.12): killed then, it has
 * the objects and never again finds them by their vectors, and its replicas see no difference. Any further batch writes the rest, so
 * of what was added last some objects are sent twice, which changes nothing: so many for each shard, of which there is one a node.
 */
const SENT_AGAIN = 8;
/** Where no other batch has come for so long. */
const QUIET_MS = 1000;

/** The objects that no later batch had written to the disk of each node. */
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
    // This batch had those before it written.
    if (added.length >= this.#most) this.#uuids.clear();
    for (const uuid of added) this.#uuids.add(uuid);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.send().catch(() => undefined), QUIET_MS).unref();
  }

  /** As they are stored now: this writer or another may have corrected or deleted them. */
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
