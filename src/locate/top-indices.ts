import { present as checked } from '../domain/present.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/**
 * Positions of the `count` greatest values, ascending by position, ties at the edge by lower position.
 * Linear time on average: Hoare's selection on a copy.
 */
export function topIndices(values: Float64Array, count: number): Int32Array {
  if (count >= values.length) return ascending(values.length);
  if (count === 0) return new Int32Array(0);
  const edge = selectDescending(values.slice(), count - 1);
  let above = 0;
  for (const value of values) if (value > edge) above++;
  let ties = count - above;
  const chosen = new Int32Array(count);
  let n = 0;
  for (let i = 0; i < values.length; i++) {
    const value = present(values[i]);
    if (value > edge || (value === edge && ties-- > 0)) chosen[n++] = i;
  }
  return chosen;
}

/** The same positions by descending value, ties by lower position. */
export function topIndicesInOrder(values: Float64Array, count: number): Int32Array {
  return topIndices(values, count).sort((a, b) => present(values[b]) - present(values[a]) || a - b);
}

function ascending(n: number): Int32Array {
  const positions = new Int32Array(n);
  for (let i = 0; i < n; i++) positions[i] = i;
  return positions;
}

/** The value that stands at `rank` (0-based) in descending order; reorders `values`. */
function selectDescending(values: Float64Array, rank: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = present(values[(low + high) >> 1]);
    let i = low;
    let j = high;
    while (i <= j) {
      while (present(values[i]) > pivot) i++;
      while (present(values[j]) < pivot) j--;
      if (i > j) break;
      const swapped = present(values[i]);
      values[i++] = present(values[j]);
      values[j--] = swapped;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return present(values[rank]);
}
