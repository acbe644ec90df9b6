/** Probabilities from their logarithms, whatever these have in common; in place. */
export function softmax(logs: Float64Array): Float64Array {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of logs) if (value > most) most = value;
  let sum = 0;
  for (let i = 0; i < logs.length; i++) sum += logs[i] = Math.exp((logs[i] as number) - most);
  for (let i = 0; i < logs.length; i++) logs[i] = (logs[i] as number) / sum;
  return logs;
}
