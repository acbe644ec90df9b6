import { fault } from '../../src/domain/errors.js';
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
import type { FailureFilter, IngestJournal } from '../../src/references/journal.js';
import type { FailureState, SourceKey } from '../../src/references/known-files.js';
import type { Maintenance } from '../../src/references/maintenance.js';
import { passes } from '../../src/references/matches-conditions.js';
import type { ReferencePhotos } from '../../src/references/photos.js';
import type {
  IndexModel,
  Neighbour,
  NeighbourQuery,
  ReferenceFilter,
  StoredReference,
} from '../../src/references/reader.js';
import { rootId } from '../../src/references/root-id.js';
import type { Run } from '../../src/references/run.js';
import { pathFrom } from '../../src/references/source-path.js';
import type { OpenIndex, Store } from '../../src/references/store.js';
import type { IndexSummary, SelfSimilarity } from '../../src/references/summaries.js';
import type { Change, ChangeResult, ReferenceWriter, RunCounts } from '../../src/references/writer.js';

interface Tables {
  /** `at`: in the order in which they were added. */
  readonly references: Map<string, { reference: Reference; vector: UnitVector; at: number }>;
  /** By root and path. */
  readonly sources: Map<string, { id: string; source: Source }>;
  readonly failures: Map<string, SourceKey & FailureState & { id: number; at: string; run: number | null }>;
}

const keyOf = ({ root, path }: SourceKey) => `${root}\0${path}`;
const TEST_MODEL: IndexModel = { modelId: 'a'.repeat(64), modelName: 'test/model', dimension: 32 };

/** An engine in memory, by brute force: what the port asks, in as few words as it takes. For tests. */
export class MemoryStore implements Store, ReferenceWriter, OpenIndex, IngestJournal {
  readonly reader = this;
  readonly catalogue = this;
  readonly journal = this;
  readonly photos: ReferencePhotos = { file: async () => null };
  readonly summaries = this;
  readonly known = this;
  tables: Tables = { references: new Map(), sources: new Map(), failures: new Map() };
  commits = 0;
  checkpoints = 0;
  searches = 0;
  readonly ran: { args: unknown; state: Run['state']; counts: RunCounts; startedAt: string; endedAt: string | null }[] =
    [];
  /** Paths of the failures that were met again, by call. */
  readonly met: string[][] = [];
  /** Called at the end of each `apply`: throwing undoes it. */
  beforeCommit: (commit: number) => void = () => undefined;
  #run: number | null = null;
  #made = false;
  #writing = false;
  #numbers = 0;

  constructor(
    private readonly made: IndexModel = TEST_MODEL,
    readonly similarity: SelfSimilarity | null = null,
  ) {}

  get dimension(): number {
    return this.made.dimension;
  }

  get modelId(): string {
    return this.made.modelId;
  }

