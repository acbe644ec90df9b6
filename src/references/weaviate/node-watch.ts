import { type ClusterNode, nameOf } from './cluster-address.js';
import type { ClusterClient } from './cluster-client.js';
import { NodePulse } from './node-pulse.js';
import { nodesOf } from './rest-answers.js';
import type { Note, StoredNotes } from './stored-notes.js';

const BEAT_MS = 1_000;
const BEAT_WITHIN_MS = 2_000;
const LOOK_MS = 2_000;
/** Differences that are looked at by one look; where there are more, the next one goes on. */
const DOUBTS_MAX = 100;
/** So many are asked for by one call. */
const AT_ONCE = 1000;
const SEARCHES_AT_ONCE = 8;
const NEAREST = 5;

/** What of the notes a node was seen to have since it went away last. */
interface Seen {
  departures: number;
  has: Set<string>;
  finds: Set<string>;
}

/**
 * Finds out which nodes have everything: one that was away answers again long before it has what it slept through. It is left out of
 * searches until it has what writers noted, and so is one that nobody has seen to have it for some seconds.
 */
export class NodeWatch {
  readonly #client: ClusterClient;
  readonly #notes: StoredNotes;
  /** Called with objects whose vectors a node's graph has lost. */
  onLost: (uuids: readonly string[]) => void = () => undefined;
  readonly #pulses = new Map<ClusterNode, NodePulse>();
  readonly #seen = new Map<ClusterNode, Seen>();
  readonly #looking = new Map<ClusterNode, Promise<void>>();
  #timers: readonly NodeJS.Timeout[] = [];
  #begun: Promise<void> | null = null;
  #noted: Promise<Note> | null = null;

  constructor(client: ClusterClient, notes: StoredNotes) {
    this.#client = client;
    this.#notes = notes;
    client.onDoubt = () => {
      this.#look().catch(() => undefined);
    };
  }

  /** The first look, and others every two seconds from then on. */
  begin(): Promise<void> {
    this.#begun ??= this.#begin();
    return this.#begun;
  }

