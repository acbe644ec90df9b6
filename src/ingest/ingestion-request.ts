/** A caller's request for an ingestion; paths begin with the name of an allowed root. */
export interface IngestionRequest {
  readonly sources: readonly string[];
  readonly images?: string;
  readonly gpx?: readonly string[];
  readonly clockOffset?: string;
  readonly clockCorrection?: string;
  readonly recheck?: boolean;
  readonly gapMaxS?: number;
  readonly retryFailed?: boolean;
}
