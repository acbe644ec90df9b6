import type { ClipModel } from '../clip/clip-model.js';
import type { OpenIndex } from '../references/store.js';
import type { EvaluationQuery } from './evaluation-query.js';
import type { Exclusion } from './exclude-own.js';
import type { LeaveOutRule } from './leave-out.js';
import type { NearDuplicates } from './near-duplicates.js';

/** Parts that gathering uses, each opened on first use: where all vectors are known, no encoder is needed. */
export interface GatherParts {
  readonly config: { readonly data_dir: string; readonly pixels_max?: number };
  /** null where no index is asked: photos are only embedded. */
  index(): Promise<OpenIndex | null>;
  model(use?: 'answers' | 'throughput'): Promise<ClipModel>;
}

/** Source of the queries; a `limit` samples them by hash. */
export type QuerySource = ManifestQueries | ReferenceQueries;

export interface ManifestQueries {
  /** A manifest in any format that an ingest reads, a folder, or a photo. */
  readonly manifest: string;
  /** Folder of the photos that a manifest names; its own by default. */
  readonly images?: string;
  readonly limit?: number;
  /** References of the photo's own author, walk or place that may not count for it. */
  readonly exclude?: readonly Exclusion[];
  /**
   * What becomes of photos that are the same picture as a reference: left out by default; not searched for without an index.
   */
  readonly duplicates?: 'leave_out' | 'keep' | 'not_looked_for';
}

/** The index's own photos. */
export interface ReferenceQueries {
  readonly leaveOut: LeaveOutRule;
  readonly limit?: number;
}

export interface GatherOptions {
  readonly onProgress?: (progress: GatherProgress) => void;
  /** Once aborted, embedding stops after the photos in hand, which are kept. */
  readonly signal?: AbortSignal;
}

/** A photo that did not become a query: a stable code and a sentence. */
export interface SkippedQuery {
  readonly id: string;
  readonly code: string;
  readonly reason: string;
}

/** Description of the source. */
export interface QuerySetDescription {
  readonly kind: 'manifest' | 'leave_out';
  /** One line for people. */
  readonly text: string;
  /** The manifest as given; null where the index's own photos are asked. */
  readonly manifest: string | null;
  readonly rule: LeaveOutRule | null;
  /** The limit on queries; null for none. */
  readonly limit: number | null;
  /** Photos that the source names. */
  readonly photos: number;
}

/** Queries ready to be asked, and what became of the other photos. */
export interface QuerySet {
  readonly queries: readonly EvaluationQuery[];
  readonly skipped: readonly SkippedQuery[];
  /** Queries of a manifest whose bytes are in the index: they are left out of their own evidence. */
  readonly inIndex: readonly string[];
  /** Queries of a manifest that are the same picture as a reference in other bytes; null where they were not searched for. */
  readonly nearDuplicates: NearDuplicates | null;
  readonly description: QuerySetDescription;
  /** Other notices, as sentences. */
  readonly notices: readonly string[];
  /** Photos that went through the encoder in this run; the others were known. */
  readonly embedded: number;
  /** Times of the embedded photos, summed over parallel threads; `total` is wall time. */
  readonly tookMs: {
    readonly decode: number;
    readonly preprocess: number;
    readonly encode: number;
    readonly total: number;
  };
}

/** Progress of the gathering; the rate is that of the last seconds. */
export interface GatherProgress {
  readonly done: number;
  readonly total: number;
  readonly rate: number | null;
  readonly secondsLeft: number | null;
}

/** With a cluster of more than this share of the queries little is independent. */
const LARGE_SHARE = 1 / 3;

/** Notices where intervals will be too narrow, or wide because authors were in many places. */
export function clusterNotices(queries: readonly EvaluationQuery[]): string[] {
  if (queries.length < 2) return [];
  return [...aloneNotices(queries), ...linkedNotices(queries)];
}

function aloneNotices(queries: readonly EvaluationQuery[]): string[] {
  const alone = queries.filter(({ cluster }) => cluster.startsWith('photo ')).length;
  if (alone === 0) return [];
  const of =
    alone === queries.length ? 'No photo’s author or walk is' : `Of ${alone} photos neither author nor walk is`;
  return [`${of} known: each of them counts by itself, and the intervals may be too narrow.`];
}

function linkedNotices(queries: readonly EvaluationQuery[]): string[] {
  const sizes = new Map<string, number>();
  for (const { cluster } of queries) {
    if (cluster.startsWith('place ')) sizes.set(cluster, (sizes.get(cluster) ?? 0) + 1);
  }
  const largest = Math.max(0, ...sizes.values());
  if (largest <= LARGE_SHARE * queries.length) return [];
  return [
    `Authors who were in several places link ${largest} of ${queries.length} photos into one cluster, which counts once: intervals are wide. --leave-out author asks by author.`,
  ];
}
