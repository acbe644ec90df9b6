/** For outputs `from … from + count`: the first source pixel of each, how many, and their weights, `stride` apart. */
export interface Taps {
  readonly first: Int32Array;
  readonly length: Int32Array;
  readonly weights: Int32Array;
  readonly stride: number;
}
