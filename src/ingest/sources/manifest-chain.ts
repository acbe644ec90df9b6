import { dirname, join } from 'node:path';
import { StreetdexError } from '../../domain/errors.js';
import { present } from '../../domain/present.js';
import { isBelow } from '../../references/source-path.js';
import { isThere } from '../is-there.js';
import type { Allows } from './allowed.js';
import type { Issue, SourceNotes } from './candidate.js';
import { type FolderManifest, NO_MANIFEST, readFolderManifest } from './folder-manifest.js';
import type { ManifestRow } from './manifest-row.js';

/** A folder between the root and the walk's position that has a manifest. */
interface Link {
  /** Path below the root; '' for the root itself. */
  readonly folder: string;
  readonly manifest: FolderManifest;
  /** Why its photos are not taken: the manifest as a whole is wrong. */
  readonly refused: Issue | null;
}

/** The manifests' row for one photo. */
export interface Named {
  readonly row: ManifestRow | null;
  /** Absolute path of the row's manifest. */
  readonly file: string | null;
  readonly issue: Issue | null;
}

const NOTHING: Named = { row: null, file: null, issue: null };

/**
 * The manifests of a folder and its subfolders, in the order of a walk. For a photo the nearest manifest that names it counts:
 * in its own folder, or up its parents to the root. Only those between the root and the walk's position are held.
 */
export class ManifestChain {
  #links: readonly Link[];
  #nested = { manifests: 0, photos: 0 };
  #outdone = 0;

  readonly #root: string;
  readonly #allows: Allows;

  constructor(root: string, ofRoot: FolderManifest, allows: Allows) {
    this.#root = root;
    this.#allows = allows;

    this.#links = [{ folder: '', manifest: ofRoot, refused: null }];
  }

  /** Reads the manifest of a folder below the root, if it has one. @returns why it is refused; null where it is not */
  async enter(folder: string, notes: SourceNotes): Promise<Issue | null> {
    this.#leaveTo(folder);
    const link = await this.#read(folder);
    const { manifest, refused } = link;
    notes.notices.push(...manifest.notices);
    if (manifest.file === null && refused === null) return null;
    this.#links = [...this.#links, link];
    if (manifest.file !== null) {
      this.#nested.manifests++;
      this.#nested.photos += manifest.rows.size;
    }
    return refused;
  }

  /** Whether a file is one of the manifests that are used. */
  isManifest(path: string): boolean {
    return this.#links.some(({ folder, manifest }) => manifest.file !== null && below(folder, manifest.file) === path);
  }

  named(path: string): Named {
    this.#leaveTo(path);
    const naming = this.#links.toReversed().filter((link) => link.refused !== null || rowOf(link, path) !== undefined);
    const [nearest, ...others] = naming;
    if (nearest === undefined) return NOTHING;
    this.#outdone += others.length;
    if (nearest.refused !== null) return { ...NOTHING, issue: nearest.refused };
    const row = present(rowOf(nearest, path));
    return { row, file: this.#fileOf(nearest), issue: row.issue };
  }

  /**
   * Whether a manifest that placed a photo earlier was read for it now, or found missing: what it no longer says is then
   * withdrawn.
   */
  consulted(path: string): (manifest: string) => Promise<boolean> {
    const links = this.#links;
    if (links.some((link) => link.manifest.doubtful.has(from(link.folder, path) ?? ''))) return async () => false;
    return async (file) => {
      if (links.some((link) => this.#fileOf(link) === file)) return true;
      const folder = dirname(file);
      return isBelow(this.#root, folder) && isBelow(folder, join(this.#root, path)) && !(await isThere(file));
    };
  }

  /** Notices that are known once the walk is over. */
  sentences(): readonly string[] {
    const { manifests, photos } = this.#nested;
    const taken =
      manifests === 0
        ? []
        : [
            `Positions and more of ${photos} photos are taken from ${manifests === 1 ? 'a manifest' : `${manifests} manifests`} in folders below ${this.#root}.`,
          ];
    const outdone =
      this.#outdone === 0
        ? []
        : [`${this.#outdone} rows name photos that a manifest nearer to them names too; the nearest counts.`];
    return [...taken, ...outdone];
  }

  async #read(folder: string): Promise<Link> {
    try {
      return { folder, manifest: await readFolderManifest(join(this.#root, folder), this.#allows), refused: null };
    } catch (error) {
      if (!(error instanceof StreetdexError) || error.family !== 'caller') throw error;
      const refused = { code: error.code, reason: `The photos of this folder were not taken. ${error.message}` };
      return { folder, manifest: NO_MANIFEST, refused };
    }
  }

  #fileOf({ folder, manifest }: Link): string | null {
    return manifest.file === null ? null : join(this.#root, folder, manifest.file);
  }

  /** Drops the folders that do not lead to this path: a walk never comes back to them. */
  #leaveTo(path: string): void {
    if (this.#links.every(({ folder }) => from(folder, path) !== null)) return;
    this.#links = this.#links.filter(({ folder }) => from(folder, path) !== null);
  }
}

function rowOf({ folder, manifest }: Link, path: string): ManifestRow | undefined {
  const name = from(folder, path);
  return name === null ? undefined : manifest.rows.get(name);
}

function below(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`;
}

/** A path below the root, relative to this folder; null where it lies elsewhere. */
function from(folder: string, path: string): string | null {
  if (folder === '') return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null;
}
