import type { GeoPoint } from '../domain/geo-point.js';
import type { UnitVector } from '../domain/unit-vector.js';
import type { ReferenceFilter } from '../references/reader.js';

/** A photo whose place is known, ready to be asked about. */
export interface EvaluationQuery {
  /** As the manifest names it, or the id of the reference. Unique within a set. */
  readonly id: string;
  readonly truth: GeoPoint;
  /** Cluster for resampling and splitting: the coarser of the author and what was left out (`clusterPhotos`). */
  readonly cluster: string;
  /** Part of the mix (`indexed`, `unindexed`, a source); null where unknown. */
  readonly part: string | null;
  readonly vector: UnitVector;
  /** What may not speak for it: the leave-out rule, and the query itself where it is a reference. */
  readonly filter: ReferenceFilter;
  /** sha-256 of the photo's bytes; null for a reference whose file is gone. */
  readonly sha256: string | null;
  /** Absolute path of the photo; null where it is missing. */
  readonly file: string | null;
}
