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

/** What a run says while it goes; written as it is with `--json`, hence the names. */
export type ReembedEvent =
  | { readonly type: 'planned'; readonly references: number; readonly embedded_before: number }
  | (Measured & { readonly type: 'progress'; readonly failed: number })
  | ({ readonly type: 'failure' } & ReembedFailure)
  /** The index has the new model's vectors; its graph is being built. */
  | { readonly type: 'indexing' }
  | { readonly type: 'done'; readonly report: ReembedReport };

export interface ReembedReport extends StageTimes {
  readonly from: IndexModel;
  readonly to: IndexModel;
  readonly references: number;
  /** Vectors that this run made, and those that earlier runs had made. */
  readonly embedded: number;
  readonly embeddedBefore: number;
  readonly failed: number;
  /** The first 1,000. */
  readonly failures: readonly ReembedFailure[];
  /** Failures whose whole root is not there: they are never deleted. */
  readonly rootsMissing: number;
  /** Failures of HEIC photos for want of their decoder: they are never deleted. */
  readonly decoderMissing: number;
  /** References that were deleted at the switch, for want of their photo. */
  readonly deleted: number;
  /** True where the index has the new model's vectors now. */
  readonly switched: boolean;
  readonly generation: number | null;
  readonly interrupted: boolean;
  readonly wallMs: number;
}
