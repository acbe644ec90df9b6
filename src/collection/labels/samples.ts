import { randomInt } from 'node:crypto';
import { fault } from '../../domain/errors.js';
import type { Reference } from '../../domain/reference.js';
import { drawWithout, seededRandom } from '../../domain/seeded-random.js';
import type { ReferenceFilter, ReferenceReader } from '../../references/reader.js';
import type { Collection } from '../open-collection.js';

const DRAWN_MAX = 10_000;

/** Photos drawn for labelling, in the order in which they are to be labelled. */
export interface Sample {
  readonly id: number;
  readonly filter: ReferenceFilter | null;
  /** Number of photos that it was drawn from. */
  readonly photos: number;
  readonly ids: readonly string[];
  readonly drawnAt: string;
}

/**
 * Draws photos uniformly at random without replacement, and stores the draw.
 * @param photos the photos to draw from
 * @throws `limit_out_of_range`
 */
export function drawSample(
  collection: Collection,
  set: string,
  { photos, filter, n, seed = randomInt(2 ** 31) }: DrawQuery,
): Sample {
  if (!Number.isInteger(n) || n < 1 || n > DRAWN_MAX || n > photos.length) {
    if (photos.length === 0) {
      throw fault(
        'limit_out_of_range',
        `Expected photos to draw ${n} of, but there is no photo that the filter lets through.`,
      );
    }
    throw fault(
      'limit_out_of_range',
      `Expected a number of photos to draw from 1 to ${Math.min(DRAWN_MAX, photos.length)}, got ${n} of ${photos.length}.`,
    );
  }
  const drawn = drawWithout(photos, n, seededRandom(seed)).map(({ id }) => id);
  const drawnAt = new Date().toISOString();
  const id = collection.write((db) => {
    const put = db.prepare('INSERT INTO samples (name, filter, photos, ids, seed, drawn_at) VALUES (?, ?, ?, ?, ?, ?)');
    const values = [set, JSON.stringify(filter ?? null), photos.length, JSON.stringify(drawn), seed, drawnAt];
    return Number(put.run(...values).lastInsertRowid);
  });
  return { id, filter: filter ?? null, photos: photos.length, ids: drawn, drawnAt };
}

export interface DrawQuery {
  readonly photos: readonly Pick<Reference, 'id'>[];
  readonly filter: ReferenceFilter | undefined;
  readonly n: number;
  /** A new one each time by default. */
  readonly seed?: number;
}

/**
 * The samples drawn for a set, the oldest first, without photos that are gone from the index since: nobody can label these, and what
 * is left of a random sample is one of what is left of the photos.
 */
export async function samplesOf(
  collection: Collection,
  set: string,
  reader: Pick<ReferenceReader, 'getMany'>,
): Promise<readonly Sample[]> {
  const samples = storedSamples(collection, set);
  const there = await reader.getMany([...new Set(samples.flatMap(({ ids }) => ids))]);
  return samples.map((sample) => ({ ...sample, ids: sample.ids.filter((id) => there.has(id)) }));
}

/** A sample that a set does not have, to be thrown. */
export function sampleNotFound(set: string, sample: number | null) {
  return fault(
    'sample_not_found',
    `Expected the number of a sample that was drawn for ${set}, got ${sample}. Draw one: streetdex share label --n 200 --set ${set}.`,
  );
}

/** The labelled photos of a sample up to the first unlabelled one: only these are a random sample too. */
export function labelledPrefix(
  { ids }: Sample,
  labelled: { has(id: string): boolean },
): { readonly prefix: readonly string[]; readonly beyond: number } {
  const first = ids.findIndex((id) => !labelled.has(id));
  const prefix = first < 0 ? ids : ids.slice(0, first);
  return { prefix, beyond: ids.slice(prefix.length).filter((id) => labelled.has(id)).length };
}

function storedSamples(collection: Collection, set: string): readonly Sample[] {
  const rows = collection.read(
    (db) => db.prepare('SELECT id, filter, photos, ids, drawn_at FROM samples WHERE name = ? ORDER BY id').all(set),
    [],
  ) as { id: number; filter: string; photos: number; ids: string; drawn_at: string }[];
  return rows.map(({ id, filter, photos, ids, drawn_at }) => ({
    ...{ id, photos, drawnAt: drawn_at },
    filter: JSON.parse(filter) as ReferenceFilter | null,
    ids: JSON.parse(ids) as string[],
  }));
}
