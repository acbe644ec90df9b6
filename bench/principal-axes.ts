export interface PrincipalAxes {
  readonly mean: Float64Array;
  readonly axes: readonly { readonly variance: number; readonly axis: Float64Array }[];
}

/**
 * The mean of some vectors and the eigenvectors of their covariance, by Jacobi's rotations, with the greatest variance
 * first.
 */
export function principalAxes(vectors: readonly Float32Array[]): PrincipalAxes {
  const dim = vectors[0].length;
  const mean = new Float64Array(dim);
  for (const v of vectors) for (let i = 0; i < dim; i++) mean[i] += v[i] / vectors.length;
  const a = Array.from({ length: dim }, () => new Float64Array(dim));
  for (const v of vectors) {
    const x = Float64Array.from(v, (value, i) => value - mean[i]);
    for (let i = 0; i < dim; i++) for (let j = 0; j < dim; j++) a[i][j] += (x[i] * x[j]) / vectors.length;
  }
  const rows = a.map((_, i) => new Float64Array(dim).fill(1, i, i + 1));
  for (let sweep = 0; sweep < 20 && beside(a) > 1e-16; sweep++) {
    for (let p = 0; p < dim; p++) for (let q = p + 1; q < dim; q++) rotate(a, rows, p, q);
  }
  const axes = rows.map((axis, k) => ({ variance: a[k][k], axis })).sort((x, y) => y.variance - x.variance);
  return { mean, axes };
}

/** A vector's coordinates along the axes, from the mean. */
export function along(v: Float32Array, { mean, axes }: PrincipalAxes): Float64Array {
  return Float64Array.from(axes, ({ axis }) => axis.reduce((sum, a, i) => sum + a * (v[i] - mean[i]), 0));
}

/** Makes a_pq 0 and carries the rotation over to the eigenvectors. */
function rotate(a: Float64Array[], rows: Float64Array[], p: number, q: number): void {
  if (Math.abs(a[p][q]) < 1e-13) return;
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
  const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
  const c = 1 / Math.hypot(t, 1);
  const s = t * c;
  for (const row of a) [row[p], row[q]] = [c * row[p] - s * row[q], s * row[p] + c * row[q]];
  for (const m of [a, rows]) {
    for (let k = 0; k < a.length; k++) {
      const [x, y] = [m[p][k], m[q][k]];
      m[p][k] = c * x - s * y;
      m[q][k] = s * x + c * y;
    }
  }
}

/** Σ of the squares beside the diagonal. */
function beside(a: Float64Array[]): number {
  return a.reduce((sum, row, p) => row.reduce((all, x, q) => (p === q ? all : all + x * x), sum), 0);
}
