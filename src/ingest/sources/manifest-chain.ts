import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StreetdexError } from '../../domain/errors.js';
import { isBelow } from '../../references/source-path.js';
import type { Allows } from './allowed.js';
import type { Issue, SourceNotes } from './candidate.js';
import { type FolderManifest, NO_MANIFEST, readFolderManifest } from './folder-manifest.js';
import type { ManifestRow } from './manifest-row.js';

/** A folder on the way from the root to where the walk is, with its own manifest. */
interface Link {
  /** Below the root; '' for the root itself. */
  readonly folder: string;
  readonly manifest: FolderManifest;
  /** Why its photos are not taken: its manifest names them, but wrongly as a whole. */
  readonly refused: Issue | null;
}

/** What the manifests say of one photo. */
export interface Named {
  readonly row: ManifestRow | null;
  /** Absolute path of the manifest of that row. */
  readonly file: string | null;
  readonly issue: Issue | null;
}

const NOTHING: Named = { row: null, file: null, issue: null };

/**
 * The manifests of a folder and of the folders below it, as a walk passes through them: of a photo the one counts that
 * names it and lies nearest, in its own folder or up its parents to the root. Only those on the way to where the walk is are
 * held.
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

  /** Reads the manifest of a folder below the root, if it has one. @returns why it is refused, null where it is not */
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

  /** Whether a file is one of the manifests that are read. */
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
    const row = rowOf(nearest, path) as ManifestRow;
    return { row, file: this.#fileOf(nearest), issue: row.issue };
  }

  /**
   * Whether a manifest that once placed a photo was read for it, or looked for in vain: then what it does not say any more
   * is withdrawn.
   */
  consulted(path: string): (manifest: string) => boolean {
    const links = this.#links;
    if (links.some((link) => link.manifest.doubtful.has(from(link.folder, path) ?? ''))) return () => false;
    return (file) => {
      if (links.some((link) => this.#fileOf(link) === file)) return true;
      const folder = dirname(file);
      return isBelow(this.#root, folder) && isBelow(folder, join(this.#root, path)) && !existsSync(file);
    };
  }

  /** What is known once the walk is over, as sentences. */
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

  /** Lets go of the folders that do not lead to this path: a walk never comes back to them. */
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

/** A path below the root as one below this folder; null where it is none. */
function from(folder: string, path: string): string | null {
  if (folder === '') return path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : null;
}
