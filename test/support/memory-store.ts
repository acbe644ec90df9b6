import { fault } from '../../src/domain/errors.js';
import { isGeoPoint, SPOT_KM } from '../../src/domain/geo-point.js';
import type { Reference, Source } from '../../src/domain/reference.js';
import { cosine, type UnitVector } from '../../src/domain/unit-vector.js';
import { inBox, splitBox } from '../../src/geo/box.js';
import { cellOf, parentCell } from '../../src/geo/cells.js';
import { distanceKm } from '../../src/geo/distance.js';
import { fromSphere, toSphere } from '../../src/geo/sphere.js';
import { capturedMs } from '../../src/references/captured-time.js';
import type { CoverageQuery } from '../../src/references/catalogue.js';
import { checkVector } from '../../src/references/check-vector.js';
import { decideChange, type Step } from '../../src/references/decide-change.js';
import { GroupFinder } from '../../src/references/group-finder.js';
import { bySourceKey } from '../../src/references/has-the-say.js';
import { type FailureState, type SourceKey, sourceState } from '../../src/references/known-files.js';
import { LocalJournal } from '../../src/references/local-journal.js';
import type { Maintenance } from '../../src/references/maintenance.js';
import { passes } from '../../src/references/matches-conditions.js';
import type { IndexModel, NeighbourQuery, ReferenceFilter, StoredReference } from '../../src/references/reader.js';
import { rootId } from '../../src/references/root-id.js';
import { pathFrom } from '../../src/references/source-path.js';
import { StandingFailures } from '../../src/references/standing-failures.js';
import type { OpenIndex, Store } from '../../src/references/store.js';
import type { IndexSummary, SelfSimilarity } from '../../src/references/summaries.js';
import type { Change, ChangeResult, ReferenceWriter, RunCounts } from '../../src/references/writer.js';

interface Tables {
  /** `at`: in the order in which they were added. */
  readonly references: Map<string, { reference: Reference; vector: UnitVector; at: number }>;
  /** By root and path. */
  readonly sources: Map<string, { id: string; source: Source }>;
}

const keyOf = ({ root, path }: SourceKey) => `${root}\0${path}`;
const byId = (a: { readonly id: string }, b: { readonly id: string }) => (a.id < b.id ? -1 : 1);

/** An engine in memory, by brute force: what the port asks, in as few words as it takes. For tests. */
export class MemoryStore implements Store, ReferenceWriter, OpenIndex {
  readonly dimension: number;
  readonly modelId: string;
  readonly reader = this;
  readonly catalogue = this;
  readonly photos = { file: async () => null };
  readonly summaries = this;
  readonly known = this;
  readonly local = new LocalJournal(':memory:');
  readonly journal = new StandingFailures(this.local, { present: (ids) => this.present(ids) });
  tables: Tables = { references: new Map(), sources: new Map() };
  protected writes = 0;
  #made = false;
  #writing = false;
  #added = 0;

  constructor(
    private readonly made: IndexModel = { modelId: 'a'.repeat(64), modelName: 'test/model', dimension: 32 },
    readonly similarity: SelfSimilarity | null = null,
  ) {
    ({ dimension: this.dimension, modelId: this.modelId } = made);
  }

