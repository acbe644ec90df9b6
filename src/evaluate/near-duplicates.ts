import { LRUCache } from 'lru-cache';
import { cosineFloor } from '../collection/duplicates/cosine-floor.js';
import type { UnitVector } from '../domain/unit-vector.js';
import { type GreyThumbnail, greyThumbnail } from '../images/grey-thumbnail.js';
import { samePicture } from '../images/same-picture.js';
import type { ReferenceFilter } from '../references/reader.js';
import type { OpenIndex } from '../references/store.js';

/** A query that is the same picture as a reference: encoded anew, resized, cropped, watermarked. */
export interface NearDuplicate {
  readonly id: string;
  /** Id of the reference. */
  readonly reference: string;
  readonly cosine: number;
  /** Correlation of the aligned pixels. */
  readonly correlation: number;
}

/** Queries that are the same picture as a reference, and what became of them. */
export interface NearDuplicates {
  /** Whether they are left out of the queries. */
  readonly leftOut: boolean;
  readonly found: readonly NearDuplicate[];
  /** Queries with a near neighbour whose file is gone, and no near neighbour that is known to be the same picture. */
  readonly unknown: readonly string[];
}

type Found = Omit<NearDuplicate, 'id'> | 'unknown' | null;

/**
 * Nearest neighbours that are compared. Copies were at most 3 places behind the nearest; the rest is for models that take crops
 * for other scenes.
 */
const CANDIDATES = 20;
const THUMBNAILS_KEPT = 500;

/** Finds the reference that is the same picture as a photo: the nearest vectors are candidates, the pixels decide. */
export class DuplicateFinder {
  #floor: Promise<number> | null = null;
  /** Photos of one place share their neighbours, so the last ones are kept. */
  readonly #thumbnails = new LRUCache<string, Promise<GreyThumbnail | null>>({
    max: THUMBNAILS_KEPT,
    memoMethod: (id) => this.#read(id),
  });

  readonly #index: Pick<OpenIndex, 'reader' | 'photos'>;
  readonly #pixelsMax: number;

  constructor(index: Pick<OpenIndex, 'reader' | 'photos'>, pixelsMax: number) {
    this.#index = index;
    this.#pixelsMax = pixelsMax;
  }

  /**
   * @param filter the references that may count for the photo: the others can't give it away
   * @returns `unknown` where a candidate's file is gone or can't be read, and no other is the same picture
   */
  async find(vector: UnitVector, file: string, filter: ReferenceFilter): Promise<Found> {
    this.#floor ??= cosineFloor(this.#index.reader);
    const floor = await this.#floor;
    const neighbours = await this.#index.reader.neighbours(vector, { k: CANDIDATES, filter });
    const near = neighbours.filter(({ score }) => score >= floor);
    if (near.length === 0) return null;
    const own = await read(file, this.#pixelsMax);
    let unknown = own === null;
    for (const { id, score } of own === null ? [] : near) {
      const other = await this.#thumbnails.memo(id);
      if (other === null) unknown = true;
      else if (own !== null) {
        const { same, correlation } = samePicture(own, other);
        if (same) return { reference: id, cosine: score, correlation };
      }
    }
    return unknown ? 'unknown' : null;
  }

  async #read(id: string): Promise<GreyThumbnail | null> {
    const path = await this.#index.photos.file(id);
    return path === null ? null : read(path, this.#pixelsMax);
  }
}

/** The thumbnail; null where the file can't be read any more. */
function read(file: string, pixelsMax: number): Promise<GreyThumbnail | null> {
  return greyThumbnail(file, pixelsMax).catch(() => null);
}
