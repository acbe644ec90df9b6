import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StreetdexError } from '../../domain/errors.js';
import { type Allows, ANYTHING } from './allowed.js';
import { newSourceNotes } from './candidate.js';
import { ImageFolder } from './find-image.js';
import type { ManifestRow } from './manifest-row.js';
import { openManifest } from './open-manifest.js';
import { SwappedColumns } from './swapped-columns.js';

/** Names under which data sets and tools leave a manifest beside their photos, the stronger first. */
const NAMES = [
  'labels.csv',
  'labels.tsv',
  'manifest.csv',
  'manifest.tsv',
  'metadata.csv',
  'metadata.tsv',
  'labels.geojson',
  'manifest.geojson',
  'mapillary_image_description.json',
];

const BYTES_MAX = 64 * 1024 * 1024;

/** What a folder's own manifest says of the photos below it. */
export interface FolderManifest {
  /** Its name, null where the folder has none that can be used. */
  readonly file: string | null;
  /** By path relative to the folder; the first row of several for one photo. */
  readonly rows: Map<string, ManifestRow>;
  readonly notices: readonly string[];
}

/**
 * Reads the manifest that lies in a folder, if one does. One that is no manifest after all is left aside with a notice.
 * @throws `manifest_columns_swapped`
 */
export async function readFolderManifest(root: string, allows: Allows = ANYTHING): Promise<FolderManifest> {
  const names = new Set(await readdir(root).catch(() => []));
  const file = NAMES.find((name) => names.has(name) && allows(join(root, name)));
  if (file === undefined) return { file: null, rows: new Map(), notices: [] };
  if ((await stat(join(root, file))).size > BYTES_MAX) {
    return ignored(file, 'it is too large to be read beside a folder; give it as a SOURCE of its own');
  }
  try {
    return await readRows(root, file, allows);
  } catch (error) {
    if (!(error instanceof StreetdexError) || error.code === 'manifest_columns_swapped') throw error;
    return ignored(file, error.message);
  }
}

async function readRows(root: string, file: string, allows: Allows): Promise<FolderManifest> {
  const manifest = await openManifest(join(root, file));
  const images = new ImageFolder(root, allows);
  const rows = new Map<string, ManifestRow>();
  const swapped = new SwappedColumns();
  let absent = 0;
  for await (const row of manifest.rows(newSourceNotes())) {
    swapped.add(row.lat, row.lon);
    if (row.name === null) continue;
    const found = await images.find(row.name);
    if (found.issue !== null) absent++;
    else if (!rows.has(found.path)) rows.set(found.path, row);
  }
  swapped.check(manifest.file, ...manifest.coordinateNames);
  const notices = [`Positions and more of ${rows.size} photos are taken from ${file} in ${root}.`];
  if (absent > 0) notices.push(`${absent} rows of ${file} in ${root} name photos that are not there.`);
  return { file, rows, notices };
}

function ignored(file: string, why: string): FolderManifest {
  return { file: null, rows: new Map(), notices: [`${file} was left aside: ${why}`] };
}
