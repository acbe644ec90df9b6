import type { ClipModel } from '../clip/clip-model.js';
import { fault, hasCode } from '../domain/errors.js';
import { referenceId } from '../domain/reference.js';
import { sha256Of } from '../domain/sha256.js';
import { toUnitVector, type UnitVector } from '../domain/unit-vector.js';
import type { KnownFacts } from '../images/known-facts.js';
import type { ReferenceReader } from '../references/reader.js';

/** What a caller may ask with. */
export type QueryInput =
  | { readonly kind: 'image'; readonly bytes: Uint8Array }
  | { readonly kind: 'reference'; readonly id: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'embedding'; readonly embedding: readonly number[] };

export interface ResolvedQuery {
  readonly vector: UnitVector;
  /** sha-256 (hex) of a photo's bytes; null for the other kinds but a reference. */
  readonly sha256: string | null;
  /** The reference that the query is, by its bytes or its id. */
  readonly referenceId: string | null;
  /** What a photo that was decoded says of itself, where that was asked for. */
  readonly facts: KnownFacts | null;
  readonly tookMs: { readonly decode: number; readonly preprocess: number; readonly encode: number };
}

interface QueryParts {
  readonly model: () => Promise<ClipModel>;
  readonly references: ReferenceReader | null;
}

const NO_TIME = { decode: 0, preprocess: 0, encode: 0 };

export interface ResolveOptions {
  /** Also read what a photo says of itself. */
  readonly facts?: boolean;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal?: AbortSignal;
}

const signalOf = ({ signal }: ResolveOptions) => (signal === undefined ? {} : { signal });

/**
 * The query's unit vector. A photo that is in the index needs no encoder: a reference is its bytes, so its stored vector
 * is the same.
 * @throws `reference_not_found`, `dimension_mismatch`, `vector_not_finite`, the errors of images and of the encoder,
 * `interrupted` by its signal
 */
export async function resolveQuery(
  input: QueryInput,
  parts: QueryParts,
  options: ResolveOptions = {},
): Promise<ResolvedQuery> {
  switch (input.kind) {
    case 'image':
      return resolveImage(input.bytes, parts, options);
    case 'reference': {
      const reference = (await parts.references?.get(input.id)) ?? null;
      const vector = await storedVector(parts.references, input.id);
      if (reference === null || vector === null) {
        throw fault(
          'reference_not_found',
          `Expected the id of a reference of this index; there is none with the id ${input.id}.`,
        );
      }
      return { vector, sha256: reference.sha256, referenceId: reference.id, facts: null, tookMs: NO_TIME };
    }
    case 'text': {
      const { vector, encodeMs } = await (await parts.model()).embedText(input.text, signalOf(options));
      return { vector, sha256: null, referenceId: null, facts: null, tookMs: { ...NO_TIME, encode: encodeMs } };
    }
    case 'embedding': {
      const { dimension } = (await parts.model()).info;
      if (input.embedding.length !== dimension) {
        throw fault(
          'dimension_mismatch',
          `Expected an embedding of ${dimension} numbers, as this model gives, but got ${input.embedding.length}.`,
        );
      }
      return { vector: unitVectorOf(input.embedding), sha256: null, referenceId: null, facts: null, tookMs: NO_TIME };
    }
  }
}

/** Numbers that a caller made up may be finite and their length not. */
function unitVectorOf(embedding: readonly number[]): UnitVector {
  try {
    return toUnitVector(embedding);
  } catch (cause) {
    if (!hasCode(cause, 'vector_not_finite')) throw cause;
    throw fault(
      'embedding_invalid',
      'Expected an embedding of finite numbers, not all 0 and none of them so large or small that its length can’t be computed.',
      { cause },
    );
  }
}

async function storedVector(references: ReferenceReader | null, id: string): Promise<UnitVector | null> {
  return (await references?.vectors([id]))?.get(id) ?? null;
}

async function resolveImage(bytes: Uint8Array, parts: QueryParts, options: ResolveOptions): Promise<ResolvedQuery> {
  const sha256 = await sha256Of(bytes);
  const stored = await storedVector(parts.references, referenceId(sha256));
  if (stored !== null)
    return { vector: stored, sha256, referenceId: referenceId(sha256), facts: null, tookMs: NO_TIME };
  const model = await parts.model();
  const prepared = await model.prepare(bytes, options);
  const { vector, encodeMs } = await model.encode(prepared.tensor, { handOver: true, ...signalOf(options) });
  return {
    vector,
    sha256,
    referenceId: null,
    facts: prepared.facts?.facts ?? null,
    tookMs: { decode: prepared.decodeMs, preprocess: prepared.preprocessMs, encode: encodeMs },
  };
}
