import type { ClipModel } from '../clip/clip-model.js';
import type { GeoPoint } from '../domain/geo-point.js';
import type { ReferenceWriter } from '../references/writer.js';
import type { IngestEvent } from './ingest-events.js';
import type { IngestOptions } from './ingest-options.js';

export interface IngestRun {
  /** Folders, manifests and photos, as the user names them. */
  readonly sources: readonly string[];
  readonly options?: IngestOptions;
  /** Only these photos of the sources, by `photoKey`; all by default. */
  readonly only?: ReadonlySet<string>;
  /** Stored with the run's arguments. */
  readonly note?: Readonly<Record<string, unknown>>;
  readonly writer: ReferenceWriter;
  readonly model: ClipModel;
  /** ISO 3166-1 alpha-2 of the country that holds a point, null at sea. */
  readonly countryAt: (point: GeoPoint) => string | null;
  /** Where small pictures are kept with the references: one of a photo's bytes. */
  readonly thumbnailOf?: (photo: Uint8Array) => Promise<Uint8Array>;
  readonly onEvent?: (event: IngestEvent) => void;
  /** Once aborted, what the encoder has is finished and stored, and nothing else is begun. */
  readonly signal?: AbortSignal;
}
