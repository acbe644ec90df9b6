import { present } from '../domain/present.js';
/** One scene's value, and the H3 cell it lies in. */
export interface Vote {
  readonly cell: string;
  readonly value: number;
}

/**
 * A cell needs so many scenes for a whole vote; with fewer each brings an eighth, so that a lone scene does not speak for a
 * region.
 */
const FULL_VOTE = 8;

/**
 * Quantiles in which no cell has more than one vote, however many scenes it has: a cell of n scenes has min(n, 8)/8 votes,
 * shared evenly among them. So scenes added to one cell move the quantile at `share` no farther than to the other cells'
 * quantiles at (share·(W + 1) − 1)/W and share·(W + 1)/W, where W is the number of the other cells' votes.
 * @param shares from 0 to 1
 * @returns for each share the least value such that at least this share of the votes is for it or a lower one
 */
export function evenQuantiles(votes: readonly Vote[], shares: readonly number[]): number[] {
  const scenes = new Map<string, number>();
  for (const { cell } of votes) scenes.set(cell, (scenes.get(cell) ?? 0) + 1);
  const weighed = votes
    .map(({ cell, value }) => {
      const n = present(scenes.get(cell));
      return { value, weight: Math.min(n, FULL_VOTE) / FULL_VOTE / n };
    })
    .sort((a, b) => a.value - b.value || a.weight - b.weight);
  const whole = weighed.reduce((sum, { weight }) => sum + weight, 0);
  return shares.map((share) => {
    let held = 0;
    for (const { value, weight } of weighed) {
      held += weight;
      // The sums of votes are rounded.
      if (held >= share * whole - 1e-9) return value;
    }
    return weighed.at(-1)?.value ?? Number.NaN;
  });
}
