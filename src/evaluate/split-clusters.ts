import { createHash } from 'node:crypto';
import { present } from '../domain/present.js';

export interface Clustered {
  readonly cluster: string;
  readonly part: string | null;
}

/**
 * Splits queries so that each cluster is in one part only: clusters go, in the order of a seeded hash, to the part that is
 * farthest behind its share. The parts of a mix (indexed, unindexed) are split separately, so that the mix stays the same; a
 * cluster belongs to the part of its first query.
 *
 * @param shares shares of the queries, summing to 1
 * @returns the queries of each share, in their order
 */
export function splitClusters<T extends Clustered>(
  queries: readonly T[],
  shares: readonly number[],
  seed: string,
): T[][] {
  const clusters = new Map<string, { readonly part: string | null; queries: number }>();
  for (const { cluster, part } of queries) {
    const known = clusters.get(cluster);
    if (known === undefined) clusters.set(cluster, { part, queries: 1 });
    else known.queries++;
  }
  const hashed = [...clusters.entries()]
    .map(([cluster, of]) => ({
      cluster,
      ...of,
      hash: createHash('sha256').update(`${seed}\n${cluster}`).digest('hex'),
    }))
    .sort((a, b) => (a.hash < b.hash ? -1 : 1));
  const filled = new Map<string | null, number[]>();
  const shareOf = new Map<string, number>();
  for (const { cluster, part, queries: size } of hashed) {
    const own = filled.get(part) ?? shares.map(() => 0);
    filled.set(part, own);
    const whole = own.reduce((a, b) => a + b, 0) + size;
    let behind = 0;
    for (let s = 1; s < shares.length; s++) {
      const lack = (at: number) => present(shares[at]) * whole - present(own[at]);
      if (lack(s) > lack(behind)) behind = s;
    }
    own[behind] = present(own[behind]) + size;
    shareOf.set(cluster, behind);
  }
  return shares.map((_, s) => queries.filter((query) => shareOf.get(query.cluster) === s));
}
