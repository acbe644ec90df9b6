import type { ClipModel } from '../clip/clip-model.js';
import { toNumbers } from '../domain/unit-vector.js';
import type { ReferenceFilter, ReferenceReader } from '../references/reader.js';
import { round } from './describe-neighbour.js';
import type { Hints } from './hints.js';
import type { LocateAnswer } from './locate-answer.js';
import type { LocateOptions, Locator } from './locator.js';
import { type QueryInput, resolveQuery } from './resolve-query.js';

/** The whole answer of `POST /v1/locate` and of `streetdex locate --json`. */
export interface LocateAnswerJson extends Omit<LocateAnswer, 'took_ms'> {
  readonly query: { readonly sha256: string | null; readonly reference_id: string | null };
  /** The query's unit vector, where it was asked for. */
  readonly embedding?: readonly number[];
  /** Id of the model. */
  readonly model: string;
  readonly took_ms: {
    readonly decode: number;
    readonly preprocess: number;
    readonly encode: number;
    readonly search: number;
    readonly blend: number;
    readonly total: number;
  };
}

export interface AnswerOptions extends LocateOptions {
  /** Which references may speak for it. */
  readonly filter?: ReferenceFilter;
  /** Leave a query that is a reference in its own evidence. */
  readonly includeSelf?: boolean;
  /** Also give the query's vector. */
  readonly includeEmbedding?: boolean;
  /** What the asker knows of the place. */
  readonly hints?: Hints;
}

/**
 * Where a query was taken. A query whose bytes are in the index leaves itself out of its own evidence.
 * @throws what `resolveQuery` and `Locator.locate` throw
 */
export async function answerQuery(
  input: QueryInput,
  options: AnswerOptions,
  parts: { readonly model: () => Promise<ClipModel>; readonly references: ReferenceReader; readonly locator: Locator },
): Promise<LocateAnswerJson> {
  const started = performance.now();
  const query = await resolveQuery(input, parts);
  const { includeSelf, includeEmbedding, filter = {}, hints, ...rest } = options;
  const self = query.referenceId !== null && !includeSelf ? [query.referenceId] : [];
  const answer = await parts.locator.locate(
    {
      vector: query.vector,
      filter: { ...filter, exclude: { ...filter.exclude, ids: [...(filter.exclude?.ids ?? []), ...self] } },
      ...(hints && { hints }),
    },
    rest,
  );
  const { decode, preprocess, encode } = query.tookMs;
  return {
    query: { sha256: query.sha256, reference_id: query.referenceId },
    ...answer,
    ...(includeEmbedding && { embedding: toNumbers(query.vector) }),
    model: parts.references.modelId,
    took_ms: {
      decode: round(decode, 2),
      preprocess: round(preprocess, 2),
      encode: round(encode, 2),
      ...answer.took_ms,
      total: round(performance.now() - started, 2),
    },
  };
}
