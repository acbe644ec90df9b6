import type { Database, Statement } from 'better-sqlite3';
import { indexModelChanged } from '../index-model-errors.js';
import type { ReferenceFilter } from '../reader.js';
import type { CountryMean } from '../summaries.js';
import { type ChangedMeans, CountryMeans } from './country-means.js';
import { ExactIndex, type SlotIndex } from './exact-index.js';
import { filterSlots, type LabelLookup } from './filter-slots.js';
import { lastChangeOf } from './graph-keeper.js';
import { ReferenceTable, type TableRow } from './reference-table.js';
import type { NeighbourColumns, NeighbourRequest } from './worker-messages.js';

const ROW = `SELECT r.label, r.id, r.lat, r.lon, r.sequence, r.author, r.iso2, r.captured_ms, v.vector
  FROM "references" r JOIN vectors v USING (label)`;

export type StoredRow = TableRow & { readonly vector: Buffer };

/** An index in memory, loaded from SQLite: all that searches need except a graph. Only reads. */
export class IndexMemory {
  readonly table: ReferenceTable;
  readonly exact: ExactIndex;
  readonly means: CountryMeans;
  readonly #db: Database;
  readonly #lookup: LabelLookup;
  readonly #rowOf: Statement;
  /** Number of the last change that was applied. */
  lastChange = 0;

  /** @throws `index_model_changed` (later) where the index is not the one that `current` knows. */
  constructor(db: Database, dimension: number, current: () => boolean) {
    this.#db = db;
    this.table = new ReferenceTable(dimension);
    this.#loadAll(current);
    this.exact = new ExactIndex(this.table);
    this.means = new CountryMeans(this.table);
    this.#lookup = lookupIn(db);
    this.#rowOf = db.prepare(`${ROW} WHERE r.label = ?`);
  }

  /** A reference's present row in SQLite. */
  row(label: number): StoredRow | undefined {
    return this.#rowOf.get(label) as StoredRow | undefined;
  }

  countryMeans(): readonly CountryMean[] {
    return this.means.means();
  }

  /** How the country means change without what is excluded. */
  meansWithout(exclude: NonNullable<ReferenceFilter['exclude']>): ChangedMeans {
    return this.means.without(this.#excludedSlots(exclude));
  }

  neighbours({ query, k, filter, ef }: NeighbourRequest, index: SlotIndex): NeighbourColumns {
    const { table } = this;
    const hits = index.search(query, { k, filter: filterSlots(filter, table, this.#lookup), ef });
    return {
      ids: hits.map(({ slot }) => table.id(slot)),
      scores: Float64Array.from(hits, ({ score }) => score),
      lats: Float64Array.from(hits, ({ slot }) => table.lat(slot)),
      lons: Float64Array.from(hits, ({ slot }) => table.lon(slot)),
      sequences: hits.map(({ slot }) => table.sequences.word(table.sequenceCode(slot))),
      authors: hits.map(({ slot }) => table.authors.word(table.authorCode(slot))),
      iso2s: hits.map(({ slot }) => table.iso2.word(table.iso2Code(slot))),
    };
  }

  #excludedSlots(exclude: NonNullable<ReferenceFilter['exclude']>): ReadonlySet<number> {
    const { ids, ...others } = exclude;
    const { table } = this;
    const excluded = new Set<number>();
    for (const label of ids === undefined ? [] : this.#lookup.labelsOfIds(ids)) {
      const slot = table.slotOf(label);
      if (slot !== -1) excluded.add(slot);
    }
    const filter = filterSlots({ exclude: others }, table, this.#lookup);
    for (let slot = 0; filter !== null && slot < table.slots; slot++) {
      if (table.isAlive(slot) && !filter.accept(slot)) excluded.add(slot);
    }
    return excluded;
  }

  #loadAll(current: () => boolean): void {
    this.#db.transaction(() => {
      if (!current()) throw indexModelChanged();
      this.lastChange = lastChangeOf(this.#db);
      for (const row of this.#db.prepare(`${ROW} ORDER BY label`).iterate() as Iterable<StoredRow>) {
        this.table.add(row, row.vector);
      }
    })();
  }
}

function lookupIn(db: Database): LabelLookup {
  const byId = db.prepare('SELECT label FROM "references" WHERE id IN (SELECT value FROM json_each(?))').pluck();
  const bySource = db
    .prepare(
      `SELECT DISTINCT s.label FROM json_each(?) p CROSS JOIN sources s
       ON s.path >= p.value AND substr(s.path, 1, length(p.value)) = p.value AND s.path < p.value || char(1114111)`,
    )
    .pluck();
  const byRoot = db
    .prepare('SELECT DISTINCT label FROM sources WHERE root_id IN (SELECT CAST(value AS INTEGER) FROM json_each(?))')
    .pluck();
  return {
    labelsOfIds: (ids) => byId.all(JSON.stringify(ids)) as number[],
    labelsOfSources: (prefixes) => bySource.all(JSON.stringify(prefixes)) as number[],
    labelsOfRoots: (roots) => byRoot.all(JSON.stringify(roots)) as number[],
  };
}
