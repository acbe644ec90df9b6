import { createHash } from 'node:crypto';
import { present } from '../../domain/present.js';
import type { UnitVector } from '../../domain/unit-vector.js';
import { cellOf } from '../../geo/cells.js';
import { toSphere } from '../../geo/sphere.js';
import { GroupFinder } from '../group-finder.js';
import { selfSimilaritySteps } from '../self-similarity.js';
import type { CountryMean, IndexSummary, SelfSimilarity } from '../summaries.js';
import { ANY_ROOT, type CountedCell, NO_COUNTRY, UNKNOWN_YEAR } from './coverage-tree.js';
import type { RowVectors } from './row-vectors.js';
import type { WalkedRow } from './walked-rows.js';

/** The summaries of a collection, from one walk over it. */
export interface Summarised {
  readonly summary: IndexSummary;
  readonly roots: readonly string[];
  readonly cells: readonly CountedCell[];
  /** Ids of the groups' founders that have a country, ascending. */
  readonly founders: readonly string[];
}

/** Ids of the k references most similar to a vector, the nearest first. */
export type SearchIds = (vector: UnitVector, k: number) => Promise<readonly string[]>;

/**
 * @param rows in the order of their ids, on which groups depend
 * @param search for places with thousands of references; null compares all, however many there are
 */
export async function summariseRows(
  rows: readonly WalkedRow[],
  vectors: RowVectors,
  search: SearchIds | null,
): Promise<Summarised> {
  const roots = [...new Set(rows.flatMap((row) => row.roots))].sort();
  const founders = foundersOf(rows);
  const countryMeans = meansOf(founders, vectors);
  const selfSimilarity = await similarityOf(rows, vectors, search);
  return {
    summary: { version: versionOf(countryMeans, selfSimilarity), countryMeans, selfSimilarity },
    roots,
    cells: countCells(rows, roots),
    founders: founders.map(({ id }) => id),
  };
}

/** The founders of the groups, of each the member of smallest id, where they have a country. */
export function foundersOf(rows: readonly WalkedRow[]): readonly WalkedRow[] {
  const groups = new GroupFinder();
  return rows.filter(({ lat, lon, sequence, iso2 }) => groups.add(lat, lon, sequence).founded && iso2 !== null);
}

export function meansOf(founders: readonly WalkedRow[], vectors: RowVectors): readonly CountryMean[] {
  const sums = new Map<string, { groups: number; sum: Float64Array }>();
  // In the order of the walk, so that the file of vectors is read from end to end.
  for (const { at, iso2 } of founders.toSorted((a, b) => a.at - b.at)) {
    const vector = vectors.row(at);
    if (iso2 === null) continue;
    const known = sums.get(iso2) ?? { groups: 0, sum: new Float64Array(vector.length) };
    sums.set(iso2, known);
    known.groups++;
    for (let i = 0; i < vector.length; i++) known.sum[i] = present(known.sum[i]) + present(vector[i]);
  }
  return [...sums]
    .map(([iso2, { groups, sum }]) => ({ iso2, groups, mean: Float32Array.from(sum, (value) => value / groups) }))
    .sort((a, b) => (a.iso2 < b.iso2 ? -1 : 1));
}

/** A hash of the contents: equal in every server, as long as nothing changes. */
export function versionOf(means: readonly CountryMean[], similarity: SelfSimilarity | null): string {
  const hash = createHash('sha256').update(JSON.stringify(similarity));
  for (const { iso2, groups, mean } of means) hash.update(`${iso2} ${groups}`).update(new Uint8Array(mean.buffer));
  return hash.digest('hex').slice(0, 16);
}

async function similarityOf(rows: readonly WalkedRow[], vectors: RowVectors, search: SearchIds | null) {
  const ofCell = () => {
    const kept = new Map<number, Float32Array>();
    return ({ at }: WalkedRow) => {
      const vector = kept.get(at) ?? vectors.row(at);
      if (kept.size < KEPT_MAX) kept.set(at, vector);
      return vector;
    };
  };
  const steps = selfSimilaritySteps(rows, { ofCell, searches: search !== null });
  let byId: ReadonlyMap<string, WalkedRow> | undefined;
  for (let step = steps.next(); ; ) {
    if (step.done) return step.value;
    byId ??= new Map(rows.map((row) => [row.id, row]));
    const known = byId;
    // A stored vector, checked when it was stored (`check-vector.ts`).
    const found = (await search?.(step.value.vector as UnitVector, step.value.k)) ?? [];
    step = steps.next(found.flatMap((id) => known.get(id) ?? []));
  }
}

/** At most so many vectors of a cell are kept in memory: 16 MB with 512 dimensions. */
const KEPT_MAX = 8000;

function countCells(rows: readonly WalkedRow[], roots: readonly string[]): readonly CountedCell[] {
  const at = new Map(roots.map((root, i) => [root, i]));
  const cells = new Map<string, { -readonly [Name in keyof CountedCell]: CountedCell[Name] }>();
  for (const row of rows) {
    const { id, lat, lon, year, iso2, sequence } = row;
    const cell = cellOf(row);
    const point = toSphere(row);
    for (const root of [ANY_ROOT, ...row.roots.map((one) => at.get(one) ?? ANY_ROOT)]) {
      const facts = {
        cell,
        root,
        year: year ?? UNKNOWN_YEAR,
        country: iso2 ?? NO_COUNTRY,
        inSequence: sequence !== null,
      };
      const key = Object.values(facts).join(' ');
      const known = cells.get(key);
      if (known === undefined) cells.set(key, { ...facts, count: 1, sum: point, alone: { id, lat, lon } });
      else {
        known.count++;
        known.sum = [known.sum[0] + point[0], known.sum[1] + point[1], known.sum[2] + point[2]];
        known.alone = null;
      }
    }
  }
  return [...cells.values()];
}
