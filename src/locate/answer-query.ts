import type { ClipModel } from '../clip/clip-model.js';
import type { GeoPoint } from '../domain/geo-point.js';
import { distanceKm } from '../geo/distance.js';
import { readPhotoFacts } from '../images/photo-facts.js';
import type { ReferenceFilter, ReferenceReader } from '../references/reader.js';
import { round, roundPoint } from './describe-neighbour.js';
import type { Hints } from './hints.js';
import type { KnownAnswer, LocateAnswer } from './locate-answer.js';
import type { LocateOptions, Locator } from './locator.js';
import { type QueryInput, resolveQuery } from './resolve-query.js';

/** The whole answer of `POST /v1/locate` and of `streetdex locate --json`. */
export interface LocateAnswerJson extends Omit<LocateAnswer, 'took_ms'> {
  readonly query: { readonly sha256: string | null; readonly reference_id: string | null };
  /** null where nothing says so. */
  readonly known: KnownAnswer | null;
  /** Id of the model. */
  readonly model: string;
  /** A sentence that people must see, such as that the model knows nothing about real photos. */
  readonly model_notice: string | null;
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
  /** What the asker knows of the place. */
  readonly hints?: Hints;
  /** Where the photo was taken by files beside it; else its own metadata and the index are asked. */
  readonly known?: Omit<KnownAnswer, 'distance_km'> | null;
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
  const { includeSelf, filter = {}, hints, known, ...rest } = options;
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
  const { notice } = (await parts.model()).info;
  return {
    query: { sha256: query.sha256, reference_id: query.referenceId },
    ...answer,
    known: withDistance(known ?? knownOf(input, query.referenceId, parts.references), answer.candidates[0]?.point),
    model: parts.references.modelId,
    model_notice: notice,
    took_ms: {
      decode: round(decode, 2),
      preprocess: round(preprocess, 2),
      encode: round(encode, 2),
      ...answer.took_ms,
      total: round(performance.now() - started, 2),
    },
  };
}

/** Of a position's packet; larger ones take long to read, and a query is read on the thread that answers. */
const XMP_BYTES_MAX = 256 * 1024;

/** By the photo itself, else by the index's own record of it. */
function knownOf(
  input: QueryInput,
  id: string | null,
  references: ReferenceReader,
): Omit<KnownAnswer, 'distance_km'> | null {
  const own = input.kind === 'image' ? readPhotoFacts(input.bytes, XMP_BYTES_MAX).facts.point : null;
  if (own !== null) return { point: own, from: 'photo' };
  const stored = id === null ? null : references.get(id);
  return stored && { point: stored.point, from: 'index' };
}

function withDistance(
  known: Omit<KnownAnswer, 'distance_km'> | null,
  answer: GeoPoint | undefined,
): KnownAnswer | null {
  return (
    known && {
      point: roundPoint(known.point),
      from: known.from,
      distance_km: answer === undefined ? null : round(distanceKm(known.point, answer), 3),
    }
  );
}
