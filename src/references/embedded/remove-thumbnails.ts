import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { present } from '../../domain/present.js';
import { thumbnailsFolder } from '../beside-index.js';

/** Deletes the thumbnails of deleted references. */
export function removeThumbnails(folder: string, ids: readonly string[]): void {
  const thumbnails = thumbnailsFolder(folder);
  if (ids.length === 0 || !existsSync(thumbnails)) return;
  const gone = new Set(ids);
  for (const name of readdirSync(thumbnails)) {
    if (gone.has(present(name.split('.', 1)[0]))) rmSync(join(thumbnails, name), { force: true });
  }
}
