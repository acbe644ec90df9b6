import { setImmediate } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { present as checked } from '../../domain/present.js';
import type { ReferenceReader } from '../../references/reader.js';
import { VectorRows } from '../../references/vector-rows.js';
import type { Collection } from '../open-collection.js';
import { populationIds } from '../population.js';
import { BLOCK, countTagged, Places } from './places.js';
import type { Scorer, Tagger } from './scorer.js';
import { scaleFor, type TagScale, toByte } from './tag-scale.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

/** Vectors that are read and multiplied before other work gets its turn: some 5 ms. */
const AT_ONCE = 1024;

export interface TagReport {
  readonly references: number;
  /** Number of references that got tags of at least one set. */
  readonly tagged: number;
  readonly interrupted: boolean;
}

export interface TagOptions {
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Tags each reference of the index by these sets where it has no tags yet. Tags are stored block by block: after an
 * interruption the next call goes on.
 * @throws `index_busy` (later) where another process tags, `index_model_changed` (later), `disk_full`, and what making a scorer
 * throws
 */
export function tagIndex(
  taggers: readonly Tagger[],
  parts: { readonly collection: Collection; readonly reader: ReferenceReader },
  { onProgress = () => undefined, signal }: TagOptions = {},
): Promise<TagReport> {
  const { collection, reader } = parts;
  return collection.tagging(async () => {
    const places = Places.read(collection);
    places.follow(collection, await populationIds(reader));
    for (const tagger of taggers) begin(collection, tagger, reader.modelId);
    const work = [...Array(places.blocks).keys()].map((block) => ({
      block,
      left: untagged(collection, places, taggers, block),
    }));
    const total = work.reduce((sum, { left }) => sum + left.size, 0);
    const report = { references: places.size, tagged: 0 };
    const jobs =
      total === 0 ? [] : await Promise.all(taggers.map(async (tagger) => new Job(tagger, await tagger.scorer())));
    const rows = new VectorRows(AT_ONCE, reader.dimension);
    for (const { block, left } of work) {
      if (left.size === 0) continue;
      await tagBlock({ collection, reader, places, jobs, rows }, block, left, signal);
      if (signal?.aborted) return { ...report, interrupted: true };
      report.tagged += left.size;
      onProgress(report.tagged, total);
    }
    return { ...report, interrupted: false };
  });
}

/** Deletes the set's tags that were made with another stamp. */
function begin(collection: Collection, { name, stamp, madeBy, kind, labels }: Tagger, modelId: string): void {
  collection.write((db) => {
    db.prepare('DELETE FROM tag_sets WHERE name = ? AND (stamp <> ? OR made_by <> ?)').run(name, stamp, madeBy);
    db.prepare(
      `INSERT INTO tag_sets (name, stamp, made_by, kind, model_id, labels, scales, tagged_at) VALUES (?, ?, ?, ?, ?, ?, '[]', ?)
       ON CONFLICT DO UPDATE SET tagged_at = excluded.tagged_at`,
    ).run(name, stamp, madeBy, kind, modelId, JSON.stringify(labels), new Date().toISOString());
  });
}

/** Places of the block whose reference lacks tags of one of the sets. */
function untagged(
  collection: Collection,
  places: Places,
  taggers: readonly Tagger[],
  block: number,
): ReadonlySet<number> {
  const left = new Set<number>();
  const blobs = taggers.map(({ name }) => collection.read((db) => blobOf(db, name, block), undefined));
  for (let place = block * BLOCK; place < Math.min((block + 1) * BLOCK, places.ids.length); place++) {
    if (places.ids[place] !== '' && blobs.some((blob) => (blob?.[place % BLOCK] ?? 0) === 0)) left.add(place);
  }
  return left;
}

function blobOf(db: Database, name: string, block: number): Buffer | undefined {
  return db.prepare('SELECT bytes FROM tags WHERE name = ? AND block = ?').pluck().get(name, block) as
    | Buffer
    | undefined;
}

/** A set during tagging. */
class Job {
  readonly #scores: Float64Array;
  readonly #products: Float64Array;

