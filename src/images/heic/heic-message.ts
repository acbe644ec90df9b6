import type { SentError } from '../../domain/sent-error.js';
import type { RgbImage } from '../rgb-image.js';

export interface HeicThreadData {
  /** Path of the decoder's module. */
  readonly libheif: string;
}

export interface HeicJob {
  readonly bytes: Uint8Array;
  readonly pixelsMax: number;
}

/** `unusable`: the decoder itself could not be loaded. */
export type HeicAnswer =
  | { readonly kind: 'decoded'; readonly image: RgbImage; readonly heapBytes: number }
  | { readonly kind: 'failed'; readonly error: SentError }
  | { readonly kind: 'unusable' };
