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
    const value = values[i] as number;
    if (value > edge || (value === edge && ties-- > 0)) chosen[n++] = i;
  }
  return chosen;
}

/** The same positions by descending value, ties by lower position. */
export function topIndicesInOrder(values: Float64Array, count: number): Int32Array {
  return topIndices(values, count).sort((a, b) => (values[b] as number) - (values[a] as number) || a - b);
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
    const pivot = values[(low + high) >> 1] as number;
    let i = low;
    let j = high;
    while (i <= j) {
      while ((values[i] as number) > pivot) i++;
      while ((values[j] as number) < pivot) j--;
      if (i > j) break;
      const swapped = values[i] as number;
      values[i++] = values[j] as number;
      values[j--] = swapped;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
  return values[rank] as number;
}
