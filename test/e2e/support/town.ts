import { cpSync, existsSync, linkSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Source } from '../../../src/domain/reference.js';
import { indexInfo, openWriter } from '../../../src/references/embedded/open-index.js';
import { referenceOf, seeded, vectorOf } from '../../support/references.js';
import type { E2eWorld } from './world.js';

/** The town's middle, degrees; nothing of the rendered world lies near. */
export const TOWN = { lat: -45.0, lon: -140.0 };
export const TOWN_REFERENCES = 10_400;
const HALF_LAT = 0.05;
const HALF_LON = 0.07;
const PER_TRANSACTION = 2000;

/**
 * A copy of the world's index with 10,400 more references in a town of 11 km a side, most of them near its middle, with made-up
 * vectors. Each has a file of its own, a link to one of the world's scenes.
 */
export async function makeTown({ index, queries, made }: E2eWorld): Promise<string> {
  const town = join(made, 'town');
  if (existsSync(town)) return town;
  const draft = `${town}.draft`;
  rmSync(draft, { recursive: true, force: true });
  cpSync(index, draft, { recursive: true });
  const files = linkFiles(join(made, 'town-files'), queries[0] as string);
  const info = indexInfo(draft);
  if (info === null) throw new Error(`Expected an index in ${draft}.`);
  const writer = await openWriter(draft, info);
  for (let first = 0; first < TOWN_REFERENCES; first += PER_TRANSACTION) {
    writer.transaction((tx) => {
      for (let i = first; i < Math.min(TOWN_REFERENCES, first + PER_TRANSACTION); i++) {
        const reference = referenceOf(i, { point: pointOf(i) });
        tx.put(reference, vectorOf(i, info.dimension));
        tx.putSource(reference.id, { ...files, path: `${i}.jpg`, point: reference.point });
      }
    });
  }
  await writer.checkpoint();
  await writer.close();
  cpSync(draft, town, { recursive: true });
  rmSync(draft, { recursive: true });
  return town;
}

function pointOf(i: number) {
  const random = seeded(i * 31 + 7);
  const near = () => (random() + random() + random()) * (2 / 3) - 1;
  return { lat: TOWN.lat + HALF_LAT * near(), lon: TOWN.lon + HALF_LON * near() };
}

function linkFiles(folder: string, photo: string): Omit<Source, 'path' | 'point'> {
  mkdirSync(folder, { recursive: true });
  const there = new Set(readdirSync(folder));
  for (let i = 0; i < TOWN_REFERENCES; i++) {
    if (!there.has(`${i}.jpg`)) linkSync(photo, join(folder, `${i}.jpg`));
  }
  const { size, mtimeMs } = statSync(photo);
  return { root: folder, bytes: size, mtimeMs, ctimeMs: null, inode: null, factsHash: 'made up', origin: null };
}
