import type { CaptionTemplates } from '../domain/caption.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { ToldFacts } from '../images/known-facts.js';

/** What a model folder says of itself. */
export interface ModelInfo {
  /** sha-256 (hex) over the ONNX files with their external data, the tokenizer and the preprocessor config. */
  readonly id: string;
  /** `owner/name`, or the folder's name. */
  readonly name: string;
  readonly folder: string;
  readonly dimension: number;
  /** Side of the square input, in pixels. */
  readonly imageSize: number;
  /** exp(logit_scale): what a cosine is multiplied by to give a logit. */
  readonly logitScale: number;
  readonly templates: CaptionTemplates;
  readonly licence: string | null;
  /** A sentence that people must see, such as that the pocket model knows nothing about real photos. */
  readonly notice: string | null;
  readonly precision: string;
}

/** What the encoder runs on, and how that goes. */
export interface EncoderState {
  /** `cpu`, or the execution provider of ONNX Runtime that reaches a card. */
  readonly device: string;
  /** Sessions side by side. */
  readonly encoders: number;
  /** Pictures that one of them takes at once. */
  readonly batch: number;
  /** How often one ended unexpectedly and was started again. */
  readonly restarts: number;
}

/** A picture that has become the encoder's input: float32, CHW, RGB, normalised. */
export interface PreparedImage {
  readonly tensor: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly decodeMs: number;
  readonly preprocessMs: number;
  /** What the photo says of itself, where that was asked for. */
  readonly facts: ToldFacts | null;
}

export interface CallOptions {
  /** Wait for a place in the queue in place of being refused. */
  readonly wait?: boolean;
  /** Aborted when nobody waits for the result any more: what still waits in the queue is dropped (`interrupted`). */
  readonly signal?: AbortSignal;
}

/**
 * An open CLIP model. Decoding and preprocessing run in workers of their own, the encoder in one long-lived worker with
 * a bounded queue: a full queue throws `encoder_busy` (family later) where `wait` is not asked for.
 */
export interface ClipModel {
  readonly info: ModelInfo;
  /**
   * `wait`: wait for a place in the queue in place of throwing `decoder_busy` (family later). `facts`: also read what the
   * photo says of itself.
   * @throws image errors of `images/` (`unsupported_format`, `image_truncated`, `image_too_large`, `heic_decoder_missing`, …).
   */
  prepare(bytes: Uint8Array, options?: CallOptions & { readonly facts?: boolean }): Promise<PreparedImage>;
  /**
   * Where, when and by whom a photo was taken, as its own metadata says; read by a thread that decodes, since it may take a
   * second of parsing. `wait` as for `prepare`.
   * @throws `decoder_busy`, `decoder_down` (later), `decoder_crashed`
   */
  photoFacts(bytes: Uint8Array, options?: CallOptions): Promise<ToldFacts>;
  /** The same for what an XMP file says. */
  xmpFacts(bytes: Uint8Array, options?: CallOptions): Promise<ToldFacts>;
  /**
   * `wait`: wait for a place in the queue in place of throwing `encoder_busy`: what an ingest does. `handOver`: the tensor
   * is no longer needed and may be empty afterwards, which saves the caller's thread a copy (2 ms at 224 pixels).
   */
  encode(
    tensor: Float32Array,
    options?: CallOptions & { readonly handOver?: boolean },
  ): Promise<{ vector: UnitVector; encodeMs: number }>;
  embedText(text: string, options?: CallOptions): Promise<{ vector: UnitVector; encodeMs: number }>;
  /**
   * Many captions, in their order: those of equal length share a batch of at most 16 where the precision is batch-safe
   * (float32 and float16), which takes less than half of the time and changes no embedding.
   */
  embedTexts(texts: readonly string[], options?: CallOptions): Promise<readonly UnitVector[]>;
  encoderState(): EncoderState;
  /** What of it can't be kept alive now, in a sentence; null where all of it works. */
  problem(): string | null;
  close(): Promise<void>;
}
