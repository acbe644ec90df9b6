import { existsSync } from 'node:fs';
import { present } from '../../domain/present.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import type { Repair, VerifyReport } from '../maintenance.js';
import type { IndexModel } from '../reader.js';
import { fileFrom } from '../source-path.js';
import type { ClusterClient } from './cluster-client.js';
import { referenceFrom, sourceFrom } from './cluster-objects.js';
import { ObjectsReader } from './cluster-objects-reader.js';
import { hasThumbnails, sourcesOf, thumbnailsOf } from './cluster-schema.js';
import { copiesAreRight } from './copies-of-sources.js';
import type { ObjectFields } from './object-fields.js';
import { type NewObject, ObjectsWriter } from './objects-writer.js';
import { areAlike, firstOf, type Replica, Replicas, type Replicated, uuidOf } from './replicas.js';
import { nodesOf } from './rest-answers.js';

const PAGE = 1000;
const SETTLE_PAUSE_MS = 2000;
const NAMED = 5;
/** At most so many unsound objects of each kind are kept in memory; the rest is counted. */
const KEPT_MAX = 10_000;

export interface VerifyParts {
  readonly client: ClusterClient;
  readonly identity: IndexModel;
  /** Number of failures in this machine's journal. */
  readonly failures: () => Promise<number>;
  /** For so long the replicas may still settle a difference. */
  readonly settleMs: number;
}

/**
 * Walks the references and their sources on every node and compares presence, times, properties and vectors, and the copies of
 * source keys, and whether each node finds by uuid what it has. What differs is compared again until it agrees, or until `settleMs` have passed.
 * @throws `cluster_unreachable` (later) where a node does not answer
 */
export async function verifyCluster(parts: VerifyParts, repair?: Repair): Promise<VerifyReport> {
  const before = await new Verification(parts).verify();
  if (repair === undefined || before.differing === 0) return before.report(0);
  const repaired = await new Repairing(parts, repair).repair(before);
  return (await new Verification(parts).verify()).report(repaired);
}

/** Collects what is wrong, by uuid. */
class Verification {
  damaged: Damaged = new Map();
  sources: Damaged = new Map();
  thumbnails: Damaged = new Map();
  readonly #copies = new Set<string>();
  readonly #orphans = new Map<string, string>();
  readonly #missingRoots = new Set<string>();
  #beyond = 0;
  #counted = { references: 0, sources: 0, sourcesMissing: 0 };
  #notices: string[] = [];
  #failures = 0;
  readonly #replicas: Replicas;
  readonly #objects: ObjectsReader;
  readonly #parts: VerifyParts;

  constructor(parts: VerifyParts) {
    this.#parts = parts;
    this.#replicas = new Replicas(parts.client);
    this.#objects = new ObjectsReader(parts.client, parts.identity.modelId);
  }

  async verify(): Promise<this> {
    await this.#walkReferences();
    await this.#walkSources();
    await this.#walkThumbnails();
    await this.#settle();
    this.#failures = await this.#parts.failures();
    this.#notices = await this.#noticed();
    return this;
  }

  get differing(): number {
    return this.damaged.size + this.sources.size + this.thumbnails.size;
  }

  report(repaired: number): VerifyReport {
    const { modelId, dimension } = this.#parts.identity;
    const problems = [
      ...this.#sentences(this.damaged, 'references', 'refId'),
      ...this.#sentences(this.sources, 'sources', 'path'),
      ...this.#sentences(this.thumbnails, 'thumbnails', 'refId'),
      ...(this.#beyond > 0
        ? [
            `${this.#beyond} more objects differed between the nodes and were not looked at again: run this command again.`,
          ]
        : []),
    ];
    return {
      ok: problems.length === 0,
      problems,
      notices: this.#notices,
      ...this.#counted,
      failures: this.#failures,
      dimension,
      model: modelId,
      engine: `${this.#nodes.length} replicas compared`,
      repaired,
    };
  }

