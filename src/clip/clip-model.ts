import type { CaptionTemplates } from '../domain/caption.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { ToldFacts } from '../images/known-facts.js';

/** The facts of a model folder. */
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
  /** A sentence that users must see, such as that the pocket model knows nothing about real photos. */
  readonly notice: string | null;
  readonly precision: string;
}

/** State of the encoder. */
export interface EncoderState {
  /** `cpu`, or ONNX Runtime's execution provider for the card. */
  readonly device: string;
  /** Number of parallel sessions. */
  readonly encoders: number;
  /** Pictures in one run of a session. */
  readonly batch: number;
  /** How often a worker ended unexpectedly and was restarted. */
  readonly restarts: number;
}

/** A picture as the encoder's input: float32, CHW, RGB, normalised. */
export interface PreparedImage {
  readonly tensor: Float32Array;
  readonly width: number;
  readonly height: number;
  readonly decodeMs: number;
  readonly preprocessMs: number;
  /** The photo's own facts, where they were asked for. */
  readonly facts: ToldFacts | null;
}

export interface CallOptions {
  /** Waits for a place in the queue instead of being refused. */
  readonly wait?: boolean;
  /** Aborted when nobody waits for the result any more: a job still in the queue is dropped (`interrupted`). */
  readonly signal?: AbortSignal;
}

/**
 * An open CLIP model. Decoding and preprocessing run in workers of their own, the encoder in one long-lived worker with a
 * bounded queue: where it is full and `wait` is not set, a call throws `encoder_busy` (later).
 */
export interface ClipModel {
  readonly info: ModelInfo;
  /**
   * Decodes and preprocesses a picture. With `facts` its own facts are read too. Without `wait` a full queue throws
   * `decoder_busy` (later).
   * @throws image errors of `images/` (`unsupported_format`, `image_truncated`, `image_too_large`, `heic_decoder_missing`, …).
   */
  prepare(bytes: Uint8Array, options?: CallOptions & { readonly facts?: boolean }): Promise<PreparedImage>;
  /**
   * A photo's facts by its own metadata, read in a preparing worker since that may take a second of parsing. `wait` as for
   * `prepare`.
   * @throws `decoder_busy`, `decoder_down` (later), `decoder_crashed`
   */
  photoFacts(bytes: Uint8Array, options?: CallOptions): Promise<ToldFacts>;
  /** The same for an XMP file. */
  xmpFacts(bytes: Uint8Array, options?: CallOptions): Promise<ToldFacts>;
  /**
   * Embeds a prepared picture. Without `wait` a full queue throws `encoder_busy` (later); an ingest waits. With `handOver` the
   * tensor may be empty afterwards, which saves the caller's thread a copy (2 ms at 224 pixels).
   */
  encode(
    tensor: Float32Array,
    options?: CallOptions & { readonly handOver?: boolean },
  ): Promise<{ vector: UnitVector; encodeMs: number }>;
  embedText(text: string, options?: CallOptions): Promise<{ vector: UnitVector; encodeMs: number }>;
  /**
   * Embeds many captions, in their order. Graphs of ours take up to 64 in a run, whatever the precision; with others, captions
   * of equal length share a run where the precision is batch-safe (float32 and float16), 16 on a processor. No embedding
   * depends on the batch.
   */
  embedTexts(texts: readonly string[], options?: CallOptions): Promise<readonly UnitVector[]>;
  encoderState(): EncoderState;
  /** What can't be kept alive now, in a sentence; null where all of it works. */
  problem(): string | null;
  close(): Promise<void>;
}
