// A world of embed-world.ts as an index that can be asked, for benches of what comes after the model.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { App } from '../dist/app.js';
import type { GeoPoint } from '../dist/domain/geo-point.js';
import { referenceId } from '../dist/domain/reference.js';
import type { UnitVector } from '../dist/domain/unit-vector.js';
import type { EvaluationQuery } from '../dist/evaluate/evaluation-query.js';
import type { WeighedQuery } from '../dist/evaluate/fit/fit-profile.js';
import { Locator } from '../dist/locate/locator.js';
import type { TownSplit } from '../dist/pocket-world/split.js';
import { openReader } from '../dist/references/embedded/open-index.js';
import { indexModel, referenceOf } from './pocket-scenes.js';
import { readVectors } from './read-vectors.js';
import { writeIndex } from './write-index.js';

/** What embed-world.ts writes of a scene. */
export interface PoolEntry {
  readonly kind: 'ref' | 'query';
  readonly split: TownSplit;
  /** The town's id. */
  readonly town: string;
  readonly n: number;
  readonly point: GeoPoint;
  readonly author: string;
}

/** A scene with its vector and the place (`at`) where it stands in the file. */
export interface PoolItem extends PoolEntry {
  readonly at: number;
  readonly vector: UnitVector;
}

export interface PoolFile {
  readonly seed: string;
  readonly modelId: string;
  readonly scale: number;
  readonly dim: number;
  readonly meta: readonly PoolEntry[];
}

export interface PoolQuery extends EvaluationQuery {
  readonly at: number;
}

export function loadPool(pool: string): { scale: number; items: PoolItem[] } {
  const { meta, scale, dim }: PoolFile = JSON.parse(readFileSync(`${pool}.json`, 'utf8'));
  const vectors = readVectors(`${pool}.f32`, dim);
  return { scale, items: meta.map((one, at) => ({ ...one, at, vector: vectors[at] })) };
}

/** Makes an index of these scenes in a folder of its own. */
export async function openIndex(app: App, folder: string, references: readonly PoolItem[], scale: number) {
  const gazetteer = await app.gazetteer();
  const { info } = await app.model();
  const stored = references.map(
    ({ at, point, author, vector }) => [referenceOf(contentOf(at), { point, author }, gazetteer), vector] as const,
  );
  await writeIndex(folder, indexModel(info), [stored]);
  const reader = await openReader(folder);
  return { reader, locator: new Locator(reader, await app.captions(), gazetteer, scale) };
}

/** The id that the scene has in an index. */
export function idOf({ at }: PoolItem): string {
  return referenceId(createHash('sha256').update(contentOf(at)).digest('hex'));
}

/** The scenes that are asked about; a town is indexed where it has one of the references. */
export function queriesOf(items: readonly PoolItem[], references: readonly PoolItem[]): PoolQuery[] {
  const indexed = new Set(references.map(({ town }) => town));
  return items
    .filter(({ kind }) => kind === 'query')
    .map(({ at, town, n, point, vector }) => {
      const part = indexed.has(town) ? 'indexed' : 'unindexed';
      const none = { filter: {}, sha256: null, file: null };
      return { at, id: `${town} ${n}`, truth: point, cluster: town, part, vector, ...none };
    });
}

/** For a fit: the queries of one town weigh 1 together. */
export function weighed(asked: readonly Omit<WeighedQuery, 'weight'>[]): WeighedQuery[] {
  const size = new Map<string, number>();
  for (const { query } of asked) size.set(query.cluster, (size.get(query.cluster) ?? 0) + 1);
  return asked.map((one) => ({ ...one, weight: 1 / (size.get(one.query.cluster) ?? 1) }));
}

/** Stands for the scene's bytes. */
const contentOf = (at: number) => `scene ${at}`;