  async #begin(): Promise<void> {
    const { nodes } = this.#client.states;
    this.#timers = [
      setInterval(() => void Promise.all(nodes.map((node) => this.#beat(node))), BEAT_MS).unref(),
      setInterval(() => void this.#look().catch(() => undefined), LOOK_MS).unref(),
    ];
    await Promise.all(nodes.map((node) => this.#beat(node)));
    await this.#look();
  }

  /** Stops, and resolves when the last look has ended. */
  async end(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#timers = [];
    this.#begun = null;
    await Promise.all(this.#looking.values());
    for (const pulse of this.#pulses.values()) pulse.close();
    this.#pulses.clear();
  }

  async #beat(node: ClusterNode): Promise<void> {
    const { states } = this.#client;
    const pulse =
      this.#pulses.get(node) ??
      new NodePulse(this.#client.urlOf(node, '/.well-known/ready'), this.#client.headers, () => states.departed(node));
    this.#pulses.set(node, pulse);
    if (await pulse.beat(BEAT_WITHIN_MS)) states.answered(node);
    else states.departed(node);
  }

  /** Each node for itself: one with much to look at holds up no other. */
  async #look(): Promise<void> {
    await Promise.all(
      this.#client.states.nodes.map((node) => {
        const looking =
          this.#looking.get(node) ??
          this.#lookAt(node)
            .catch(() => undefined)
            .finally(() => this.#looking.delete(node));
        this.#looking.set(node, looking);
        return looking;
      }),
    );
  }

  async #lookAt(node: ClusterNode): Promise<void> {
    const { states } = this.#client;
    const look = { atMs: performance.now(), departures: states.departuresOf(node) };
    if (states.of(node) === 'away') return;
    // One that was begun by another look is of an earlier time.
    this.#noted ??= Promise.resolve().then(() => {
      this.#noted = null;
      return this.#notes.read();
    });
    const thorough = !states.wasWhole(node);
    const note = await this.#noted;
    const seen = this.#seenOf(node, look.departures, note);
    const has = await this.#has(node, seen, note);
    // Of one that is back it may be noted only later what was on its way to it.
    const searched = [...riskedAt(node, states.nodes, note), ...(thorough ? note.searched : [])];
    states.looked(node, look, has && (await this.#finds(node, seen, searched)));
  }

  #seenOf(node: ClusterNode, departures: number, { added, removed, searched, risked }: Note): Seen {
    let seen = this.#seen.get(node);
    if (seen?.departures !== departures) seen = { departures, has: new Set(), finds: new Set() };
    const noted = new Set([...added, ...removed.map(gone)]);
    seen.has = new Set([...seen.has].filter((one) => noted.has(one)));
    const wanted = new Set([...searched, ...[...risked.values()].flat()]);
    seen.finds = new Set([...seen.finds].filter((one) => wanted.has(one)));
    this.#seen.set(node, seen);
    return seen;
  }

  /** Whether a node's own replicas have what was added, and no longer what was removed. */
  async #has(node: ClusterNode, { has }: Seen, note: Note): Promise<boolean> {
    const added = note.added.filter((uuid) => !has.has(uuid));
    const removed = note.removed.filter((uuid) => !has.has(gone(uuid)));
    const there = new Set(await this.#present(node, [...added, ...removed]));
    const doubts = new Map<string, string>();
    for (const uuid of added) there.has(uuid) ? has.add(uuid) : doubts.set(uuid, uuid);
    for (const uuid of removed) there.has(uuid) ? doubts.set(uuid, gone(uuid)) : has.add(gone(uuid));
    if (doubts.size === 0) return true;
    const names = await this.#names();
    // Without names no replica can be asked by itself.
    if (names.length === 0) return false;
    for (const [uuid, mark] of [...doubts].slice(0, DOUBTS_MAX)) {
      // Each replica by itself: a read at a higher level would repair this one object and hide the difference.
      const path = `/objects/${this.#client.address.name}/${uuid}`;
      const found = await Promise.all(names.map((name) => this.#client.rest('GET', `${path}?node_name=${name}`)));
      if (new Set(found.map((one) => one === null)).size > 1) return false;
      // It was deleted, or added again, by somebody else.
      has.add(mark);
    }
    return doubts.size <= DOUBTS_MAX;
  }

  /**
   * Whether a search at the node comes upon what may have been on its way when a node went away. What it has and does not find is lost to
   * its graph, and told to who can write it anew.
   */
  async #finds(node: ClusterNode, { finds }: Seen, searched: readonly string[]): Promise<boolean> {
    const lost: string[] = [];
    const left = await this.#present(
      node,
      searched.filter((uuid) => !finds.has(uuid)),
    );
    for (let at = 0; at < left.length; at += SEARCHES_AT_ONCE) {
      await Promise.all(
        left.slice(at, at + SEARCHES_AT_ONCE).map(async (uuid) => {
          if (await this.#findsOne(node, uuid)) finds.add(uuid);
          else lost.push(uuid);
        }),
      );
    }
    if (lost.length > 0) this.onLost(lost);
    return lost.length === 0;
  }

  async #findsOne(node: ClusterNode, uuid: string): Promise<boolean> {
    const { objects } = await this.#client.probe(node, this.#client.address.name, (own) =>
      own.query.nearObject(uuid, {
        limit: NEAREST,
        returnMetadata: ['distance'],
        returnProperties: ['refId'],
      }),
    );
    // Among others with the very same vector one can't tell.
    const alike = objects.length === NEAREST && objects.every(({ metadata }) => (metadata?.distance ?? 1) < 1e-6);
    return alike || objects.some((one) => one.uuid === uuid);
  }

  /** Those of the objects that a search at this node would find. */
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

/** Also what is noted of nodes that go by other names elsewhere. */
function riskedAt(node: ClusterNode, nodes: readonly ClusterNode[], { risked }: Note): readonly string[] {
  const others = new Set(nodes.filter((one) => one !== node).map(nameOf));
  return [...risked].flatMap(([name, uuids]) => (others.has(name) ? [] : uuids));
}

const gone = (uuid: string) => `-${uuid}`;
