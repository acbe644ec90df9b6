import { randomUUID } from 'node:crypto';
import { present } from '../../domain/present.js';
import { type ClusterNode, nameOf } from './cluster-address.js';
import type { ClusterClient } from './cluster-client.js';
import type { NodeStates } from './node-states.js';
import type { Changes, StoredNote, StoredNotes } from './stored-notes.js';

const EVERY_MS = 5_000;
const RETRIED_MS = 1_000;
/** Of changes that all replicas took so many are noted each five seconds, so that every shard has one of them as good as surely. */
const OF_EACH = 8;
/** Lots that are kept; of the older half every other one goes when there are more, so that a node that slept for hours is seen. */
const LOTS_MAX = 64;
/** Changes that not every replica took are all noted, up to so many. */
const OWED_MAX = 2_000;
const RISKED_MAX = 1_000;
/** Of those that all nodes were seen to have. */
const OF_OWED = 150;
/** The last two batches of a writer: a node that dies while they are written may have them and not find them (`last-added.ts`). */
const BATCHES = 2;
const BATCH_MAX = 500;
/** What was written, by uuid. */
export interface Written {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Whether every replica took it. */
  readonly byAll: boolean;
  /** Nodes that went away meanwhile. */
  readonly departed: readonly ClusterNode[];
}

export type Wrote = (written: Written) => Promise<void>;

/** Writes, and notes what, whether or not all of it was written. */
export async function noted<T>(
  client: ClusterClient,
  wrote: Wrote,
  changes: Changes,
  write: () => Promise<T>,
): Promise<T> {
  const { quorums, states } = client;
  const departures = states.nodes.map((node) => states.departuresOf(node));
  const note = (byAll: boolean) => {
    const departed = states.nodes.filter((node, i) => states.departuresOf(node) !== departures[i]);
    return wrote({ ...changes, byAll, departed });
  };
  try {
    const result = await write();
    await note(client.quorums === quorums);
    return result;
  } catch (error) {
    // What of it is there counts as stored when the same is tried again.
    await note(false).catch(() => undefined);
    throw error;
  }
}

/** What this process's writer notes of its changes, by which a reader can tell whether a node has what was written while it was away. */
export class WriterNotes {
  readonly #states: NodeStates;
  readonly #stored: StoredNotes;
  readonly #id = randomUUID();
  #lots: Changes[] = [];
  #open: Changes = { added: [], removed: [] };
  #owed: Changes = { added: [], removed: [] };
  #risked: StoredNote['risked'] = {};
  /** When what is owed or risked was stored, endless until then; 0 where all nodes were seen to have it. */
  #owedMs = 0;
  #batches: (readonly string[])[] = [];
  #storedMs = 0;
  #storing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(states: NodeStates, stored: StoredNotes) {
    this.#states = states;
    this.#stored = stored;
    states.onDeparted = (node) => {
      if (this.#batches.length === 0) return;
      this.#risk([node], this.#batches.flat());
      this.#owedMs = Number.POSITIVE_INFINITY;
      this.#flush().catch(() => undefined);
    };
  }

  /**
   * Notes changes before they are acknowledged. What not every replica took is stored when this resolves; the rest within five seconds,
   * a failure to do so is made up for by the next.
   */
  async note({ added, removed, byAll, departed }: Written): Promise<void> {
    if (added.length + removed.length === 0) return;
    const [gone, back] = [new Set(removed), new Set(added)];
    const still = (one: Changes): Changes => ({
      added: one.added.filter((uuid) => !gone.has(uuid)),
      removed: one.removed.filter((uuid) => !back.has(uuid)),
    });
    this.#lots = this.#lots.map(still);
    this.#open = still(this.#open);
    this.#owed = still(this.#owed);
    this.#batches = [...this.#batches, added.slice(-BATCH_MAX)].slice(-BATCHES);
    this.#risk(departed, added);
    if (byAll && departed.length === 0) {
      this.#open = together(this.#open, { added, removed }, OF_EACH);
      if (this.#owedMs > 0 && this.#states.wholeSince(this.#owedMs)) this.#settle();
      this.#flushWithin(Math.max(0, this.#storedMs + EVERY_MS - performance.now()));
      return;
    }
    this.#owed = together(this.#owed, { added, removed }, OWED_MAX);
    this.#owedMs = Number.POSITIVE_INFINITY;
    await this.#flush();
  }

  /** Stores what is noted, and waits for it. */
  async end(): Promise<void> {
    if (this.#timer !== null) await this.#flush().catch(() => undefined);
    await this.#storing;
  }

  #risk(nodes: readonly ClusterNode[], uuids: readonly string[]): void {
    const risked = nodes
      .map(nameOf)
      .map((name) => [name, thinned([...(this.#risked[name] ?? []), ...uuids], RISKED_MAX)] as const);
    if (risked.length > 0) this.#risked = { ...this.#risked, ...Object.fromEntries(risked) };
  }

  /** Every node was seen to have what was owed: a part of it is kept as of everything else. */
  #settle(): void {
    const { added, removed } = this.#owed;
    this.#lots.push({ added: evenly(added, OF_OWED), removed: evenly(removed, OF_OWED) });
    this.#owed = { added: [], removed: [] };
    this.#risked = {};
    this.#owedMs = 0;
  }

  #flushWithin(ms: number): void {
    this.#timer ??= setTimeout(() => void this.#flush().catch(() => undefined), ms).unref();
  }

  #flush(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#open.added.length + this.#open.removed.length > 0) this.#lots.push(this.#open);
    this.#open = { added: [], removed: [] };
    if (this.#lots.length > LOTS_MAX) {
      const older = this.#lots.slice(0, LOTS_MAX / 2);
      this.#lots = [...older.filter((_, i) => i % 2 === 0), ...this.#lots.slice(LOTS_MAX / 2)];
    }
    this.#storedMs = performance.now();
    const stored = this.#storing.then(() => this.#store());
    this.#storing = stored.catch(() => this.#flushWithin(RETRIED_MS));
    return stored;
  }

  async #store(): Promise<void> {
    const note: StoredNote = { lots: this.#lots, owed: this.#owed, risked: this.#risked, last: this.#batches.flat() };
    await this.#stored.store(this.#id, note);
    if (this.#owedMs > 0 && note.owed === this.#owed && note.risked === this.#risked) this.#owedMs = performance.now();
  }
}

function together(one: Changes, other: Omit<Written, 'byAll' | 'departed'>, most: number): Changes {
  return {
    added: thinned([...one.added, ...other.added], most),
    removed: thinned([...one.removed, ...other.removed], most),
  };
}

/** Each once; of the older half of too many every other one goes. */
function thinned(uuids: readonly string[], most: number): string[] {
  let left = [...new Set(uuids)];
  while (left.length > most) {
    const half = Math.floor(left.length / 2);
    left = [...left.slice(0, half).filter((_, i) => i % 2 === 1), ...left.slice(half)];
  }
  return left;
}

function evenly(uuids: readonly string[], count: number): string[] {
  const step = Math.max(1, uuids.length / count);
  return Array.from({ length: Math.min(count, uuids.length) }, (_, i) => present(uuids[Math.floor(i * step)]));
}
