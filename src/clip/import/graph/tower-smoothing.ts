/**
 * The factors s of one layer, positive, one for each channel: a product's input is divided by them and the columns of its
 * weights are multiplied by them, so that the result is unchanged. Null: no smoothing.
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
  /** One for each layer of the tower. */
  readonly layers: readonly LayerSmoothing[];
}

/** Factors for both towers; null: no smoothing. */
export interface Smoothing {
  readonly vision: TowerSmoothing | null;
  readonly text: TowerSmoothing | null;
}
