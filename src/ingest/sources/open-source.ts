import { lstat, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fault } from '../../domain/errors.js';
import { notAFile } from '../../images/plain-file.js';
import { type Allows, ANYTHING } from './allowed.js';
import type { PhotoSource } from './candidate.js';
import { FolderSource } from './folder-source.js';
import { ManifestSource } from './manifest-source.js';
import { isManifestName, openManifest } from './open-manifest.js';
import { extensionOf, isPhotoName } from './photo-extensions.js';
import { PhotoFileSource } from './photo-file-source.js';

/**
 * Opens a SOURCE as the user names it: a folder, a manifest (.csv, .tsv, .txt, .json, .geojson) or a photo.
 * @param images folder of a manifest's photos; its own folder by default.
 * @throws `source_not_found`, `source_unreadable` and what opening a manifest throws.
 */
export async function openSource(
  name: string,
  images: string | null = null,
  allows: Allows = ANYTHING,
): Promise<PhotoSource> {
  const file = resolve(name);
  const entry = await lookAt(file, name);
  if (entry.isDirectory()) return new FolderSource(name, file, allows);
  if (extensionOf(file) === '.gpx') {
    throw fault(
      'source_is_track',
      `Expected photos, got the GPX track ${name}: give the photos' folder as SOURCE and the track with --gpx ${name}.`,
    );
  }
  if (!isManifestName(file)) return new PhotoFileSource(name, file);
  if (!entry.isFile()) throw fault('source_unreadable', `${name}: ${notAFile(entry).message}`);
  if (images !== null && !(await lookAt(resolve(images), images)).isDirectory()) {
    throw fault('source_not_found', `Expected a folder for --images, got the file ${images}.`);
  }
  return new ManifestSource(name, await openManifest(file), images === null ? null : resolve(images), allows);
}

async function lookAt(path: string, name: string) {
  try {
    return await stat(path);
  } catch (error) {
    // A broken link is a photo that fails, as within a folder: a shell passes it for `folder/*`.
    const link = isPhotoName(path) ? await lstat(path).catch(() => null) : null;
    if (link !== null) return link;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw fault('source_not_found', `Expected a folder, a manifest or a photo, but there is nothing at ${name}.`);
    }
    throw fault('source_unreadable', `Expected to be able to read ${name}, but it failed with ${code}.`);
  }
}
