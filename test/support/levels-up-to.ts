/** A calibration's levels that accept answers of every level up to one spread, as sure and as likely. */
export function levelsUpTo(spread: number | null) {
  const spreads = { sure: spread, likely: spread };
  return { town: spreads, region: spreads, country: spreads };
}
