import type { ClusterClient } from './cluster-client.js';
import type { NewObject, ObjectsWriter } from './objects-writer.js';

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
  readonly #writer: ObjectsWriter;
  readonly #objects = new Map<string, NewObject>();
  #timer: NodeJS.Timeout | null = null;

  constructor(client: ClusterClient, writer: ObjectsWriter) {
    this.#client = client;
    this.#writer = writer;
  }

  /** @param other uuids of objects that were corrected or removed, and must not become again what they were */
  note(added: readonly NewObject[], other: readonly string[]): void {
    for (const uuid of other) this.#objects.delete(uuid);
    if (added.length === 0) return;
    // This batch had those before it written.
    if (added.length >= this.#most) this.#objects.clear();
    for (const object of added) this.#objects.set(object.id, object);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.send().catch(() => undefined), QUIET_MS).unref();
  }

  async send(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const again = [...this.#objects.values()].slice(-this.#most);
    this.#objects.clear();
    await this.#writer.insert(this.#client.address.name, again);
  }

  get #most(): number {
    return SENT_AGAIN * this.#client.address.nodes.length;
  }
}
