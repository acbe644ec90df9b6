import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StreetdexError } from '../../domain/errors.js';
import { fileError, notAFile } from '../../images/plain-file.js';
import { NoteTally } from '../note-tally.js';
import { type Allows, ANYTHING } from './allowed.js';
import { newSourceNotes } from './candidate.js';
import { NameIndex, pickName } from './compare-names.js';
import { ImageFolder } from './find-image.js';
import type { ManifestRow } from './manifest-row.js';
import { openManifest } from './open-manifest.js';

/** Names of manifests that data sets and tools leave beside their photos, by precedence. */
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

/** A folder's own manifest. */
export interface FolderManifest {
  /** Its name; null where the folder has no usable one. */
  readonly file: string | null;
  /** Rows by path relative to the folder; where several name one photo, the first. */
  readonly rows: ReadonlyMap<string, ManifestRow>;
  /** Photos that fit a row with several candidates: what an earlier run took from such a row is not withdrawn. */
  readonly doubtful: ReadonlySet<string>;
  readonly notices: readonly string[];
}

export const NO_MANIFEST: FolderManifest = { file: null, rows: new Map(), doubtful: new Set(), notices: [] };

/**
 * Reads a folder's manifest, if it has one; of several the one that comes first in `NAMES`. A file that is no manifest after
 * all is left aside with a notice.
 * @throws `manifest_columns_swapped`
 */
export async function readFolderManifest(root: string, allows: Allows = ANYTHING): Promise<FolderManifest> {
  const [file, ...weaker] = namesOf(await readdir(root).catch(() => [])).filter((name) => allows(join(root, name)));
  if (file === undefined) return NO_MANIFEST;
  try {
    const entry = await stat(join(root, file));
    if (!entry.isFile()) throw notAFile(entry);
    if (entry.size > BYTES_MAX) {
      return ignored(file, root, 'it is too large to be read beside a folder; give it as a SOURCE of its own');
    }
    const read = await readRows(root, file, allows);
    return { ...read, notices: [...read.notices, ...weaker.map((name) => notRead(name, file, root))] };
  } catch (thrown) {
    const error = fileError(thrown);
    if (!(error instanceof StreetdexError) || error.code === 'manifest_columns_swapped') throw error;
    return ignored(file, root, error.message);
  }
}

function namesOf(listed: readonly string[]): readonly string[] {
  const index = new NameIndex();
  for (const name of listed) index.add(name);
  const found = NAMES.map((name) => pickName(name, index.like(name)));
  return found.flatMap((match) => (match.kind === 'one' ? [match.name] : []));
}

async function readRows(root: string, file: string, allows: Allows): Promise<FolderManifest> {
  const manifest = await openManifest(join(root, file));
  await manifest.count();
  const images = new ImageFolder(root, allows);
  const rows = new Map<string, ManifestRow>();
  const notes = newSourceNotes();
  const left = new Left();
  const unread = new NoteTally();
  const doubtful = new Set<string>();
  for await (const row of manifest.rows(notes)) {
    const found = row.name === null ? null : await images.find(row.name);
    if (found === null) left.add('name no file', row);
    else if (found.several.length > 0) {
      left.add('fit several photos', row);
      for (const path of found.several) doubtful.add(path);
    } else if (found.issue !== null) left.add('name photos that are not there', row);
    else if (rows.has(found.path)) left.add('name a photo that an earlier row named', row);
    else {
      rows.set(found.path, row);
      unread.add(found.path, row.notes);
    }
  }
  const notices = [...left.sentences(file, root), ...notes.notices, ...unread.sentences()];
  return { file, rows, doubtful, notices };
}

/** Counts the rows that are useless for the folder's photos, by reason. */
class Left {
  readonly #byWhy = new Map<string, { count: number; readonly first: string }>();

  add(why: string, { where, name }: ManifestRow): void {
    const known = this.#byWhy.get(why) ?? { count: 0, first: `${where}${name === null ? '' : ` (${name})`}` };
    known.count++;
    this.#byWhy.set(why, known);
  }

  sentences(file: string, root: string): readonly string[] {
    return [...this.#byWhy].map(
      ([why, { count, first }]) => `${count} rows of ${file} in ${root} ${why}; the first one is ${first}.`,
    );
  }
}

function ignored(file: string, root: string, why: string): FolderManifest {
  return { ...NO_MANIFEST, notices: [`${file} in ${root} was left aside: ${why}`] };
}

function notRead(name: string, stronger: string, root: string): string {
  return `${name} in ${root} was not read, since ${stronger} lies beside it; give it as a SOURCE of its own.`;
}
