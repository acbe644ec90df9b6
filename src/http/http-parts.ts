import type { ClipModel } from '../clip/clip-model.js';
import type { KeptAudit } from '../collection/audit/kept-audit.js';
import type { CopiesQuery, KnownCopies } from '../collection/duplicates/known-copies.js';
import type { Config } from '../config/settings.js';
import type { PhotoFacts } from '../domain/reference.js';
import type { Gazetteer } from '../gazetteer/gazetteer.js';
import type { DecodeMemory } from '../images/decode-memory.js';
import type { Ingestions } from '../ingest/ingestions.js';
import type { AnswerOptions } from '../locate/answer-query.js';
import type { QueryAnswer } from '../locate/locate-answer.js';
import type { ProfileSummary } from '../locate/profile-file.js';
import type { QueryInput, ResolvedQuery } from '../locate/resolve-query.js';
import type { OpenIndex } from '../references/store.js';
import type { ClassifyQuery, LabelScore } from '../search/classify.js';
import type { SimilarOptions, SimilarResults } from '../search/similar.js';
import type { CollectionParts } from './collection-parts.js';

export interface SimilarQuery extends Omit<SimilarOptions, 'copies'> {
  readonly includeSelf?: boolean;
  /** One result for each picture, as far as copies are known. */
  readonly collapseCopies?: boolean;
}

/** A photo to add; facts that are undefined are read from its EXIF. */
export interface NewPhoto {
  readonly bytes: Uint8Array;
  readonly facts: Partial<PhotoFacts>;
}

/**
 * What the server needs of the application: its parts, opened once and shared, and the verbs it calls. `appParts`
 * makes them from `App`; a test replaces what has to be busy or broken.
 */
export interface HttpParts {
  readonly config: Config;
  /** Where thumbnails are kept, where `thumbnails_bytes_max` lets any be. */
  readonly thumbnailsFolder: string;
  /** Of all that decodes in this process. */
  readonly decodeMemory: DecodeMemory;
  model(): Promise<ClipModel>;
  gazetteer(): Promise<Gazetteer>;
  index(): Promise<OpenIndex>;
  /** @throws errors of `images/`, `encoder_busy`, `reference_not_found`, `dimension_mismatch`, `embedding_invalid` */
  resolveQuery(input: QueryInput, signal?: AbortSignal): Promise<ResolvedQuery>;
  locate(input: QueryInput, options: AnswerOptions): Promise<QueryAnswer>;
  similar(query: ResolvedQuery, options: SimilarQuery): Promise<SimilarResults>;
  classify(query: ResolvedQuery, options: ClassifyQuery): Promise<readonly LabelScore[]>;
  /** Has the index open for writing for the call. @throws `index_busy`, `ingestion_running`, `no_position`, errors of `images/` */
  addPhoto(photo: NewPhoto): Promise<{ readonly id: string; readonly outcome: 'added' | 'unchanged' | 'updated' }>;
  /** Takes the reference and its kept bytes away; false when there is none. @throws `index_busy`, `ingestion_running` */
  deleteReference(id: string): Promise<boolean>;
  /** Photos to try the index with. */
  samples(): Promise<readonly string[]>;
  readonly ingestions: Ingestions;
  /** Groups of photos that are one picture, as far as it is known. @throws `bad_cursor` */
  duplicates(query: CopiesQuery): Promise<KnownCopies>;
  /** What the last audit of the whole index has found. @throws `bad_cursor` */
  audit(limit: number, cursor?: string): Promise<KeptAudit>;
  readonly collection: CollectionParts;
  /** How answers are weighed. */
  profile(): Promise<ProfileSummary>;
}
