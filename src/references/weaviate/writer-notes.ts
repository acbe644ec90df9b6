import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { ClusterClient, WriteLevel } from './cluster-client.js';
import { summaryUuid } from './cluster-objects.js';
import { summariesOf } from './cluster-schema.js';
import { asSent } from './object-fields.js';
import { dataOf } from './rest-answers.js';

const EVERY_MS = 5_000;
/**
 * So many of each lot of changes are noted. Where all replicas took them, a few: every shard almost surely has one of them.
 * Where a node was away, more, since it gets them back piece by piece.
 */
const OF_EACH = { ALL: 8, QUORUM: 150 } as const;
/**
 * At most so many lots; beyond that every second one of the older half is dropped, so that even a node that was away for hours
 * is noticed.
 */
const LOTS_MAX = 64;
const WRITERS_MAX = 64;
const FORGOTTEN_MS = 24 * 3_600_000;
const REGISTRY = summaryUuid('writers');

const PINNED_MAX = 512;
/**
 * So many of a writer's last additions are noted: a node that dies while they are written may have them and not find them
 * (`last-added.ts`).
 */
const LAST = 128;

const lotSchema = z.object({ added: z.array(z.string()), removed: z.array(z.string()) });
type NotedLot = z.infer<typeof lotSchema>;
const noteSchema = z.object({ lots: z.array(lotSchema), searched: z.array(z.string()) });
export type Note = z.infer<typeof noteSchema>;
const registrySchema = z.object({ writers: z.array(z.object({ id: z.string(), atMs: z.number() })) });

/** Notes of writers about their changes, by which a reader can tell whether a node has what was written while it was away. */
export class WriterNotes {
  readonly #client: ClusterClient;
  readonly #collection: string;
  readonly #id = randomUUID();
  #lots: NotedLot[] = [];
  #last: string[] = [];
  /** The last additions before each time a node went away. */
  #pinned: string[] = [];
  #level: WriteLevel = 'ALL';
  #open: { added: string[]; removed: string[] } | null = null;
  #storedMs = 0;
  #storing: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;

  constructor(client: ClusterClient) {
    this.#client = client;
    this.#collection = summariesOf(client.address.name);
  }

  /** Notes acknowledged changes, by uuid. They are stored within five seconds; the next note makes up for a failure. */
  note(added: readonly string[], removed: readonly string[]): void {
    if (added.length + removed.length === 0) return;
    const most = OF_EACH[this.#client.level];
    this.#open ??= { added: [], removed: [] };
    const gone = new Set(removed);
    this.#lots = this.#lots.map((lot) => ({ ...lot, added: lot.added.filter((id) => !gone.has(id)) }));
    this.#open.added = [...this.#open.added.filter((id) => !gone.has(id)), ...added].slice(-most);
    const back = new Set(added);
    this.#lots = this.#lots.map((lot) => ({ ...lot, removed: lot.removed.filter((id) => !back.has(id)) }));
    this.#open.removed = [...this.#open.removed.filter((id) => !back.has(id)), ...removed].slice(-most);
    const { level } = this.#client;
    if (level === 'QUORUM' && this.#level === 'ALL') this.#pinned = [...this.#pinned, ...this.#last].slice(-PINNED_MAX);
    this.#level = level;
    this.#last = [...this.#last, ...added].slice(-LAST);
    const waits = Math.max(0, this.#storedMs + EVERY_MS - Date.now());
    this.#timer ??= setTimeout(() => this.#flush(), waits).unref();
  }

  /** Stores what is noted, and waits for it. */
  async end(): Promise<void> {
    if (this.#open !== null) this.#flush();
    await this.#storing;
  }

  /** The notes of all writers of the last day, the newest last. */
  async read(): Promise<Note> {
    const { writers } = await this.#registry();
    const notes: Note = { lots: [], searched: [] };
    for (const { id } of writers) {
      const data = await this.#get(summaryUuid('writer', id));
      const note = data === null ? null : noteSchema.safeParse(data);
      if (!note?.success) continue;
      notes.lots.push(...note.data.lots);
      notes.searched.push(...note.data.searched);
    }
    return notes;
  }

  #flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#open === null) return;
    this.#lots.push(this.#open);
    this.#open = null;
    if (this.#lots.length > LOTS_MAX) {
      const older = this.#lots.slice(0, LOTS_MAX / 2);
      this.#lots = [...older.filter((_, i) => i % 2 === 0), ...this.#lots.slice(LOTS_MAX / 2)];
    }
    this.#storedMs = Date.now();
    this.#storing = this.#storing.then(() => this.#store()).catch(() => undefined);
  }

  async #store(): Promise<void> {
    await this.#put(summaryUuid('writer', this.#id), 'writer', {
      lots: this.#lots,
      searched: [...new Set([...this.#pinned, ...this.#last])],
    });
    const { writers } = await this.#registry();
    // Of two writers that register at once one gets lost; its next note finds that out.
    if (writers.some(({ id }) => id === this.#id)) return;
    const since = Date.now() - FORGOTTEN_MS;
    const left = [...writers.filter(({ atMs }) => atMs > since), { id: this.#id, atMs: Date.now() }];
    await this.#put(REGISTRY, 'writers', { writers: left.slice(-WRITERS_MAX) });
  }

  async #registry(): Promise<z.infer<typeof registrySchema>> {
    const registry = registrySchema.safeParse(await this.#get(REGISTRY));
    return registry.success ? registry.data : { writers: [] };
  }

  async #get(uuid: string): Promise<unknown> {
    const data = await dataOf(this.#client, this.#collection, uuid);
    return data === null ? null : JSON.parse(data);
  }

  async #put(uuid: string, kind: string, value: unknown): Promise<void> {
    const properties = { kind, data: JSON.stringify(value), atMs: Date.now() };
    await this.#client.write(this.#collection, (own) => own.data.insertMany(asSent([{ id: uuid, properties }])));
  }
}