  get #name(): string {
    return this.#parts.client.address.name;
  }

  get #nodes() {
    return this.#parts.client.address.nodes;
  }

  async #walkReferences(): Promise<void> {
    for await (const page of inPages(this.#replicas.walk(this.#name))) {
      this.#counted.references += page.length;
      await this.#keepUnsound(this.damaged, this.#name, page, (replicas) => this.#isSound(replicas));
      await this.#compareCopies(page);
    }
  }

  async #keepUnsound(
    kept: Damaged,
    collection: string,
    page: readonly Replicated[],
    isSound: (replicas: Replicated) => boolean,
  ): Promise<void> {
    for (const replicas of await this.#replicas.found(collection, page)) {
      // What no node finds was deleted meanwhile.
      if (isGone(replicas) || isSound(replicas)) continue;
      if (kept.size < KEPT_MAX) kept.set(uuidOf(replicas), replicas);
      else this.#beyond++;
    }
  }

  async #compareCopies(page: readonly Replicated[]): Promise<void> {
    const rows = page.map((replicas) => firstOf(replicas).properties);
    const stored = await this.#objects.withSources(rows);
    for (const [i, row] of rows.entries()) {
      const uuid = uuidOf(present(page[i]));
      const { sources } = present(stored.get(row.refId));
      if (copiesAreRight(row, sources)) this.#copies.delete(uuid);
      else this.#copies.add(uuid);
    }
  }

  async #walkSources(): Promise<void> {
    for await (const page of inPages(this.#replicas.walk(sourcesOf(this.#name)))) {
      this.#counted.sources += page.length;
      await this.#keepUnsound(this.sources, sourcesOf(this.#name), page, areAlike);
      for (const replicas of page) {
        const { root, path } = sourceFrom(firstOf(replicas).properties).source;
        if (!existsSync(root)) this.#missingRoots.add(root);
        if (this.#missingRoots.has(root) || !existsSync(fileFrom(root, path))) this.#counted.sourcesMissing++;
      }
      const refIds = new Map(page.map((replicas) => [uuidOf(replicas), firstOf(replicas).properties.refId]));
      for (const [uuid, id] of await this.#orphansAmong(refIds)) this.#orphans.set(uuid, id);
    }
  }

  async #walkThumbnails(): Promise<void> {
    if (!(await hasThumbnails(this.#parts.client))) return;
    const collection = thumbnailsOf(this.#name);
    for await (const page of inPages(this.#replicas.walk(collection)))
      await this.#keepUnsound(this.thumbnails, collection, page, areAlike);
  }

  async #orphansAmong(refIds: ReadonlyMap<string, string>): Promise<readonly (readonly [string, string])[]> {
    const known = await this.#objects.present([...refIds.values()]);
    return [...refIds].filter(([, id]) => !known.has(id));
  }

  /** Waits until nothing differs: writes may be under way, and replicas compare themselves within a minute. */
  async #settle(): Promise<void> {
    const until = Date.now() + this.#parts.settleMs;
    while (this.differing + this.#copies.size + this.#orphans.size > 0) {
      if (Date.now() >= until) return;
      await new Promise((resolve) => setTimeout(resolve, SETTLE_PAUSE_MS));
      this.damaged = await this.#stillUnsound(this.#name, this.damaged, (replicas) => this.#isSound(replicas));
      this.sources = await this.#stillUnsound(sourcesOf(this.#name), this.sources, areAlike);
      this.thumbnails = await this.#stillUnsound(thumbnailsOf(this.#name), this.thumbnails, areAlike);
      for (const slice of slices([...this.#copies])) {
        const found = await this.#replicas.byIds(this.#name, slice);
        for (const [uuid, replicas] of found) if (isGone(replicas)) this.#copies.delete(uuid);
        await this.#compareCopies([...found.values()].filter((replicas) => !isGone(replicas)));
      }
      const orphans = new Map(await this.#orphansAmong(this.#orphans));
      for (const uuid of this.#orphans.keys()) if (!orphans.has(uuid)) this.#orphans.delete(uuid);
    }
  }

  async #stillUnsound(name: string, before: Damaged, isSound: (replicas: Replicated) => boolean): Promise<Damaged> {
    const found = await this.#replicas.byIds(name, [...before.keys()]);
    return new Map([...found].filter(([, replicas]) => !isGone(replicas) && !isSound(replicas)));
  }

  /** Whether all nodes have the same, with a vector. */
  #isSound(replicas: Replicated): boolean {
    return areAlike(replicas) && isVector(firstOf(replicas).vector, this.#parts.identity.dimension);
  }

  #sentences(damaged: Damaged, what: What, name: 'refId' | 'path'): string[] {
    const groups = new Map<string, string[]>();
    for (const replicas of damaged.values()) {
      const kind = this.#wrongWith(replicas, what);
      groups.set(kind, [...(groups.get(kind) ?? []), String(firstOf(replicas).properties[name])]);
    }
    return [...groups].map(([kind, ids]) => {
      const more = ids.length > NAMED ? ', …' : '';
      return `${ids.length} ${what} ${kind}: ${ids.slice(0, NAMED).join(', ')}${more}. Run \`streetdex index verify --repair\`.`;
    });
  }

  #wrongWith(replicas: Replicated, what: What): string {
    const nodes = (of: (one: Replica | null) => boolean) =>
      this.#nodes
        .filter((_, node) => of(replicas[node] ?? null))
        .map(({ host, port }) => `${host}:${port}`)
        .join(' and ');
    const lacking = nodes((one) => one === null);
    if (lacking !== '') return `lack on ${lacking}`;
    const { dimension } = this.#parts.identity;
    const without = what === 'references' ? nodes((one) => one !== null && !isVector(one.vector, dimension)) : '';
    if (without !== '') return `have no vector of ${dimension} dimensions on ${without}`;
    return 'differ between the nodes';
  }

  async #noticed(): Promise<string[]> {
    const { sourcesMissing } = this.#counted;
    const nodes = await nodesOf(this.#parts.client);
    return [
      ...(this.#copies.size > 0
        ? [
            `${this.#copies.size} references say other things of their sources than these themselves: run \`streetdex index reconcile\`.`,
          ]
        : []),
      ...(this.#orphans.size > 0
        ? [`${this.#orphans.size} sources name references that are not there: run \`streetdex index reconcile\`.`]
        : []),
      ...(nodes.length !== this.#nodes.length
        ? [
            `The cluster has ${nodes.length} nodes and the address names ${this.#nodes.length}: only replicas that these answer with were compared.`,
          ]
        : []),
      ...(sourcesMissing > 0
        ? [`The files of ${sourcesMissing} sources are not there for this machine: see \`streetdex index prune\`.`]
        : []),
      ...[...this.#missingRoots].map((root) => `The root ${root} is not there for this machine.`),
    ];
  }
}

type Damaged = Map<string, Replicated>;
type What = 'references' | 'sources' | 'thumbnails';

/** Repairs from the newest replica that is whole, else from the photo; what was deleted on a node is deleted everywhere. */
class Repairing {
  readonly #parts: VerifyParts;
  readonly #repair: Repair;
  readonly #objects: ObjectsReader;
  readonly #writes: ObjectsWriter;
  readonly #replicas: Replicas;

  constructor(parts: VerifyParts, repair: Repair) {
    this.#parts = parts;
    this.#repair = repair;
    this.#replicas = new Replicas(parts.client);
    this.#objects = new ObjectsReader(parts.client, parts.identity.modelId);
    this.#writes = new ObjectsWriter(parts.client);
  }

  /** @returns the number of objects written */
  async repair({
    damaged,
    sources,
    thumbnails,
  }: Pick<Verification, 'damaged' | 'sources' | 'thumbnails'>): Promise<number> {
    const { name } = this.#parts.client.address;
    let repaired = 0;
    for (const [uuid, replicas] of damaged) {
      if (await this.#isDeleted(name, uuid)) continue;
      const whole = newest(
        replicas.filter((one) => one !== null && isVector(one.vector, this.#parts.identity.dimension)),
      );
      const properties = (whole ?? newest(replicas))?.properties;
      const vector = whole?.vector ?? (properties === undefined ? null : await this.#ofPhoto(properties));
      if (vector === null || properties === undefined) continue;
      await this.#write(name, { id: uuid, properties: known(properties), vectors: [...vector] });
      repaired++;
    }
    return (
      repaired +
      (await this.#repairPlain(sourcesOf(name), sources)) +
      (await this.#repairPlain(thumbnailsOf(name), thumbnails))
    );
  }

  async #repairPlain(collection: string, damaged: Damaged): Promise<number> {
    let repaired = 0;
    for (const [uuid, replicas] of damaged) {
      if (await this.#isDeleted(collection, uuid)) continue;
      const properties = newest(replicas)?.properties;
      if (properties === undefined) continue;
      await this.#write(collection, { id: uuid, properties: known(properties) });
      repaired++;
    }
    return repaired;
  }

  /** A node that has the object and does not find it by uuid takes it for known: it is deleted, and inserted again. */
  async #write(collection: string, object: NewObject): Promise<void> {
    await this.#writes.insert(collection, [object]);
    const replicas = present((await this.#replicas.byIds(collection, [object.id])).get(object.id));
    if (!replicas.includes(null)) return;
    await this.#writes.delete(collection, [object.id]);
    await this.#writes.insert(collection, [object]);
  }

  /** Whether a node lacks the object because it was deleted while another was away; it is then deleted there too. */
  async #isDeleted(collection: string, uuid: string): Promise<boolean> {
    const found = await this.#parts.client.rest('GET', `/objects/${collection}/${uuid}?consistency_level=ALL`);
    if (found !== null) return false;
    await this.#writes.delete(collection, [uuid]);
    return true;
  }

  async #ofPhoto(properties: ObjectFields): Promise<UnitVector | null> {
    const { id } = referenceFrom(properties);
    const stored = (await this.#objects.withSources([properties])).get(id);
    return stored === undefined ? null : this.#repair.vectorOf(stored);
  }
}

function known(properties: ObjectFields): object {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null && value !== undefined));
}

function newest(replicas: Replicated): Replica | null {
  return replicas.reduce(
    (best, one) => (one !== null && (best === null || one.timeMs > best.timeMs) ? one : best),
    null,
  );
}

function isGone(replicas: Replicated): boolean {
  return replicas.every((one) => one === null);
}

function isVector(vector: Float32Array, dimension: number): boolean {
  if (vector.length !== dimension) return false;
  let squared = 0;
  for (const value of vector) squared += value * value;
  return Math.abs(squared - 1) < 1e-3;
}

async function* inPages<T>(all: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let page: T[] = [];
  for await (const one of all) {
    page.push(one);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

function* slices<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += PAGE) yield all.slice(at, at + PAGE);
}
