import type { IndexModel } from '../references/reader.js';
import type { StageTimes } from './ingest-report.js';
import type { Measured } from './meter.js';

/** A reference without a vector of the new model, and why. `path` is that of its first source. */
export interface ReembedFailure {
  readonly id: string;
  readonly root: string | null;
  readonly path: string | null;
  readonly code: string;
  readonly reason: string;
}

/** Events of a run; `--json` prints them as they are, hence the names. */
export type ReembedEvent =
  | { readonly type: 'planned'; readonly references: number; readonly embedded_before: number }
  | (Measured & { readonly type: 'progress'; readonly failed: number })
  | ({ readonly type: 'failure' } & ReembedFailure)
  /** The index has the new model's vectors, and its graph is being built. */
  | { readonly type: 'indexing' }
  | { readonly type: 'done'; readonly report: ReembedReport };

export interface ReembedReport extends StageTimes {
  readonly from: IndexModel;
  readonly to: IndexModel;
  readonly references: number;
  /** Number of vectors that this run made, and that earlier runs had made. */
  readonly embedded: number;
  readonly embeddedBefore: number;
  readonly failed: number;
  /** The first 1,000 failures. */
  readonly failures: readonly ReembedFailure[];
  /** Number of failures below a root that is missing: such references are never deleted. */
  readonly rootsMissing: number;
  /** Number of HEIC photos for which the decoder is missing: such references are never deleted. */
  readonly decoderMissing: number;
  /** Number of references that were deleted at the switch because their photo is gone. */
  readonly deleted: number;
  /** True where the index now answers with the new model's vectors. */
  readonly switched: boolean;
  readonly generation: number | null;
  readonly interrupted: boolean;
  readonly wallMs: number;
}
