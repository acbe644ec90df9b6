import { join } from 'node:path';
import type { Facets } from '../../api/types.js';
import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import type { CoverageAnswer, CoverageQuery } from '../catalogue.js';
import { matchesConditions } from '../matches-conditions.js';
import type { ReferenceFilter } from '../reader.js';
import type { CountryMean, IndexSummaries, IndexSummary } from '../summaries.js';
import type { ClusterClient } from './cluster-client.js';
import type { ClusterReader } from './cluster-reader.js';
import { CoverageTree } from './coverage-tree.js';
import { type RowVectors, VectorsInFile, VectorsInMemory } from './row-vectors.js';
import { foundersOf, meansOf, summariseRows, versionOf } from './summarise-rows.js';
import { type Stored, SummaryStore } from './summary-store.js';
import { type WalkedRow, walkedRow } from './walked-rows.js';

/** Collections of at most so many references are walked for an answer, in some two seconds: what was written shows at once. */
const WALKED_MAX = 10_000;
/** After so long it is looked up again whether others have written. */
const KEPT_MS = 60_000;
/** An ingest makes a new summary at its end where the number of references has changed by this share. */
const CHANGED_SHARE = 0.2;
/** At most so many excluded references are taken out of stored means; with more the means stay. */
const EXCLUDED_MAX = 10_000;

export interface SummaryOptions {
  /** Replaces `WALKED_MAX`; with 0 stored summaries are used whatever the size. */
  readonly walkedMax?: number;
}

/** Folder for the vectors of a walk while it lasts. */
export interface SummaryPlace extends SummaryOptions {
  readonly folder: string;
}

interface Current {
  readonly atMs: number;
  readonly writes: number;
  readonly summary: IndexSummary;
  readonly tree: CoverageTree;
  /** null where the summary was stored by an earlier walk. */
  readonly walked: { readonly rows: readonly WalkedRow[]; readonly vectors: RowVectors } | null;
  readonly stored: Stored | null;
  readonly founders: ReadonlySet<string>;
}

type Progress = (done: number, total: number) => void;

/**
 * Summaries of a collection. A small one is walked, at the first question and after each write of this process; for a larger
 * one the newest stored summary is used (made by `index summarise`, or at the end of an ingest).
 */
export class ClusterSummaries implements IndexSummaries {
  readonly #client: ClusterClient;
  readonly #reader: ClusterReader;
  readonly #store: SummaryStore;
  readonly #writes: () => number;
  readonly #folder: string;
  readonly #walkedMax: number;
  #current: Current | null = null;
  #refreshing: { readonly writes: number; readonly done: Promise<Current> } | null = null;

  /** @param writes number of this process's writes to the index so far */
  constructor(
    client: ClusterClient,
    reader: ClusterReader,
    writes: () => number,
    { folder, walkedMax = WALKED_MAX }: SummaryPlace,
  ) {
    this.#folder = folder;
    this.#client = client;
    this.#reader = reader;
    this.#store = new SummaryStore(client);
    this.#writes = writes;
    this.#walkedMax = walkedMax;
  }

