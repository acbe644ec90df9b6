import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { present } from '../../domain/present.js';
import { type ClusterNode, nameOf } from './cluster-address.js';
import type { ClusterClient } from './cluster-client.js';
import { summaryUuid } from './cluster-objects.js';
import { summariesOf } from './cluster-schema.js';
import { ObjectsWriter } from './objects-writer.js';
import { dataOf } from './rest-answers.js';

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
const WRITERS_MAX = 64;
const FORGOTTEN_MS = 24 * 3_600_000;
/** A writer enters the registry anew before it writes a note this long after it did so: what others noted is read once. */
const ENTERED_MS = 60_000;
const READ_AGAIN_MS = 3 * ENTERED_MS;
const REGISTRY = summaryUuid('writers');

const changesSchema = z.object({ added: z.array(z.string()), removed: z.array(z.string()) });
type Changes = z.infer<typeof changesSchema>;
const noteSchema = z.object({
  lots: z.array(changesSchema),
  owed: changesSchema,
  /** By the name of the node that went away. */
  risked: z.record(z.string(), z.array(z.string())),
  last: z.array(z.string()),
});
type StoredNote = z.infer<typeof noteSchema>;
const registrySchema = z.object({ writers: z.array(z.object({ id: z.string(), atMs: z.number() })) });
type Entry = z.infer<typeof registrySchema>['writers'][number];

/** What was written, by uuid. */
export interface Written {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Whether every replica took it. */
  readonly byAll: boolean;
  /** Nodes that went away meanwhile. */
  readonly departed: readonly ClusterNode[];
}

/** What all writers noted. */
export interface Note {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** What was on its way to a node when it went away, by the node's name. */
  readonly risked: ReadonlyMap<string, readonly string[]>;
  /** What may be on its way, or was when nobody saw it. */
  readonly searched: readonly string[];
}

/** Notes of writers about their changes, by which a reader can tell whether a node has what was written while it was away. */
export class WriterNotes {
  readonly #client: ClusterClient;
  readonly #writer: ObjectsWriter;
  readonly #collection: string;
  readonly #id = randomUUID();
  #lots: Changes[] = [];
  #open: Changes = { added: [], removed: [] };
  #owed: Changes = { added: [], removed: [] };
  #risked: StoredNote['risked'] = {};
  /** When what is owed or risked was stored, endless until then; 0 where all nodes were seen to have it. */
  #owedMs = 0;
  #batches: (readonly string[])[] = [];
  #storedMs = 0;
  #enteredMs = 0;
  #storing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  /** Of each writer what it noted, and since when by our clock its entry is this one. */
  readonly #read = new Map<string, { entry: number; sinceMs: number; readMs: number; note: StoredNote }>();

  constructor(client: ClusterClient) {
    this.#client = client;
    this.#writer = new ObjectsWriter(client);
    this.#collection = summariesOf(client.address.name);
    client.states.onDeparted = (node) => {
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
      if (this.#owedMs > 0 && this.#client.states.wholeSince(this.#owedMs)) this.#settle();
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

  /** What all writers of the last day noted. */
  async read(): Promise<Note> {
    const { writers } = await this.#registry();
    const notes = (await Promise.all(writers.map((entry) => this.#noteOf(entry)))).filter((one) => one !== null);
    const known = new Set(writers.map(({ id }) => id));
    for (const id of this.#read.keys()) if (!known.has(id)) this.#read.delete(id);
    const risked = new Map<string, string[]>();
    for (const [name, uuids] of notes.flatMap((note) => Object.entries(note.risked)))
      risked.set(name, [...(risked.get(name) ?? []), ...uuids]);
    const changes = notes.flatMap(({ lots, owed }) => [...lots, owed]);
    return {
      added: [...new Set(changes.flatMap(({ added }) => added))],
      removed: [...new Set(changes.flatMap(({ removed }) => removed))],
      risked,
      searched: [...new Set(notes.flatMap(({ owed, last }) => [...owed.added, ...last]))],
    };
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
    const { writers } = await this.#registry();
    // Two that enter at once leave one of them: it sees so with its next note.
    if (!writers.some(({ id }) => id === this.#id) || performance.now() - this.#enteredMs > ENTERED_MS) {
      const since = Date.now() - FORGOTTEN_MS;
      const others = writers.filter(({ id, atMs }) => id !== this.#id && atMs > since);
      this.#enteredMs = performance.now();
      await this.#put(REGISTRY, 'writers', {
        writers: [...others, { id: this.#id, atMs: Date.now() }].slice(-WRITERS_MAX),
      });
    }
    const note: StoredNote = { lots: this.#lots, owed: this.#owed, risked: this.#risked, last: this.#batches.flat() };
    await this.#put(summaryUuid('writer', this.#id), 'writer', note);
    if (this.#owedMs > 0 && note.owed === this.#owed && note.risked === this.#risked) this.#owedMs = performance.now();
  }

  async #registry(): Promise<z.infer<typeof registrySchema>> {
    const registry = registrySchema.safeParse(await this.#get(REGISTRY));
    return registry.success ? registry.data : { writers: [] };
  }

  /** Of a writer that did not enter anew for long nothing is read again. */
  async #noteOf({ id, atMs }: Entry): Promise<StoredNote | null> {
    const nowMs = performance.now();
    const before = this.#read.get(id);
    const sinceMs = before?.entry === atMs ? before.sinceMs : nowMs;
    if (before?.entry === atMs && before.readMs - sinceMs > READ_AGAIN_MS) return before.note;
    const note = noteSchema.safeParse(await this.#get(summaryUuid('writer', id)));
    if (!note.success) return null;
    this.#read.set(id, { entry: atMs, sinceMs, readMs: nowMs, note: note.data });
    return note.data;
  }

  async #get(uuid: string): Promise<unknown> {
    const data = await dataOf(this.#client, this.#collection, uuid);
    return data === null ? null : JSON.parse(data);
  }

  async #put(uuid: string, kind: string, value: unknown): Promise<void> {
    const properties = { kind, data: JSON.stringify(value), atMs: Date.now() };
    await this.#writer.insert(this.#collection, [{ id: uuid, properties }]);
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
