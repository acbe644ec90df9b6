import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { present } from '../../domain/present.js';
import type { Gazetteer } from '../../gazetteer/gazetteer.js';
import { chooseTowns } from '../../pocket-world/choose-towns.js';
import type { Town } from '../../pocket-world/town.js';
import { renderWorld } from '../../pocket-world/world.js';
import { Progress } from '../progress.js';
import { regionNames } from '../run/world.js';

export interface DemoWorld {
  /** Manifest of the references. */
  readonly manifest: string;
  readonly references: number;
  /** Scenes to ask about; none of them is indexed. */
  readonly queries: readonly DemoQuery[];
  /** Manifest of further scenes for tuning, one each of some indexed towns and of others. */
  readonly tuneOn: string;
  /** A few of `queries`, which the page offers. */
  readonly samples: readonly string[];
}

export interface DemoQuery {
  readonly file: string;
  readonly town: string;
  readonly country: string;
  readonly iso2: string;
  readonly lat: number;
  readonly lon: number;
  /** Whether the town has references in the index. */
  readonly indexed: boolean;
}

export interface WorldSize {
  readonly towns: number;
  readonly scenesPerTown: number;
  readonly queriesPerHalf: number;
  /** Numbers of indexed towns and of others for tuning. */
  readonly tuneOn: readonly [indexed: number, others: number];
}

const SEED = 'demo';

/** Renders the demo's world where it is missing: references of indexed towns, and fresh scenes to ask about. */
export async function demoWorld(folder: string, size: WorldSize, gazetteer: Gazetteer): Promise<DemoWorld> {
  const description = join(folder, 'world.json');
  const kept = existsSync(description) ? (JSON.parse(await readFile(description, 'utf8')) as Partial<DemoWorld>) : null;
  // A folder of an old version has no scenes for tuning.
  if (kept?.tuneOn !== undefined) return kept as DemoWorld;
  const regionName = regionNames(gazetteer);
  const towns = chooseTowns({ count: size.towns, seed: SEED, splits: ['index'], regionName });
  const [knownCount, otherCount] = size.tuneOn;
  const fresh = chooseTowns({ count: size.queriesPerHalf + otherCount, seed: SEED, splits: ['fresh'], regionName });
  const others = fresh.slice(0, size.queriesPerHalf);
  const progress = new Progress('rendering scenes');
  const total = towns.length * size.scenesPerTown + 2 * size.queriesPerHalf + knownCount + otherCount;
  let before = 0;
  const render = async (name: string, part: readonly Town[], scenesPerTown: number, seed: string) => {
    const scenes = await renderWorld({
      folder: join(folder, name),
      towns: part,
      scenesPerTown,
      seed,
      onProgress: (done) => progress.count(before + done, total),
    });
    before += scenes.length;
    return scenes.map(({ file, point, scene: { town } }) => ({
      file: join(folder, name, file),
      town: town.name,
      country: town.country,
      iso2: town.iso2,
      ...point,
    }));
  };
  const references = await render('references', towns, size.scenesPerTown, SEED);
  const known = await render('queries', spread(towns, size.queriesPerHalf), 1, `${SEED} query`);
  const unknown = await render('elsewhere', others, 1, `${SEED} query`);
  await render('tune', [...spread(towns, knownCount), ...fresh.slice(size.queriesPerHalf)], 1, `${SEED} tune`);
  progress.end();
  const world: DemoWorld = {
    manifest: join(folder, 'references', 'manifest.csv'),
    references: references.length,
    queries: [
      ...known.map((query) => ({ ...query, indexed: true })),
      ...unknown.map((query) => ({ ...query, indexed: false })),
    ],
    tuneOn: join(folder, 'tune', 'manifest.csv'),
    samples: [known[0], known[1], unknown[0]].flatMap((query) => query?.file ?? []),
  };
  await writeFile(description, JSON.stringify(world, null, 2));
  return world;
}

/** Scenes that are no references. */
export async function photosToAsk({ queries, tuneOn }: DemoWorld): Promise<readonly string[]> {
  const [, ...rows] = (await readFile(tuneOn, 'utf8')).trim().split('\n');
  const scenes = rows.map((row) => join(dirname(tuneOn), row.slice(0, row.indexOf(','))));
  return [...queries.map(({ file }) => file), ...scenes];
}

/** `count` towns, evenly spaced in the list. */
function spread(towns: readonly Town[], count: number): Town[] {
  return Array.from({ length: count }, (_, i) => present(towns[Math.floor((i * towns.length) / count)]));
}