  identity = async () => (this.#made ? this.made : null);
  model = async () => this.made;
  engine = async () => ({ kind: 'memory' });
  problem = (): string | null => null;
  current = async () => true;
  close = async () => undefined;
  isBeingWritten = async () => this.#writing;

  async open(): Promise<OpenIndex> {
    if (!this.#made) throw fault('index_not_found', 'Expected an index, but there is none.');
    return this;
  }

  async write<T>(model: IndexModel, work: (writer: ReferenceWriter) => Promise<T>): Promise<T> {
    if (model.modelId !== this.modelId) throw fault('index_model_mismatch', 'Expected the model of the index.');
    if (this.#writing) throw fault('index_busy', 'Another writes.', { retryAfterS: 5 });
    [this.#made, this.#writing] = [true, true];
    return work(this).finally(() => {
      this.#writing = false;
    });
  }

  get maintenance(): Maintenance {
    const remove = async (ids: readonly string[]) => {
      const deleted = [...(await this.present(ids))];
      for (const id of deleted) this.#perform({ remove: id });
      return { deleted, missing: ids.filter((id) => !deleted.includes(id)) };
    };
    const other = () => Promise.reject(new Error('Not in memory.'));
    const others = { reconcile: other, verify: other, summarise: other, rebuild: other };
    return { ...others, prune: other, remap: other, backup: other, reembed: other, remove };
  }

  async apply(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    const before = { references: new Map(this.tables.references), sources: new Map(this.tables.sources) };
    const failed = new Map<string, SourceKey & FailureState>();
    const cleared = new Map<string, SourceKey>();
    try {
      const results = changes.map((change) => {
        const { result, steps } = decideChange(change, {
          sourceOf: (key) => this.tables.sources.get(keyOf(key))?.id ?? null,
          reference: (id) => this.#stored(id),
          isAsWritten: () => true,
        });
        for (const step of steps) {
          if ('putFailure' in step) failed.set(keyOf(step.putFailure), step.putFailure);
          else if ('clearFailure' in step) {
            failed.delete(keyOf(step.clearFailure));
            cleared.set(keyOf(step.clearFailure), step.clearFailure);
          } else this.#perform(step);
        }
        return result;
      });
      this.local.store([...failed.values()], [...cleared.values()]);
      this.writes++;
      return results;
    } catch (error) {
      this.tables = before;
      throw error;
    }
  }

  #perform(step: Exclude<Step, { readonly putFailure: unknown } | { readonly clearFailure: unknown }>): void {
    const { references, sources } = this.tables;
    if ('put' in step) {
      checkVector(step.vector, this.dimension);
      if (!isGeoPoint(step.put.point)) throw fault('bad_position', 'Expected a position.');
      references.set(step.put.id, { reference: step.put, vector: step.vector, at: ++this.#added });
    } else if ('update' in step) {
      const stored = references.get(step.update);
      const { facts, iso2 } = step;
      if (stored) references.set(step.update, { ...stored, reference: { ...stored.reference, ...facts, iso2 } });
    } else if ('putSource' in step) sources.set(keyOf(step.putSource), { id: step.of, source: step.putSource });
    else if ('removeSource' in step) sources.delete(keyOf(step.removeSource));
    else {
      references.delete(step.remove);
      for (const [key, { id }] of sources) if (id === step.remove) sources.delete(key);
    }
  }

  noteFailuresMet = async (met: readonly SourceKey[]) => this.local.noteMet(met);
  beginRun = async (args: unknown) => this.local.beginRun(args);
  endRun = async (id: number, state: 'finished' | 'stopped' | 'failed', counts: RunCounts) =>
    this.local.endRun(id, state, counts);
  keepFile = async (bytes: Uint8Array, extension: string) => `${bytes.length}${extension}`;
  async checkpoint(): Promise<void> {}

  files = async (keys: readonly SourceKey[]) =>
    keys.map((key) => {
      const found = this.tables.sources.get(keyOf(key));
      return { source: found ? sourceState(found.source, found.id) : null, failure: this.local.failure(key) };
    });
  present = async (ids: readonly string[]) => new Set(ids.filter((id) => this.tables.references.has(id)));
  sourcesNamedBy = async (manifest: string) =>
    [...this.tables.sources.values()]
      .map(({ source }) => source)
      .filter(({ root, origin }) => origin !== null && origin.manifest === pathFrom(root, manifest))
      .sort(bySourceKey);

  get = async (id: string) => this.#stored(id);
  getMany = async (ids: readonly string[]) => this.#each(ids, (id) => this.#stored(id));
  vectors = async (ids: readonly string[]) => this.#each(ids, (id) => this.#vector(id));
  idsFrom = async (start: string, limit: number) =>
    [...this.tables.references.keys()]
      .filter((id) => id.startsWith(start))
      .sort()
      .slice(0, limit);

  async list({ filter, cursor, limit }: { filter?: ReferenceFilter; cursor?: string; limit: number }) {
    checkLimit(limit);
    if (cursor !== undefined && !/^\d+$/.test(cursor))
      throw fault('bad_cursor', 'Expected the cursor of a page before.');
    const at = ({ id }: StoredReference) => this.tables.references.get(id)?.at ?? 0;
    const found = this.#all(filter)
      .filter((one) => at(one) > Number(cursor ?? 0))
      .sort((a, b) => at(a) - at(b));
    const references = found.slice(0, limit);
    return { references, cursor: found.length > limit ? String(at(references.at(-1) as StoredReference)) : null };
  }

  scan = this.list;
  scanIds = (query: Parameters<MemoryStore['list']>[0]) =>
    this.list(query).then(({ references, cursor }) => ({ ids: references.map(({ id }) => id), cursor }));
  async neighbours(query: UnitVector, { k, filter }: NeighbourQuery) {
    if (query.length !== this.dimension) throw fault('dimension_mismatch', `Expected ${this.dimension} dimensions.`);
    if (!query.every(Number.isFinite)) throw fault('vector_not_finite', 'Expected finite numbers.');
    checkLimit(k);
    return this.#all(filter)
      .map(({ id, point, sequence, author, iso2 }) => {
        return { id, point, sequence, author, iso2, score: cosine(query, this.#vector(id) as UnitVector) };
      })
      .sort((a, b) => b.score - a.score || byId(a, b))
      .slice(0, k);
  }

  counts = async () => {
    const [references, sources] = [this.tables.references.size, this.tables.sources.size];
    return { references, sources, conflicts: (await this.conflicts()).length };
  };
  conflicts = async () =>
    this.#all().filter(({ sources }) =>
      sources.some((a) => sources.some((b) => distanceKm(a.point, b.point) > SPOT_KM)),
    );

  async coverage({ bbox, resolution, source, yearFrom, yearTo, country, hasSequence }: CoverageQuery) {
    const wanted = {
      ...(country && { country }),
      ...(source !== undefined && { sourceRoot: [source] }),
      ...(hasSequence !== undefined && { hasSequence }),
    };
    const anyYear = (yearFrom ?? yearTo) === undefined;
    const found = this.#all(wanted).filter((one) => {
      const year = yearOf(one);
      const inYears = anyYear || (year !== null && year >= (yearFrom ?? 1) && year <= (yearTo ?? 9999));
      return inYears && splitBox(bbox).some((box) => inBox(box, one.point));
    });
    const cells = groupBy(found, ({ point }) => parentCell(cellOf(point), resolution));
    const sum = (all: StoredReference[], axis: 0 | 1 | 2) =>
      all.reduce((total, { point }) => total + toSphere(point)[axis], 0);
    return {
      resolution,
      cells: [...cells].map(([cell, all]) => {
        const point = fromSphere([sum(all, 0), sum(all, 1), sum(all, 2)]);
        return { cell, count: all.length, point, id: all.length === 1 ? (all[0] as StoredReference).id : null };
      }),
    };
  }

  async facets() {
    const roots = groupBy([...this.tables.sources.values()], ({ source }) => source.root);
    const sources = [...roots].map(([root, its]) => {
      const references = new Set(its.map(({ id }) => id)).size;
      return { id: rootId(root), name: root.split('/').at(-1) ?? root, references };
    });
    const years = [...groupBy(this.#all(), yearOf)].map(([year, all]) => ({ year, references: all.length }));
    return { sources, years: years.sort((a, b) => (a.year ?? 0) - (b.year ?? 0)) };
  }

  summary = async (): Promise<IndexSummary> => this.#summarise(String(this.writes), this.#all());

  async summaryWithout(exclude: NonNullable<ReferenceFilter['exclude']>): Promise<IndexSummary> {
    const whole = await this.summary();
    const left = this.#summarise(`without ${JSON.stringify(exclude)}`, this.#all({ exclude }));
    return JSON.stringify(whole.countryMeans) === JSON.stringify(left.countryMeans) ? whole : left;
  }

  /** Groups in the order of ids, each counted by the one that founded it. */
  #summarise(version: string, all: readonly StoredReference[]): IndexSummary {
    const groups = new GroupFinder();
    const founders = all
      .toSorted(byId)
      .filter(({ point, sequence, iso2 }) => groups.add(point.lat, point.lon, sequence).founded && iso2 !== null);
    const countryMeans = [...groupBy(founders, ({ iso2 }) => iso2 as string)].map(([iso2, its]) => {
      const vectors = its.map(({ id }) => this.#vector(id) as UnitVector);
      const mean = (_: unknown, i: number) => vectors.reduce((sum, v) => sum + (v[i] as number), 0) / its.length;
      return { iso2, groups: its.length, mean: Float32Array.from({ length: this.dimension }, mean) };
    });
    countryMeans.sort((a, b) => (a.iso2 < b.iso2 ? -1 : 1));
    return { version, countryMeans, selfSimilarity: this.similarity };
  }

  #each<T>(ids: readonly string[], of: (id: string) => T | null): ReadonlyMap<string, T> {
    return new Map(ids.map((id) => [id, of(id)] as const).filter((one): one is [string, T] => one[1] !== null));
  }

  #vector(id: string): UnitVector | null {
    return this.tables.references.get(id)?.vector ?? null;
  }

  #stored(id: string): StoredReference | null {
    const found = this.tables.references.get(id);
    if (found === undefined) return null;
    const sources = [...this.tables.sources.values()].filter((one) => one.id === id).map((one) => one.source);
    return { ...found.reference, sources: sources.sort(bySourceKey) };
  }

  #all(filter: ReferenceFilter = {}): StoredReference[] {
    const all = [...this.tables.references.keys()].map((id) => this.#stored(id) as StoredReference);
    return all.filter(({ point, sources, ...facts }) => {
      const rootIds = sources.map(({ root }) => rootId(root));
      return passes({ ...facts, ...point, paths: sources.map(({ path }) => path), rootIds }, filter);
    });
  }
}

function groupBy<T, K>(all: readonly T[], key: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const one of all) groups.set(key(one), [...(groups.get(key(one)) ?? []), one]);
  return groups;
}

function checkLimit(limit: number): void {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 10_000) return;
  throw fault('limit_out_of_range', `Expected 1 to 10000, got ${limit}.`);
}

function yearOf({ capturedAt }: StoredReference): number | null {
  const ms = capturedAt === null ? null : capturedMs(capturedAt);
  return ms === null ? null : new Date(ms).getUTCFullYear();
}
