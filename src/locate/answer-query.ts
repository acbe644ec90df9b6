import type { KnownPosition } from '../api/types.js';
import type { ClipModel } from '../clip/clip-model.js';
import type { GeoPoint } from '../domain/geo-point.js';
import { toNumbers } from '../domain/unit-vector.js';
import { distanceKm } from '../geo/distance.js';
import type { KnownFacts } from '../images/known-facts.js';
import type { ReferenceFilter, ReferenceReader } from '../references/reader.js';
import type { Hints } from './hints.js';
import type { QueryAnswer } from './locate-answer.js';
import type { LocateOptions, Locator } from './locator.js';
import { type QueryInput, resolveQuery } from './resolve-query.js';
import { round, roundPoint } from './round.js';

export interface AnswerOptions extends LocateOptions {
  /** Which references may speak for it. */
  readonly filter?: ReferenceFilter;
  /** Leave a query that is a reference in its own evidence. */
  readonly includeSelf?: boolean;
  /** Also give the query's vector. */
  readonly includeEmbedding?: boolean;
  /** What the asker knows of the place. */
  readonly hints?: Hints;
  /** Where the photo was taken by files beside it; else its own metadata and the index are asked. */
  readonly known?: Omit<KnownPosition, 'distance_km'> | null;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

/**
 * Where a query was taken. A query whose bytes are in the index leaves itself out of its own evidence.
 * @throws what `resolveQuery` and `Locator.locate` throw
 */
export async function answerQuery(
  input: QueryInput,
  options: AnswerOptions,
  parts: { readonly model: () => Promise<ClipModel>; readonly references: ReferenceReader; readonly locator: Locator },
): Promise<QueryAnswer> {
  const started = performance.now();
  const { includeSelf, includeEmbedding, filter = {}, hints, known, signal, ...rest } = options;
  const query = await resolveQuery(input, parts, { facts: true, ...(signal && { signal }) });
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
  const facts = input.kind === 'image' ? (query.facts ?? (await factsOf(input.bytes, parts))) : null;
  return {
    query: { sha256: query.sha256, reference_id: query.referenceId },
    ...answer,
    known: withDistance(
      known ?? (await knownOf(facts, query.referenceId, parts.references)),
      answer.candidates[0]?.point,
    ),
    photo_facts: facts && {
      captured_at: facts.capturedAt,
      heading_deg: facts.headingDeg,
      author: facts.author,
      licence: facts.licence,
    },
    ...(includeEmbedding && { embedding: toNumbers(query.vector) }),
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

/** Of a photo that was not decoded, as the index has its vector. */
async function factsOf(
  bytes: Uint8Array,
  { model }: { readonly model: () => Promise<ClipModel> },
): Promise<KnownFacts> {
  return (await (await model()).photoFacts(bytes, { wait: true })).facts;
}

/** By the photo itself, else by the index's own record of it. */
async function knownOf(
  facts: KnownFacts | null,
  id: string | null,
  references: ReferenceReader,
): Promise<Omit<KnownPosition, 'distance_km'> | null> {
  if (facts?.point) return { point: facts.point, from: 'photo' };
  const stored = id === null ? null : await references.get(id);
  return stored && { point: stored.point, from: 'index' };
}

function withDistance(
  known: Omit<KnownPosition, 'distance_km'> | null,
  answer: GeoPoint | undefined,
): KnownPosition | null {
  return (
    known && {
      point: roundPoint(known.point),
      from: known.from,
      distance_km: answer === undefined ? null : round(distanceKm(known.point, answer), 3),
    }
  );
}
