import { LRUCache } from 'lru-cache';
import { fault } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { type GreyThumbnail, greyThumbnail } from '../../images/grey-thumbnail.js';
import { samePicture } from '../../images/same-picture.js';
import type { ReferenceFilter } from '../../references/reader.js';
import type { OpenIndex } from '../../references/store.js';
import { cosineFloor } from './cosine-floor.js';
import type { ComparedPair, LookCache, NewLook } from './look-cache.js';

export interface CopySearch {
  readonly index: Pick<OpenIndex, 'reader' | 'photos'>;
  readonly cache: LookCache;
  /** Ids of the references to look at, each once. */
  readonly ids: readonly string[];
  /** The filter that gave the ids: references that it leaves out are no candidates. */
  readonly filter: ReferenceFilter;
  readonly pixelsMax: number;
  readonly onProgress?: (stage: 'reading' | 'comparing', done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Number of references that could not be looked at. */
export interface Unseen {
  /** References without a file that still holds their bytes. */
  readonly withoutFile: number;
  /** References whose file can't be decoded. */
  readonly unreadable: number;
}

/**
 * Nearest neighbours that are compared. Copies were at most 3 places behind the nearest; the rest is for models that take crops
 * for other scenes.
 */
const CANDIDATES = 20;
const BATCH = 64;
const READERS = 3;
const THUMBNAILS_KEPT = 1_000;

/**
 * Looks at all photos that were not looked at yet, and compares each with the nearest neighbours of its vector: vectors give
 * candidates, pixels decide. Results go to the cache, also from a search that was stopped.
 * @throws `interrupted`, `disk_full`
 */
export async function findCopies(search: CopySearch): Promise<Unseen> {
  const unseen = await readLooks(search);
  await comparePairs(search);
  return unseen;
}

async function readLooks(search: CopySearch): Promise<Unseen> {
  const { index, cache, ids, pixelsMax, onProgress } = search;
  let [withoutFile, unreadable, done, next] = [0, 0, 0, 0];
  let looks: NewLook[] = [];
  const keep = () => {
    cache.putLooks(looks);
    looks = [];
  };
  const read = async () => {
    while (next < ids.length && search.signal?.aborted !== true) {
      const id = present(ids[next++]);
      if (cache.numberOf(id) === null) {
        const file = await index.photos.file(id);
        const thumbnail = file === null ? null : await greyThumbnail(file, pixelsMax).catch(() => null);
        if (file === null) withoutFile++;
        else if (thumbnail === null) unreadable++;
        else if (looks.push({ id, thumbnail }) >= BATCH) keep();
      }
      onProgress?.('reading', ++done, ids.length);
    }
  };
  await Promise.all(Array.from({ length: READERS }, read));
  keep();
  checkWanted(search);
  return { withoutFile, unreadable };
}

async function comparePairs(search: CopySearch): Promise<void> {
  const { index, cache, ids, filter, onProgress } = search;
  const floor = await cosineFloor(index.reader);
  const thumbnails = new LRUCache<number, GreyThumbnail>({
    max: THUMBNAILS_KEPT,
    memoMethod: (look) => cache.thumbnail(look),
  });
  const asked = Object.keys(filter).length === 0 ? {} : { filter };
  for (let from = 0; from < ids.length; from += BATCH) {
    const some = ids.slice(from, from + BATCH);
    const vectors = await index.reader.vectors(some);
    const pairs: ComparedPair[] = [];
    for (const [id, vector] of vectors) {
      checkWanted(search);
      const a = cache.numberOf(id);
      if (a === null) continue;
      const near = await index.reader.neighbours(vector, { k: CANDIDATES + 1, ...asked });
      for (const { id: other, score } of near) {
        const b = other === id || score < floor ? null : cache.numberOf(other);
        if (b === null || cache.wasCompared(a, b) || pairs.some((pair) => pair.a === b && pair.b === a)) continue;
        pairs.push({ a, b, same: samePicture(thumbnails.memo(a), thumbnails.memo(b)).same });
      }
    }
    cache.putPairs(pairs);
    onProgress?.('comparing', Math.min(from + BATCH, ids.length), ids.length);
  }
}

function checkWanted({ signal }: CopySearch): void {
  if (signal?.aborted)
    throw fault(
      'interrupted',
      'The search for copies was stopped. What was compared is kept; the same command goes on.',
    );
}