  async summary(): Promise<IndexSummary> {
    return (await this.#fresh()).summary;
  }

  async coverage(query: CoverageQuery): Promise<CoverageAnswer> {
    return (await this.#fresh()).tree.cells(query);
  }

  async facets(): Promise<Facets> {
    return (await this.#fresh()).tree.facets();
  }

  /** The age of the summaries, in words and as a time; null before the first answer. */
  age(): { readonly words: string; readonly madeAt: string } | null {
    if (this.#current === null) return null;
    const { stored, atMs } = this.#current;
    const madeAtMs = stored?.madeAtMs ?? atMs;
    const madeAt = new Date(madeAtMs).toISOString();
    if (stored === null) return { words: 'counted over all references', madeAt };
    return { words: `summaries from ${inWords(Date.now() - madeAtMs)} ago`, madeAt };
  }

  /**
   * A walked collection's means are as if what is excluded had never been there. From stored means the groups are taken whose
   * member of smallest id is excluded, even where another member would stand for the group; with more than 10,000 excluded they
   * stay.
   */
  async summaryWithout(exclude: NonNullable<ReferenceFilter['exclude']>): Promise<IndexSummary> {
    const { summary, walked, founders } = await this.#fresh();
    const means =
      walked === null
        ? await this.#meansWithout(summary.countryMeans, founders, exclude)
        : walkedWithout(walked.rows, walked.vectors, exclude);
    if (means === null) return summary;
    return { ...summary, version: versionOf(means, summary.selfSimilarity), countryMeans: means };
  }

  /** Walks over all references and stores their summary. @returns its record */
  async make(onProgress: Progress = () => undefined): Promise<Stored> {
    const total = await this.#reader.count();
    const file = join(this.#folder, `vectors-${process.pid}.tmp`);
    const vectors = new VectorsInFile(file, this.#reader.dimension);
    try {
      const rows = await this.#walk(vectors, (done) => onProgress(done, Math.max(done, total)));
      const search = async (vector: Parameters<ClusterReader['neighbours']>[0], k: number) =>
        (await this.#reader.neighbours(vector, { k })).map(({ id }) => id);
      const made = await summariseRows(rows, vectors, search);
      return await this.#store.write(made, { references: rows.length, madeAtMs: Date.now() });
    } finally {
      vectors.close();
      this.#current = null;
    }
  }

  /** Whether an ingest should make a new summary at its end: there is none, or the collection changed much since. */
  async isDue(): Promise<boolean> {
    const references = await this.#reader.count();
    if (references <= this.#walkedMax) return false;
    const newest = await this.#store.newest();
    return newest === null || Math.abs(references - newest.references) > CHANGED_SHARE * newest.references;
  }

  async #fresh(): Promise<Current> {
    const writes = this.#writes();
    const kept = this.#current;
    if (kept?.writes !== writes) return this.#refresh(writes);
    if (Date.now() - kept.atMs > KEPT_MS) {
      // The present answer is given meanwhile; a failure is met by a call that has none.
      this.#refresh(writes).catch(() => undefined);
    }
    return kept;
  }

  #refresh(writes: number): Promise<Current> {
    if (this.#refreshing?.writes === writes) return this.#refreshing.done;
    const done = this.#load(writes)
      .then((loaded) => {
        this.#current = loaded;
        return loaded;
      })
      .finally(() => {
        if (this.#refreshing?.done === done) this.#refreshing = null;
      });
    this.#refreshing = { writes, done };
    return done;
  }

  async #load(writes: number): Promise<Current> {
    const references = await this.#reader.count();
    if (references <= this.#walkedMax) return this.#walkAll(writes);
    const newest = await this.#store.newest();
    const kept = this.#current;
    if (newest !== null && kept?.stored?.id === newest.id) return { ...kept, atMs: Date.now(), writes };
    const read = newest && (await this.#store.read());
    if (read === null) {
      if (kept?.stored) return { ...kept, atMs: Date.now(), writes };
      throw fault(
        'summary_missing',
        `The collection ${this.#client.address.name} has ${references} references and no summary of them yet. Make one: streetdex index summarise --index ADDRESS.`,
      );
    }
    const { summary, tree, founders } = read;
    const stored = { id: read.id, madeAtMs: read.madeAtMs, references: read.references };
    return { ...{ atMs: Date.now(), writes, summary, tree, stored }, walked: null, founders: new Set(founders) };
  }

  async #walkAll(writes: number): Promise<Current> {
    const vectors = new VectorsInMemory();
    const atMs = Date.now();
    const rows = await this.#walk(vectors);
    const { summary, cells, roots } = await summariseRows(rows, vectors, null);
    const tree = new CoverageTree(cells, roots);
    return { atMs, writes, summary, tree, walked: { rows, vectors }, stored: null, founders: new Set() };
  }

  /** All rows in the order of ids; their vectors are put into `vectors`. */
  async #walk(vectors: RowVectors, onProgress: (done: number) => void = () => undefined): Promise<WalkedRow[]> {
    const rows: WalkedRow[] = [];
    for await (const { properties, vector } of this.#reader.walk()) {
      // A reference that lost its vector does not count until it is repaired.
      if (vector.length !== this.#reader.dimension) continue;
      rows.push(walkedRow(properties, rows.length));
      vectors.push(vector);
      if (rows.length % 1000 === 0) onProgress(rows.length);
    }
    onProgress(rows.length);
    return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  async #meansWithout(
    means: readonly CountryMean[],
    founders: ReadonlySet<string>,
    exclude: NonNullable<ReferenceFilter['exclude']>,
  ): Promise<readonly CountryMean[] | null> {
    const { country = [], ...others } = exclude;
    const codes = country.map((code) => code.toUpperCase());
    const left = means.filter(({ iso2 }) => !codes.includes(iso2));
    const gone = new Map<string, { groups: number; sum: Float64Array }>();
    let excluded = 0;
    const seen = new Set<string>();
    for (const [name, value] of Object.entries(others)) {
      if (value === undefined || (Array.isArray(value) && value.length === 0)) continue;
      // One of the conditions by itself: Object.entries does not tell which value is whose.
      const condition = { [name]: value } as ReferenceFilter;
      for await (const { id, iso2, vector } of this.#reader.matching(condition)) {
        if (++excluded > EXCLUDED_MAX) return null;
        if (seen.has(id) || iso2 === null || !founders.has(id)) continue;
        seen.add(id);
        const known = gone.get(iso2) ?? { groups: 0, sum: new Float64Array(vector.length) };
        gone.set(iso2, known);
        known.groups++;
        for (let i = 0; i < vector.length; i++) known.sum[i] = present(known.sum[i]) + present(vector[i]);
      }
    }
    if (left.length === means.length && gone.size === 0) return null;
    return left.flatMap(({ iso2, groups, mean }) => {
      const out = gone.get(iso2);
      if (out === undefined) return [{ iso2, groups, mean }];
      const rest = groups - out.groups;
      if (rest <= 0) return [];
      return [{ iso2, groups: rest, mean: mean.map((value, i) => (value * groups - present(out.sum[i])) / rest) }];
    });
  }
}

function walkedWithout(
  rows: readonly WalkedRow[],
  vectors: RowVectors,
  exclude: NonNullable<ReferenceFilter['exclude']>,
): readonly CountryMean[] | null {
  const left = rows.filter((row) => !matchesConditions(row, exclude));
  return left.length === rows.length ? null : meansOf(foundersOf(left), vectors);
}

function inWords(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.floor(ms / 1000)} seconds`;
  if (minutes < 120) return minutes === 1 ? '1 minute' : `${minutes} minutes`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} hours` : `${Math.floor(hours / 24)} days`;
}
