import { present } from '../domain/present.js';
/** What one scene says, and the cell of the Earth that it lies in. */
export interface Vote {
  readonly cell: string;
  readonly value: number;
}

/** Scenes that a cell needs for a whole vote: fewer bring an eighth each, so that a lone scene does not speak for a region. */
const FULL_VOTE = 8;

/**
 * Quantiles in which no cell has more than one vote, however many scenes it has: min(n, 8)/8, shared by its n scenes.
 * So scenes that one cell gets move the quantile at `share` no farther than to the others' quantiles at
 * (share·(W + 1) − 1)/W and share·(W + 1)/W, W the others' votes together.
 *
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
      // Sums of shares of votes are rounded.
      if (held >= share * whole - 1e-9) return value;
    }
    return weighed.at(-1)?.value ?? Number.NaN;
  });
}
