import { fault } from '../domain/errors.js';
import { type GeoPoint, SPOT_M } from '../domain/geo-point.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { groupNeighbours, type NeighbourGroup } from '../locate/group-neighbours.js';
import type { Incomplete, Neighbour, Neighbours, ReferenceFilter, ReferenceReader } from '../references/reader.js';

export interface SimilarOptions {
  readonly limit: number;
  readonly filter?: ReferenceFilter;
  /** Least cosine of a result. */
  readonly minScore?: number;
  /** Compares all vectors instead of searching the graph. */
  readonly exact?: boolean;
  /** One result for each group: the same sequence, or within 25 m of the group's best. */
  readonly collapse?: boolean;
  /** One result for each picture: all ids of a group of copies, by the id of each. Of copies one counts in a collapsed group. */
  readonly copies?: ReadonlyMap<string, readonly string[]>;
}

export interface SimilarResult {
  readonly id: string;
  /** Cosine with the query. */
  readonly score: number;
  readonly point: GeoPoint;
  /** Members among what the search found; 1 where nothing is collapsed. */
  readonly groupSize: number;
}

/** Results, and why some may be missing. */
export interface SimilarResults extends ReadonlyArray<SimilarResult> {
  readonly incomplete?: Incomplete;
}

export const SIMILAR_LIMIT_MAX = 1_000;
const HITS_MAX = 10_000;

/**
 * References by descending cosine, ties by id.
 * @throws `limit_out_of_range`, `min_score_out_of_range`, `dimension_mismatch`
 */
export async function findSimilar(
  query: { readonly vector: UnitVector },
  { references }: { readonly references: ReferenceReader },
  options: SimilarOptions,
): Promise<SimilarResults> {
  const { limit, minScore = -1 } = options;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= SIMILAR_LIMIT_MAX)) {
    throw fault('limit_out_of_range', `Expected a limit from 1 to ${SIMILAR_LIMIT_MAX}, got ${limit}; ask for fewer.`);
  }
  if (!(minScore >= -1 && minScore <= 1)) {
    throw fault('min_score_out_of_range', `Expected a least score from −1 to 1, a cosine, got ${minScore}.`);
  }
  if (query.vector.length !== references.dimension) {
    throw fault(
      'dimension_mismatch',
      `Expected a query of ${references.dimension} dimensions, as the index has, got ${query.vector.length}; embed it with the index's model.`,
    );
  }
  const { groups, incomplete } =
    options.collapse || options.copies
      ? await collapsed(references, query.vector, options)
      : await each(references, query.vector, options);
  const results = groups
    .filter(({ representative }) => representative.score >= minScore)
    .map(({ representative: { id, score, point }, size }) => ({ id, score, point, groupSize: size }));
  return incomplete === undefined ? results : Object.assign(results, { incomplete });
}

interface Found {
  readonly groups: readonly NeighbourGroup[];
  readonly incomplete: Incomplete | undefined;
}

async function each(references: ReferenceReader, vector: UnitVector, options: SimilarOptions): Promise<Found> {
  const hits = await search(references, vector, options.limit, options);
  return { groups: hits.map(alone), incomplete: hits.incomplete };
}

/** Asks for more until there are enough groups, the rest is too dissimilar, or nothing more comes. */
async function collapsed(references: ReferenceReader, vector: UnitVector, options: SimilarOptions): Promise<Found> {
  for (let k = options.limit * 2; ; k *= 4) {
    const asked = Math.min(k, HITS_MAX);
    const hits = await search(references, vector, asked, options);
    const groups = group(hits, options);
    const last = hits.at(-1);
    const beyond = last !== undefined && last.score < (options.minScore ?? -1);
    if (groups.length === options.limit || hits.length < asked || beyond || asked === HITS_MAX) {
      return { groups, incomplete: hits.incomplete };
    }
  }
}

function group(hits: readonly Neighbour[], { limit, collapse, copies }: SimilarOptions): readonly NeighbourGroup[] {
  const pictures = copies === undefined ? hits.map(alone) : groupPictures(hits, copies);
  if (!collapse) return pictures.slice(0, limit);
  return groupNeighbours(
    pictures.map(({ representative }) => representative),
    SPOT_M,
    limit,
  );
}

/** @param hits by descending cosine */
function groupPictures(
  hits: readonly Neighbour[],
  copies: ReadonlyMap<string, readonly string[]>,
): readonly NeighbourGroup[] {
  const groups = new Map<string, { readonly representative: Neighbour; size: number }>();
  for (const hit of hits) {
    const picture = copies.get(hit.id)?.[0] ?? hit.id;
    const known = groups.get(picture);
    if (known === undefined) groups.set(picture, { representative: hit, size: 1 });
    else known.size++;
  }
  return [...groups.values()];
}

function search(
  references: ReferenceReader,
  vector: UnitVector,
  k: number,
  { filter, exact = false }: SimilarOptions,
): Promise<Neighbours> {
  return references.neighbours(vector, { k, exact, ...(filter === undefined ? {} : { filter }) });
}

function alone(representative: Neighbour): NeighbourGroup {
  return { representative, size: 1 };
}
