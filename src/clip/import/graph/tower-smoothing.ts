/**
 * The factors s of one layer, a number above 0 for each channel: the input of a product is divided by them and the
 * columns of its weights are multiplied, so that the result stays what it is. Null: left as it is.
 */
export interface LayerSmoothing {
  /** [width]: divided out of layer_norm1. */
  readonly qkv: Float32Array | null;
  /** [width]: divided out of the rows of V, since attention mixes tokens and not channels. */
  readonly out: Float32Array | null;
  /** [width]: divided out of layer_norm2. */
  readonly fc1: Float32Array | null;
}

export interface TowerSmoothing {
  /** As many as the tower has layers. */
  readonly layers: readonly LayerSmoothing[];
}

/** Factors for both towers; null leaves one as it is. */
export interface Smoothing {
  readonly vision: TowerSmoothing | null;
  readonly text: TowerSmoothing | null;
}
