/**
 * Room for numbers that are gone when the call ends that took it; the next call gets the same, filled as it was left. The
 * hundreds of kilobytes that one judgement takes, and the collector's work for them, would cost more than to fill them in.
 */
export function scratch(): (length: number) => Float64Array {
  let kept = new Float64Array(0);
  return (length) => {
    if (kept.length < length) kept = new Float64Array(length);
    return kept.subarray(0, length);
  };
}
