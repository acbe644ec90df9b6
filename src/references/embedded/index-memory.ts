import type { Database, Statement } from 'better-sqlite3';
import { type GeoPoint, isGeoPoint } from '../../domain/geo-point.js';
import { checkRising } from '../../store/check-rising.js';
import { indexModelChanged } from '../index-model-errors.js';
import type { ReferenceFilter } from '../reader.js';
import type { CountryMean } from '../summaries.js';
import { type ChangedMeans, CountryMeans } from './country-means.js';
import { ExactIndex, type SlotIndex } from './exact-index.js';
import { changedReference } from './facts-sum.js';
import { filterSlots, type LabelLookup } from './filter-slots.js';
import { lastChangeOf } from './graph-keeper.js';
import type { PointGraph } from './point-graph.js';
import { ReferenceTable, type TableRow } from './reference-table.js';
import { checkStoredLength } from './stored-vector.js';
import type { NeighbourColumns, NeighbourRequest } from './worker-messages.js';

const FACTS = 'r.label, r.id, r.lat, r.lon, r.sequence, r.author, r.iso2, r.captured_ms';
const ROW = `SELECT ${FACTS}, v.vector FROM "references" r JOIN vectors v USING (label)`;
/** Rows that are read at once: one by one takes longer. */
const PAGE = 2000;

type Facts = [
  label: number,
  id: string,
  lat: number,
  lon: number,
  sequence: string | null,
  author: string | null,
  iso2: string | null,
  captured_ms: number | null,
];

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

  /**
   * @param graph of this index; vectors that it lacks are read from SQLite
   * @throws `index_model_changed` (later) where the index is not the one that `current` knows.
   */
  constructor(db: Database, graph: PointGraph, current: () => boolean) {
    this.#db = db;
    this.table = new ReferenceTable(graph);
    this.#loadAll(current);
    this.exact = new ExactIndex(this.table);
    this.means = new CountryMeans(this.table);
    this.#lookup = lookupIn(db);
    this.#rowOf = db.prepare(`${ROW} WHERE r.label = ?`);
  }

  /** A reference's present row in SQLite. */
  row(label: number): StoredRow | undefined {
    const row = this.#rowOf.get(label) as StoredRow | undefined;
    if (row !== undefined) checkPosition(row.id, row);
    return row;
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
      const vectorOf = this.#db.prepare('SELECT vector FROM vectors WHERE label = ?').pluck();
      const all = this.#checkVectors() ? '' : 'AND r.label IN (SELECT label FROM vectors)';
      const page = this.#db
        .prepare(`SELECT ${FACTS} FROM "references" r WHERE r.label > ? ${all} ORDER BY r.label LIMIT ${PAGE}`)
        .raw();
      let after = -1;
      let rows: readonly Facts[];
      do {
        rows = page.all(after) as Facts[];
        checkRising(this.#db, after, rows, ([label]) => label);
        for (const [label, id, lat, lon, sequence, author, iso2, captured_ms] of rows) {
          checkPosition(id, { lat, lon });
          const vector = this.table.graph.has(label) ? null : (vectorOf.get(label) as Buffer);
          this.table.add({ label, id, lat, lon, sequence, author, iso2, captured_ms }, vector);
          after = label;
        }
      } while (rows.length === PAGE);
    })();
  }

  /**
   * Looks at each vector's length, for which SQLite reads its page but copies nothing.
   * @returns whether every reference has one
   * @throws `database_corrupt`
   */
  #checkVectors(): boolean {
    const { dimension } = this.table;
    const length = "CASE typeof(vector) WHEN 'blob' THEN length(vector) END";
    const { vectors, odd } = this.#db
      .prepare(`SELECT count(*) AS vectors, total(${length} IS NOT ?) AS odd FROM vectors`)
      .get(4 * dimension) as { vectors: number; odd: number };
    if (odd > 0) {
      const found = this.#db
        .prepare(`SELECT ${length} FROM vectors WHERE ${length} IS NOT ?`)
        .pluck()
        .get(4 * dimension);
      checkStoredLength(found, dimension);
    }
    return vectors === this.#db.prepare('SELECT count(*) FROM "references"').pluck().get();
  }
}

/** A search near an infinite latitude would not end. @throws `database_corrupt` for a position that changed on the disk to none */
function checkPosition(id: string, point: GeoPoint): void {
  if (!isGeoPoint(point)) throw changedReference(id);
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
