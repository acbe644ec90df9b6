export interface TowerShape {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediate: number;
  readonly layerNormEps: number;
  readonly activation: 'quick_gelu' | 'gelu';
}

export interface VisionShape extends TowerShape {
  /** Side of the square picture in pixels, a multiple of patchSize. */
  readonly imageSize: number;
  readonly patchSize: number;
}

/**
 * The token whose hidden state represents the text: the first of the highest id (`eos_token_id` 2 in old configs), or the first
 * end.
 */
export type TextPooling = { readonly kind: 'highest_id' } | { readonly kind: 'first_eos'; readonly eosTokenId: number };

export interface TextShape extends TowerShape {
  readonly vocabSize: number;
  readonly positions: number;
  readonly pooling: TextPooling;
}

export interface ClipArchitecture {
  readonly vision: VisionShape;
  readonly text: TextShape;
  readonly projectionDim: number;
  /** exp of the tensor logit_scale. */
  readonly logitScale: number;
}