  // As a store.

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
    const refused = async () => {
      throw new Error('Not in memory.');
    };
    const remove = async (ids: readonly string[]) => {
      const deleted = [...new Set(ids)].filter((id) => this.tables.references.has(id));
      for (const id of deleted) this.#perform({ remove: id });
      return { deleted, missing: ids.filter((id) => !deleted.includes(id)) };
    };
    return {
      reconcile: refused,
      verify: refused,
      summarise: refused,
      rebuild: refused,
      prune: refused,
      remap: refused,
      backup: refused,
      reembed: refused,
      remove,
    };
  }

  // Writing.

  async apply(changes: readonly Change[]): Promise<readonly ChangeResult[]> {
    if (changes.length === 0) return [];
    const { references, sources, failures } = this.tables;
    const before = { references: new Map(references), sources: new Map(sources), failures: new Map(failures) };
    try {
      const results = changes.map((change) => {
        const { result, steps } = decideChange(change, {
          sourceOf: (key) => this.tables.sources.get(keyOf(key))?.id ?? null,
          reference: (id) => this.#stored(id),
        });
        for (const step of steps) this.#perform(step);
        return result;
      });
      this.beforeCommit(this.commits);
      this.commits++;
      return results;
    } catch (error) {
      this.tables = before;
      throw error;
    }
  }

  #perform(step: Step): void {
    const { references, sources, failures } = this.tables;
    if ('put' in step) {
      checkVector(step.vector, this.dimension);
      if (!(Math.abs(step.put.point.lat) <= 90)) throw fault('bad_position', 'Expected a position.');
      references.set(step.put.id, { reference: step.put, vector: step.vector, at: ++this.#numbers });
    } else if ('update' in step) {
      const stored = references.get(step.update);
      const { facts, iso2 } = step;
      if (stored) references.set(step.update, { ...stored, reference: { ...stored.reference, ...facts, iso2 } });
    } else if ('putSource' in step) sources.set(keyOf(step.putSource), { id: step.of, source: step.putSource });
    else if ('removeSource' in step) sources.delete(keyOf(step.removeSource));
    else if ('remove' in step) {
      references.delete(step.remove);
      for (const [key, { id }] of sources) if (id === step.remove) sources.delete(key);
    } else if ('putFailure' in step) {
      const id = failures.get(keyOf(step.putFailure))?.id ?? ++this.#numbers;
      const more = { id, at: new Date().toISOString(), run: this.#run };
      failures.set(keyOf(step.putFailure), { ...step.putFailure, ...more });
    } else failures.delete(keyOf(step.clearFailure));
  }

  async noteFailuresMet(met: readonly SourceKey[]): Promise<void> {
    this.met.push(met.map(({ path }) => path));
    for (const key of met.map(keyOf)) {
      const failure = this.tables.failures.get(key);
      if (failure) this.tables.failures.set(key, { ...failure, run: this.#run });
    }
  }

  async beginRun(args: unknown): Promise<number> {
    this.#run = this.ran.push({
      args,
      state: 'running',
      counts: {},
      startedAt: new Date().toISOString(),
      endedAt: null,
    });
    return this.#run;
  }

  async endRun(id: number, state: Run['state'], counts: RunCounts): Promise<void> {
    Object.assign(this.ran[id - 1] as object, { state, counts, endedAt: new Date().toISOString() });
    this.#run = null;
  }

  keepFile = async (bytes: Uint8Array, extension: string) => `${bytes.length}${extension}`;

  async checkpoint(): Promise<void> {
    this.checkpoints++;
  }

  // Files.

  files = async (keys: readonly SourceKey[]) =>
    keys.map((key) => {
      const found = this.tables.sources.get(keyOf(key));
      const failed = this.tables.failures.get(keyOf(key));
      const {
        id: _,
        at: __,
        run: ___,
        root: ____,
        path: _____,
        ...failure
      } = failed ?? ({} as NonNullable<typeof failed>);
      const { root, path, point, ...source } = found?.source ?? ({} as Source);
      return { source: found ? { id: found.id, ...source } : null, failure: failed ? failure : null };
    });

  present = async (ids: readonly string[]) => new Set(ids.filter((id) => this.tables.references.has(id)));

  sourcesNamedBy = async (manifest: string) =>
    [...this.tables.sources.values()]
      .map(({ source }) => source)
      .filter(({ root, origin }) => origin !== null && origin.manifest === pathFrom(root, manifest))
      .sort(bySourceKey);

  // Reading.

  get = async (id: string) => this.#stored(id);
  getMany = async (ids: readonly string[]) =>
    new Map(
      ids.flatMap((id) => {
        const one = this.#stored(id);
        return one ? [[id, one] as const] : [];
      }),
    );
  vectors = async (ids: readonly string[]) =>
    new Map(
      ids.flatMap((id) => {
        const one = this.tables.references.get(id);
        return one ? [[id, one.vector] as const] : [];
      }),
    );
  idsFrom = async (start: string, limit: number) =>
    [...this.tables.references.keys()]
      .filter((id) => id.startsWith(start))
      .sort()
      .slice(0, limit);

  async list({ filter, cursor, limit }: { filter?: ReferenceFilter; cursor?: string; limit: number }) {
    if (!(Number.isInteger(limit) && limit >= 1 && limit <= 10_000))
      throw fault('limit_out_of_range', `Expected 1 to 10000, got ${limit}.`);
    if (cursor !== undefined && !/^\d+$/.test(cursor))
      throw fault('bad_cursor', 'Expected the cursor of a page before.');
    const from = Number(cursor ?? 0);
    const rows = [...this.tables.references.values()].filter(({ at }) => at > from).sort((a, b) => a.at - b.at);
    const all = rows.map(({ at, reference: { id } }) => ({ at, one: this.#stored(id) as StoredReference }));
    const found = all.filter(({ one }) => isThrough(one, filter)).slice(0, limit + 1);
    const page = found.slice(0, limit);
    return { references: page.map(({ one }) => one), cursor: found.length > limit ? String(page.at(-1)?.at) : null };
  }

  async neighbours(query: UnitVector, { k, filter }: NeighbourQuery): Promise<readonly Neighbour[]> {
    if (query.length !== this.dimension) throw fault('dimension_mismatch', `Expected ${this.dimension} dimensions.`);
    if (!query.every(Number.isFinite)) throw fault('vector_not_finite', 'Expected finite numbers.');
    if (!(Number.isInteger(k) && k >= 1 && k <= 10_000))
      throw fault('limit_out_of_range', `Expected 1 to 10000, got ${k}.`);
    this.searches++;
    return this.#all(filter)
      .map(({ id, point, sequence, author, iso2 }) => ({
        ...{ id, point, sequence, author, iso2 },
        score: cosine(query, this.#vector(id)),
      }))
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .slice(0, k);
  }

  counts = async () => {
    const { references, sources } = this.tables;
    return { references: references.size, sources: sources.size, conflicts: (await this.conflicts()).length };
  };

  conflicts = async () =>
    this.#all().filter(({ sources }) => sources.some((a) => sources.some((b) => distanceKm(a.point, b.point) > 0.025)));

  async coverage({ bbox, resolution, source, yearFrom, yearTo, country, hasSequence }: CoverageQuery) {
    const cells = new Map<string, StoredReference[]>();
    const wanted = {
      ...(country && { country }),
      ...(source !== undefined && { sourceRoot: [source] }),
      ...(hasSequence !== undefined && { hasSequence }),
    };
    for (const one of this.#all(wanted).filter(({ point }) => splitBox(bbox).some((box) => inBox(box, point)))) {
      const year = yearOf(one);
      if ((yearFrom ?? yearTo) !== undefined && !(year !== null && year >= (yearFrom ?? 1) && year <= (yearTo ?? 9999)))
        continue;
      const cell = parentCell(cellOf(one.point), resolution);
      cells.set(cell, [...(cells.get(cell) ?? []), one]);
    }
    const sum = (all: StoredReference[], axis: 0 | 1 | 2) =>
      all.reduce((total, { point }) => total + toSphere(point)[axis], 0);
    return {
      resolution,
      cells: [...cells].map(([cell, all]) => ({
        cell,
        count: all.length,
        point: fromSphere([sum(all, 0), sum(all, 1), sum(all, 2)]),
        id: all.length === 1 ? (all[0] as StoredReference).id : null,
      })),
    };
  }

  async facets() {
    const roots = new Map<string, Set<string>>();
    for (const { id, source } of this.tables.sources.values())
      roots.set(source.root, (roots.get(source.root) ?? new Set()).add(id));
    const years = new Map<number | null, number>();
    for (const one of this.#all()) years.set(yearOf(one), (years.get(yearOf(one)) ?? 0) + 1);
    return {
      sources: [...roots].map(([root, ids]) => ({
        id: rootId(root),
        name: root.split('/').at(-1) ?? root,
        references: ids.size,
      })),
      years: [...years]
        .map(([year, references]) => ({ year, references }))
        .sort((a, b) => (a.year ?? 0) - (b.year ?? 0)),
    };
  }

  runs = async ({ limit = 20 }: { limit?: number } = {}) =>
    this.ran
      .map(({ args, ...run }, i) => ({ id: i + 1, arguments: args, ...run }))
      .reverse()
      .slice(0, limit);

  failures = async ({ limit = 10_000, ...filter }: FailureFilter & { limit?: number } = {}) =>
    this.#failed(filter).slice(0, limit);

  async failureCodes(filter: FailureFilter = {}) {
    const counts = new Map<string, number>();
    for (const { code } of this.#failed(filter)) counts.set(code, (counts.get(code) ?? 0) + 1);
    return [...counts]
      .map(([code, count]) => ({ code, count }))
      .sort((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1));
  }

  failureFile = async () => null;

  summary = async () => this.#summarise(String(this.commits), this.#all());

  async summaryWithout(exclude: NonNullable<ReferenceFilter['exclude']>): Promise<IndexSummary> {
    const [whole, left] = [
      await this.summary(),
      this.#summarise(`without ${JSON.stringify(exclude)}`, this.#all({ exclude })),
    ];
    const same = (a: IndexSummary, b: IndexSummary) =>
      JSON.stringify(a.countryMeans) === JSON.stringify(b.countryMeans);
    return same(whole, left) ? whole : left;
  }

  /** Groups in the order of ids, each counted by the one that founded it. */
  #summarise(version: string, all: readonly StoredReference[]): IndexSummary {
    const groups = new GroupFinder();
    const founders = new Map<string, UnitVector[]>();
    for (const { id, point, sequence, iso2 } of all.toSorted((a, b) => (a.id < b.id ? -1 : 1)))
      if (groups.add(point.lat, point.lon, sequence).founded && iso2 !== null)
        founders.set(iso2, [...(founders.get(iso2) ?? []), this.#vector(id)]);
    const mean = (vectors: UnitVector[]) =>
      Float32Array.from(
        { length: this.dimension },
        (_, i) => vectors.reduce((sum, v) => sum + (v[i] ?? 0), 0) / vectors.length,
      );
    const countryMeans = [...founders].map(([iso2, vectors]) => ({
      iso2,
      groups: vectors.length,
      mean: mean(vectors),
    }));
    return {
      version,
      countryMeans: countryMeans.sort((a, b) => (a.iso2 < b.iso2 ? -1 : 1)),
      selfSimilarity: this.similarity,
    };
  }

  #failed({ run, code, text }: FailureFilter) {
    const has = (within: string) => text === undefined || within.toLowerCase().includes(text.toLowerCase());
    return [...this.tables.failures.values()]
      .filter((one) => one.photoId === null || !this.tables.references.has(one.photoId))
      .filter(
        (one) =>
          (run === undefined || one.run === run) &&
          (code === undefined || one.code === code) &&
          (has(one.path) || has(one.reason.replaceAll(one.root, ''))),
      )
      .map(({ id, root, path, code, reason, at, photoId, run }) => ({ id, root, path, code, reason, at, photoId, run }))
      .sort(bySourceKey);
  }

  #vector(id: string): UnitVector {
    return this.tables.references.get(id)?.vector as UnitVector;
  }

  #stored(id: string): StoredReference | null {
    const found = this.tables.references.get(id);
    if (found === undefined) return null;
    const sources = [...this.tables.sources.values()].filter((one) => one.id === id).map((one) => one.source);
    return { ...found.reference, sources: sources.sort(bySourceKey) };
  }

  #all(filter?: ReferenceFilter): StoredReference[] {
    const all = [...this.tables.references.keys()].map((id) => this.#stored(id) as StoredReference);
    return filter === undefined ? all : all.filter((one) => isThrough(one, filter));
  }
}

function yearOf({ capturedAt }: StoredReference): number | null {
  const ms = capturedAt === null ? null : capturedMs(capturedAt);
  return ms === null ? null : new Date(ms).getUTCFullYear();
}

function isThrough(one: StoredReference, filter: ReferenceFilter = {}): boolean {
  const { point, sources, ...facts } = one;
  return passes(
    { ...facts, ...point, paths: sources.map(({ path }) => path), rootIds: sources.map(({ root }) => rootId(root)) },
    filter,
  );
}
