import type { ClusterNode } from './cluster-address.js';
import type { ClusterClient } from './cluster-client.js';
import { nodesOf } from './rest-answers.js';
import type { Note, WriterNotes } from './writer-notes.js';

const EVERY_MS = 2_000;
const PING_MS = 2_000;
/** Every so many looks the nodes that are `fine` are checked too: one may be cut off from the others alone. */
const FINE_EVERY = 3;
/** A node that was away has to be complete so many times in a row. */
const FOUND_TIMES = 2;
/** At most so many differences are checked: a few may come from another writer's deleting or adding meanwhile. */
const DOUBTS_MAX = 20;
/** Ids in one request. */
const AT_ONCE = 1000;
const NEAREST = 5;

/**
 * Finds out which nodes are complete. One that was away answers long before it has what was written meanwhile; it stays out of
 * searches until it has all that writers noted, twice in a row.
 */
export class NodeWatch {
  readonly #client: ClusterClient;
  readonly #notes: WriterNotes;
  /** Called with objects whose vectors a node's graph has lost. */
  onLost: (uuids: readonly string[]) => void = () => undefined;
  readonly #found = new Map<ClusterNode, number>();
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> | null = null;
  #looks = 0;

  constructor(client: ClusterClient, notes: WriterNotes) {
    this.#client = client;
    this.#notes = notes;
    client.onDoubt = () => {
      this.look().catch(() => undefined);
    };
  }

  /** Looks once, and then every two seconds. */
  async begin(): Promise<void> {
    await this.look();
    this.#timer ??= setInterval(() => {
      this.look().catch(() => undefined);
    }, EVERY_MS).unref();
  }

  /** Stops, and resolves when the last look has ended. */
  async end(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    await this.#looking?.catch(() => undefined);
  }

  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { states } = this.#client;
    const first = this.#looks === 0;
    const all = this.#looks++ % FINE_EVERY === 0;
    let noted: Promise<Note> | undefined;
    await Promise.all(
      states.nodes.map(async (node) => {
        if (!(await this.#client.ping(node, PING_MS))) {
          states.set(node, 'away');
          this.#found.set(node, 0);
          return;
        }
        const before = states.of(node);
        if (before === 'fine' && !all) return;
        noted ??= this.#notes.read();
        const has = await this.#has(node, before !== 'fine', noted).catch(() => false);
        const times = has ? (this.#found.get(node) ?? 0) + 1 : 0;
        this.#found.set(node, times);
        // At the start it was not seen away: once is enough.
        const enough = before === 'fine' || first ? 1 : FOUND_TIMES;
        states.set(node, times >= enough ? 'fine' : 'behind');
      }),
    );
  }

  /** Whether a node's own replicas have what was added, and no longer what was removed. */
  async #has(node: ClusterNode, thorough: boolean, noted: Promise<Note>): Promise<boolean> {
    const { lots, searched } = await noted;
    const added = [...new Set(lots.flatMap((lot) => lot.added))];
    const removed = [...new Set(lots.flatMap((lot) => lot.removed))];
    const there = new Set(await this.#present(node, [...added, ...removed]));
    const doubts = [...added.filter((uuid) => !there.has(uuid)), ...removed.filter((uuid) => there.has(uuid))];
    if (doubts.length === 0) return thorough ? this.#finds(node, searched) : true;
    const names = await this.#names();
    // Without names no replica can be asked by itself.
    if (names.length === 0) return false;
    for (const uuid of doubts.slice(-DOUBTS_MAX)) {
      // Each replica by itself: a read at a higher level would repair this one object and hide the difference.
      const path = `/objects/${this.#client.address.name}/${uuid}`;
      const found = await Promise.all(names.map((name) => this.#client.rest('GET', `${path}?node_name=${name}`)));
      if (new Set(found.map((one) => one === null)).size > 1) return false;
    }
    return true;
  }

  /**
   * Whether a search at the node finds what was added last. An object that it has and does not find is lost to its graph:
   * `onLost` is called with it.
   */
  async #finds(node: ClusterNode, uuids: readonly string[]): Promise<boolean> {
    const lost: string[] = [];
    for (const uuid of await this.#present(node, uuids)) {
      const { objects } = await this.#client.probe(node, this.#client.address.name, (own) =>
        own.query.nearObject(uuid, {
          limit: NEAREST,
          returnMetadata: ['distance'],
          returnProperties: ['refId'],
        }),
      );
      // With this many equal vectors one can't tell.
      const alike = objects.length === NEAREST && objects.every(({ metadata }) => (metadata?.distance ?? 1) < 1e-6);
      if (!alike && !objects.some((one) => one.uuid === uuid)) lost.push(uuid);
    }
    if (lost.length > 0) this.onLost(lost);
    return lost.length === 0;
  }

  /** The uuids that the node has, of these. */
  async #present(node: ClusterNode, uuids: readonly string[]): Promise<readonly string[]> {
    const found: string[] = [];
    for (let at = 0; at < uuids.length; at += AT_ONCE) {
      const some = uuids.slice(at, at + AT_ONCE);
      const { objects } = await this.#client.probe(node, this.#client.address.name, (own) =>
        own.query.fetchObjects({
          filters: own.filter.byId().containsAny(some),
          limit: some.length,
          returnProperties: ['refId'],
        }),
      );
      found.push(...objects.map(({ uuid }) => uuid));
    }
    return found;
  }

  /** Names of the nodes that are up, as the cluster calls them. */
  async #names(): Promise<readonly string[]> {
    const nodes = await nodesOf(this.#client);
    return nodes.filter(({ status }) => status === 'HEALTHY').map(({ name }) => name);
  }
}