  constructor(
    readonly tagger: Tagger,
    readonly scorer: Scorer,
  ) {
    this.#scores = new Float64Array(tagger.labels.length);
    this.#products = new Float64Array(scorer.vectors.length);
  }

  /** Scores of the labels for these rows, one photo after the other. */
  scoresOf(rows: VectorRows, numbers: Int32Array): Float64Array {
    const products = this.scorer.vectors.map((vector) => rows.dots(vector, numbers));
    const labels = this.#scores.length;
    const all = new Float64Array(numbers.length * labels);
    for (let i = 0; i < numbers.length; i++) {
      for (let v = 0; v < products.length; v++) this.#products[v] = present(present(products[v])[i]);
      this.scorer.score(this.#products, this.#scores);
      all.set(this.#scores, i * labels);
    }
    return all;
  }
}

interface Tagging {
  readonly collection: Collection;
  readonly reader: ReferenceReader;
  readonly places: Places;
  readonly jobs: readonly Job[];
  readonly rows: VectorRows;
}

async function tagBlock(
  { collection, reader, places, jobs, rows }: Tagging,
  block: number,
  left: ReadonlySet<number>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const found: { readonly place: number; readonly scores: readonly Float64Array[] }[] = [];
  const all = [...left];
  for (let from = 0; from < all.length; from += AT_ONCE) {
    if (signal?.aborted) return;
    const some = all.slice(from, from + AT_ONCE);
    const vectors = await reader.vectors(some.map((place) => present(places.ids[place])));
    // A reference that was removed meanwhile has no vector.
    const there = some.filter((place) => vectors.has(present(places.ids[place])));
    for (const [i, place] of there.entries()) rows.row(i).set(present(vectors.get(present(places.ids[place]))));
    const numbers = Int32Array.from(there, (_, i) => i);
    const scores = jobs.map((job) => job.scoresOf(rows, numbers));
    there.forEach((place, i) => {
      const own = jobs.map(({ tagger }, j) =>
        present(scores[j]).subarray(i * tagger.labels.length, (i + 1) * tagger.labels.length),
      );
      found.push({ place, scores: own });
    });
    await setImmediate();
  }
  collection.write((db) => {
    for (const [j, { tagger, scorer }] of jobs.entries()) {
      const scales = scalesOf(
        db,
        tagger,
        scorer.scale,
        found.map(({ scores }) => present(scores[j])),
      );
      const size = tagger.labels.length * BLOCK;
      const bytes = blobOf(db, tagger.name, block) ?? Buffer.alloc(size);
      for (const { place, scores } of found) {
        present(scores[j]).forEach((score, k) => {
          bytes[k * BLOCK + (place % BLOCK)] = toByte(present(scales[k]), score);
        });
      }
      db.prepare(
        `INSERT INTO tags (name, block, bytes, tagged) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET bytes = excluded.bytes, tagged = excluded.tagged`,
      ).run(tagger.name, block, bytes, countTagged(bytes));
    }
  });
}

/** Scale of each label; where the scores have none of their own, it is set by the first block of photos. */
function scalesOf(
  db: Database,
  { name, labels }: Tagger,
  scale: TagScale | null,
  scores: readonly Float64Array[],
): readonly TagScale[] {
  if (scale !== null)
    return keepScales(
      db,
      name,
      labels.map(() => scale),
    );
  const kept = JSON.parse(
    db.prepare('SELECT scales FROM tag_sets WHERE name = ?').pluck().get(name) as string,
  ) as TagScale[];
  if (kept.length > 0) return kept;
  return keepScales(
    db,
    name,
    labels.map((_, k) => scaleFor(scores.map((own) => present(own[k])))),
  );
}

function keepScales(db: Database, name: string, scales: readonly TagScale[]): readonly TagScale[] {
  db.prepare('UPDATE tag_sets SET scales = ? WHERE name = ?').run(JSON.stringify(scales), name);
  return scales;
}
