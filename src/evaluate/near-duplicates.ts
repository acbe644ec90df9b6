import { present } from '../domain/present.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { type GreyThumbnail, greyThumbnail } from '../images/grey-thumbnail.js';
import { samePicture } from '../images/same-picture.js';
import type { ReferenceFilter, ReferenceReader } from '../references/reader.js';

/** A query that is the same picture as a reference: encoded anew, resized, cropped, watermarked. */
export interface NearDuplicate {
  readonly id: string;
  /** Id of the reference. */
  readonly reference: string;
  readonly cosine: number;
  /** Of the pixels, laid over each other. */
  readonly correlation: number;
}

/** What became of the queries that show what the index holds already. */
export interface NearDuplicates {
  /** Whether they are left out of the queries. */
  readonly leftOut: boolean;
  readonly found: readonly NearDuplicate[];
  /** Queries with a near neighbour whose file is gone, and no near neighbour that is known to be the same picture. */
  readonly unknown: readonly string[];
}

type Found = Omit<NearDuplicate, 'id'> | 'unknown' | null;

/** Copies were seen at most 3 places behind the nearest; the rest is for models that see crops as other scenes. */
const CANDIDATES = 20;
/** Photos of the index whose cosines tell how near strangers are to this model. */
const SAMPLE = 200;
const THUMBNAILS_KEPT = 500;

/** Finds the reference that is the same picture as a photo: the nearest vectors are candidates, the pixels decide. */
export class DuplicateFinder {
  readonly #floor: number;
  readonly #thumbnails = new Map<string, Promise<GreyThumbnail | null>>();

  readonly #references: ReferenceReader;
  readonly #pixelsMax: number;

  constructor(references: ReferenceReader, pixelsMax: number) {
    this.#references = references;
    this.#pixelsMax = pixelsMax;

    this.#floor = cosineFloor(references);
  }

  /**
   * @param filter what may speak for the photo: what may not, can't give it away either
   * @returns `unknown` where a candidate's file is gone or can't be read, and no other is the same picture
   */
  async find(vector: UnitVector, file: string, filter: ReferenceFilter): Promise<Found> {
    const neighbours = await this.#references.neighbours(vector, { k: CANDIDATES, filter });
    const near = neighbours.filter(({ score }) => score >= this.#floor);
    if (near.length === 0) return null;
    const own = await read(file, this.#pixelsMax);
    let unknown = own === null;
    for (const { id, score } of own === null ? [] : near) {
      const other = await this.#thumbnail(id);
      if (other === null) unknown = true;
      else if (own !== null) {
        const { same, correlation } = samePicture(own, other);
        if (same) return { reference: id, cosine: score, correlation };
      }
    }
    return unknown ? 'unknown' : null;
  }

  /** Photos of one place share their neighbours, so the last ones are kept. */
  #thumbnail(id: string): Promise<GreyThumbnail | null> {
    const path = this.#references.filePath(id);
    const thumbnail = this.#thumbnails.get(id) ?? (path === null ? null : read(path, this.#pixelsMax));
    if (thumbnail === null) return Promise.resolve(null);
    this.#thumbnails.delete(id);
    this.#thumbnails.set(id, thumbnail);
    for (const oldest of this.#thumbnails.keys()) {
      if (this.#thumbnails.size <= THUMBNAILS_KEPT) break;
      this.#thumbnails.delete(oldest);
    }
    return thumbnail;
  }
}

/**
 * Half-way between what strangers have in common for this model and sameness. A fixed cosine would not do: CLIP's photos
 * all lie in one cone, the pocket model's don't.
 */
function cosineFloor(references: ReferenceReader): number {
  const vectors = references.list({ limit: SAMPLE }).references.flatMap(({ id }) => references.vector(id) ?? []);
  const half = vectors.length >> 1;
  // Far apart in the list, since neighbours in it may be frames of one walk.
  const cosines = vectors.slice(0, half).map((vector, i) => cosine(vector, present(vectors[i + half])));
  const strangers = cosines.sort((a, b) => a - b)[cosines.length >> 1] ?? 0;
  return strangers + (1 - strangers) / 2;
}

function cosine(a: UnitVector, b: UnitVector): number {
  return a.reduce((sum, value, i) => sum + value * present(b[i]), 0);
}

/** null for what can't be read any more. */
function read(file: string, pixelsMax: number): Promise<GreyThumbnail | null> {
  return greyThumbnail(file, pixelsMax).catch(() => null);
}
