/** Starts a clock that gives the milliseconds since, to a hundredth. */
export function startClock(): () => number {
  const start = performance.now();
  return () => Math.round((performance.now() - start) * 100) / 100;
}
