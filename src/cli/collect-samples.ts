import { access, constants, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { App } from '../app.js';
import type { ModelSamples } from '../clip/import/model-samples.js';
import { STREETCLIP_TEMPLATES } from '../domain/caption.js';
import { fault } from '../domain/errors.js';
import type { PlaceLevel } from '../domain/place.js';
import { present } from '../domain/present.js';
import { readPlainFile } from '../images/plain-file.js';
import { photoFiles } from '../ingest/sources/photo-files.js';
import { chooseTowns } from '../pocket-world/choose-towns.js';
import { renderDescribed } from '../pocket-world/render-scene.js';
import { planScene } from '../pocket-world/world.js';
import { regionNames } from './run/world.js';

const SEED = 'model add';
/** Number of captions for each level that locating scores. */
const CAPTIONS: Readonly<Record<PlaceLevel, number>> = { country: 72, region: 24, city: 48 };

/**
 * Samples to fit and compare a model's precisions with: `pictures` photos, evenly spaced among those of `folder`, or rendered
 * scenes where none was given, and captions of the gazetteer.
 * @throws `folder_unreadable`
 */
export async function collectSamples(app: App, folder: string | undefined, pictures: number): Promise<ModelSamples> {
  const gazetteer = await app.gazetteer();
  const all = gazetteer.captions(STREETCLIP_TEMPLATES);
  const captions = Object.entries(CAPTIONS).flatMap(([level, count]) =>
    spread(
      all.filter((caption) => caption.level === level),
      count,
    ).map(({ text }) => ({ text, country: level === 'country' })),
  );
  if (folder === undefined) {
    const towns = chooseTowns({ count: pictures, seed: SEED, regionName: regionNames(gazetteer) });
    const scenes = await Promise.all(towns.map((town) => renderDescribed(planScene(town, 0, SEED).scene)));
    return { pictures: scenes, provenance: `${scenes.length} rendered scenes`, captions };
  }
  const files = spread(await photosIn(resolve(folder)), pictures);
  const photos = await Promise.all(files.map((file) => readPlainFile(file)));
  return { pictures: photos, provenance: `${photos.length} photos of ${resolve(folder)}`, captions };
}

/** The photos that can be read. @throws `folder_unreadable` */
async function photosIn(folder: string): Promise<string[]> {
  const found = await photoFiles([folder]).catch((cause: Error) => {
    throw fault('folder_unreadable', `Expected a folder with street photos at ${folder}: ${cause.message}`, {
      cause,
    });
  });
  const readable = await Promise.all(
    found.map(async ({ file, error }) => (error === null && (await isReadable(file)) ? [file] : [])),
  );
  return readable.flat();
}

async function isReadable(file: string): Promise<boolean> {
  return access(file, constants.R_OK)
    .then(() => stat(file))
    .then(
      (entry) => entry.isFile(),
      () => false,
    );
}

/** At most `count` items, evenly spaced. */
function spread<T>(items: readonly T[], count: number): T[] {
  if (items.length <= count) return [...items];
  return Array.from({ length: count }, (_, i) => present(items[Math.floor((i * items.length) / count)]));
}
