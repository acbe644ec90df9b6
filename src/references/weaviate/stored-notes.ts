import { z } from 'zod';
import type { ClusterClient } from './cluster-client.js';
import { summaryUuid } from './cluster-objects.js';
import { summariesOf } from './cluster-schema.js';
import { ObjectsWriter } from './objects-writer.js';
import { dataOf } from './rest-answers.js';

const WRITERS_MAX = 64;
const FORGOTTEN_MS = 24 * 3_600_000;
/** A writer enters the registry anew before it writes a note this long after it did so: what others noted is read once. */
const ENTERED_MS = 60_000;
const READ_AGAIN_MS = 3 * ENTERED_MS;
const REGISTRY = summaryUuid('writers');

const changesSchema = z.object({ added: z.array(z.string()), removed: z.array(z.string()) });
export type Changes = z.infer<typeof changesSchema>;
const noteSchema = z.object({
  lots: z.array(changesSchema),
  owed: changesSchema,
  /** By the name of the node that went away. */
  risked: z.record(z.string(), z.array(z.string())),
  last: z.array(z.string()),
});
export type StoredNote = z.infer<typeof noteSchema>;
const registrySchema = z.object({ writers: z.array(z.object({ id: z.string(), atMs: z.number() })) });
type Entry = z.infer<typeof registrySchema>['writers'][number];

/** What all writers noted. */
export interface Note {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** What was on its way to a node when it went away, by the node's name. */
  readonly risked: ReadonlyMap<string, readonly string[]>;
  /** What may be on its way, or was when nobody saw it. */
  readonly searched: readonly string[];
}

/** The notes of all writers, and the registry that names these, in the collection of summaries. */
export class StoredNotes {
  readonly #client: ClusterClient;
  readonly #writer: ObjectsWriter;
  readonly #collection: string;
  /** When this process entered its own writer. */
  #enteredMs = 0;
  /** Of each writer what it noted, and since when by our clock its entry is this one. */
  readonly #read = new Map<string, { entry: number; sinceMs: number; readMs: number; note: StoredNote }>();

  constructor(client: ClusterClient) {
    this.#client = client;
    this.#writer = new ObjectsWriter(client);
    this.#collection = summariesOf(client.address.name);
  }

  /** Stores the note of this process's writer. */
  async store(own: string, note: StoredNote): Promise<void> {
    const { writers } = await this.#registry();
    // Two that enter at once leave one of them: it sees so with its next note.
    if (!writers.some(({ id }) => id === own) || performance.now() - this.#enteredMs > ENTERED_MS) {
      const since = Date.now() - FORGOTTEN_MS;
      const others = writers.filter(({ id, atMs }) => id !== own && atMs > since);
      this.#enteredMs = performance.now();
      await this.#put(REGISTRY, 'writers', { writers: [...others, { id: own, atMs: Date.now() }].slice(-WRITERS_MAX) });
    }
    await this.#put(summaryUuid('writer', own), 'writer', note);
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
