import type { GeoPoint } from '../../src/domain/geo-point.js';
import { cosine, type UnitVector } from '../../src/domain/unit-vector.js';
import { inBox } from '../../src/geo/box.js';
import { distanceKm } from '../../src/geo/distance.js';
import { boundMs, capturedMs } from '../../src/references/embedded/captured-time.js';
import type {
  Neighbour,
  NeighbourQuery,
  ReferenceFilter,
  ReferenceReader,
  SelfSimilarity,
  StoredReference,
} from '../../src/references/reader.js';

export interface FakeReference {
  readonly id: string;
  readonly vector: UnitVector;
  readonly point: GeoPoint;
  readonly iso2?: string | null;
  readonly sequence?: string | null;
  readonly author?: string | null;
  readonly capturedAt?: string | null;
  readonly source?: string;
}

/** An index in memory with the answers of a real one, by brute force; `change` moves when `references` is replaced. */
export class FakeReferences implements ReferenceReader {
  readonly modelId = 'fake';
  #rows: readonly FakeReference[];
  #change = 1;
  searches = 0;
  #means: ReturnType<ReferenceReader['countryMeans']> | null = null;

  constructor(
    readonly dimension: number,
    references: readonly FakeReference[],
    private readonly similarity: SelfSimilarity | null = null,
  ) {
    this.#rows = references;
  }

  replace(references: readonly FakeReference[]): void {
    this.#rows = references;
    this.#change++;
    this.#means = null;
  }

  current(): boolean {
    return true;
  }

  stats() {
    const references = this.#rows.length;
    return {
      references,
      sources: references,
      failures: 0,
      tombstones: 0,
      model: this.modelId,
      modelName: 'fake',
      dimension: this.dimension,
      generation: 1,
      lastChange: this.#change,
      conflicts: 0,
    };
  }

  runs() {
    return [];
  }

  coverage(): never {
    throw new Error('No counts per cell here.');
  }

  facets(): never {
    throw new Error('No facets here.');
  }

  get(id: string): StoredReference | null {
    const row = this.#rows.find((r) => r.id === id);
    if (row === undefined) return null;
    return {
      ...{ id, sha256: id.padEnd(64, '0'), point: row.point, width: 640, height: 480, bytes: 1000 },
      ...{ headingDeg: null, altitudeM: null, licence: null, attribution: null, url: null },
      ...{ iso2: row.iso2 ?? null, sequence: row.sequence ?? null, author: row.author ?? null },
      capturedAt: row.capturedAt ?? null,
      sources: [
        {
          root: 'files',
          path: row.source ?? `${id}.jpg`,
          bytes: 1000,
          mtimeMs: 0,
          ctimeMs: null,
          inode: null,
          point: row.point,
          factsHash: '',
          origin: null,
        },
      ],
    };
  }

  has(id: string): boolean {
    return this.#rows.some((row) => row.id === id);
  }

  vector(id: string): UnitVector | null {
    return this.#rows.find((row) => row.id === id)?.vector ?? null;
  }

  list({ filter, limit }: { filter?: ReferenceFilter; limit: number }) {
    const references = this.#rows
      .filter((row) => matches(row, filter))
      .map((row) => this.get(row.id) as StoredReference);
    return { references: references.slice(0, limit), cursor: null };
  }

  failures() {
    return [];
  }

  failureCodes() {
    return [];
  }

  failureFile() {
    return null;
  }

  conflicts() {
    return [];
  }

  async neighbours(query: UnitVector, { k, filter }: NeighbourQuery): Promise<readonly Neighbour[]> {
    this.searches++;
    return this.#rows
      .filter((row) => matches(row, filter))
      .map((row) => ({
        id: row.id,
        score: cosine(query, row.vector),
        point: row.point,
        sequence: row.sequence ?? null,
        author: row.author ?? null,
        iso2: row.iso2 ?? null,
      }))
      .sort((a, b) => b.score - a.score || (a.id < b.id ? -1 : 1))
      .slice(0, k);
  }

  idsFrom(start: string, limit: number): readonly string[] {
    const ids = this.#rows.map(({ id }) => id).filter((id) => id.startsWith(start));
    return ids.sort().slice(0, limit);
  }

  filePath(): string | null {
    return null;
  }

  countryMeans() {
    this.#means ??= this.#computeMeans(this.#rows);
    return this.#means;
  }

  async countryMeansWithout(exclude: NonNullable<ReferenceFilter['exclude']>) {
    const left = this.#rows.filter((row) => matches(row, { exclude }));
    return left.length === this.#rows.length ? this.countryMeans() : this.#computeMeans(left);
  }

  /** Groups in the order of ids: one joins its sequence, else a founder within 25 m, else it founds one. */
  #computeMeans(rows: readonly FakeReference[]) {
    const groups = new Map<string, FakeReference[]>();
    const representatives: FakeReference[] = [];
    const sequences = new Set<string>();
    for (const row of rows.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      const ofSequence = row.sequence != null && sequences.has(row.sequence);
      if (row.sequence != null) sequences.add(row.sequence);
      if (ofSequence || representatives.some((r) => distanceKm(r.point, row.point) <= 0.025)) continue;
      representatives.push(row);
      if (row.iso2 != null) groups.set(row.iso2, [...(groups.get(row.iso2) ?? []), row]);
    }
    return [...groups]
      .map(([iso2, founders]) => ({
        iso2,
        groups: founders.length,
        mean: Float32Array.from(
          { length: this.dimension },
          (_, i) => founders.reduce((s, r) => s + (r.vector[i] ?? 0), 0) / founders.length,
        ),
      }))
      .sort((a, b) => (a.iso2 < b.iso2 ? -1 : 1));
  }

  selfSimilarity() {
    return this.similarity;
  }

  async close() {}
}

function matches(row: FakeReference, filter: ReferenceFilter | undefined): boolean {
  if (filter === undefined) return true;
  const conditions = conditionsOf(row, filter);
  const excluded = filter.exclude === undefined ? [] : conditionsOf(row, filter.exclude);
  return conditions.every(Boolean) && !excluded.some(Boolean);
}

function conditionsOf(row: FakeReference, filter: Omit<ReferenceFilter, 'exclude'>): boolean[] {
  const held: boolean[] = [];
  if (filter.ids) held.push(filter.ids.includes(row.id));
  if (filter.bbox) held.push(inBox(filter.bbox, row.point));
  if (filter.near) held.push(distanceKm(filter.near, row.point) <= filter.near.km);
  if (filter.country) held.push(row.iso2 != null && filter.country.includes(row.iso2));
  if (filter.sequence) held.push(row.sequence != null && filter.sequence.includes(row.sequence));
  if (filter.author) held.push(row.author != null && filter.author.includes(row.author));
  if (filter.source) held.push(filter.source.some((prefix) => (row.source ?? `${row.id}.jpg`).startsWith(prefix)));
  if (filter.hasSequence !== undefined) held.push((row.sequence != null) === filter.hasSequence);
  const takenMs = row.capturedAt == null ? Number.NaN : (capturedMs(row.capturedAt) ?? Number.NaN);
  if (filter.capturedAfter) held.push(takenMs >= boundMs('captured_after', filter.capturedAfter).first);
  if (filter.capturedBefore) held.push(takenMs <= boundMs('captured_before', filter.capturedBefore).last);
  return held;
}
