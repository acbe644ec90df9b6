import { present as checked } from './present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;
/** Probabilities from their logarithms, whatever these have in common; in place. */
export function softmax(logs: Float64Array): Float64Array {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of logs) if (value > most) most = value;
  let sum = 0;
  for (let i = 0; i < logs.length; i++) sum += logs[i] = Math.exp(present(logs[i]) - most);
  for (let i = 0; i < logs.length; i++) logs[i] = present(logs[i]) / sum;
  return logs;
}
