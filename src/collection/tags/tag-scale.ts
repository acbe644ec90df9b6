/** The value of a tag's byte: `low` + `step` times the byte; 0 means no tag. */
export interface TagScale {
  readonly low: number;
  readonly step: number;
}

const LARGEST = 255;
/** Of log odds: probabilities from 3e-6 to 1 - 3e-6, in steps of at most 0.025. */
export const LOG_ODDS: TagScale = { low: -12.8, step: 0.1 };

/** The byte nearest to a score, 1 to 255. */
export function toByte({ low, step }: TagScale, score: number): number {
  return Math.min(LARGEST, Math.max(1, Math.round((score - low) / step)));
}

export function fromByte({ low, step }: TagScale, byte: number): number {
  return low + step * byte;
}

/** Six standard deviations on either side of a sample's mean; values beyond count as the ends. */
export function scaleFor(scores: readonly number[]): TagScale {
  const mean = scores.reduce((a, b) => a + b, 0) / scores.length;
  const deviation = Math.sqrt(scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / scores.length);
  // Of equal scores any step tells as little.
  const reach = 6 * Math.max(deviation, 1e-6);
  return { low: mean - reach, step: (2 * reach) / LARGEST };
}

/** Probability of log odds. */
export function probabilityOf(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds));
}

/** Of each of several exclusive labels, from their logits; in place. */
export function toLogOdds(logits: Float64Array): Float64Array {
  const most = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  powers.forEach((power, k) => {
    // At least what a byte can tell apart.
    logits[k] = Math.log(power / Math.max(sum - power, 1e-9 * sum));
  });
  return logits;
}
