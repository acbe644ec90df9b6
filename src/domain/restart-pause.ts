/** The first pause, after the second end in a row, and the longest. */
export interface RestartPauses {
  readonly firstMs: number;
  readonly mostMs: number;
}

/**
 * How long to wait before something that ended so often in a row is started again: not at all the first time, then twice as
 * long each time, so that what can't live takes no core from what can.
 */
export function restartPauseMs(ends: number, { firstMs, mostMs }: RestartPauses): number {
  return ends <= 1 ? 0 : Math.min(mostMs, firstMs * 2 ** (ends - 2));
}
