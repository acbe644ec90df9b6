import { join } from 'node:path';
import { fault, type StreetdexError } from '../../domain/errors.js';
import { type Allows, ANYTHING } from './allowed.js';
import type { Issue, PhotoSource, SourceItem, SourceNotes } from './candidate.js';
import { type FolderManifest, readFolderManifest } from './folder-manifest.js';
import { ManifestChain } from './manifest-chain.js';
import { extensionOf, isPhotoName } from './photo-extensions.js';
import { walkFolder } from './walk-folder.js';

/** Sidecars: read with their photos, and not counted as passed over. */
const COMPANIONS = new Set(['.xmp', '.json']);

/** All photos below a folder, with the rows of manifests in it and in its subfolders (`labels.csv` and the like). */
export class FolderSource implements PhotoSource {
  #manifest: FolderManifest | undefined;

  readonly #root: string;
  readonly #allows: Allows;

  constructor(
    readonly name: string,
    root: string,
    allows: Allows = ANYTHING,
  ) {
    this.#root = root;
    this.#allows = allows;
  }

  async count(): Promise<number> {
    this.#manifest = await readFolderManifest(this.#root, this.#allows);
    let photos = 0;
    for await (const entry of walkFolder(this.#root, this.#allows)) {
      if (entry.kind === 'file' && isPhotoName(entry.path)) photos++;
      if (entry.kind === 'folder' && entry.path === '' && entry.error !== null) {
        throw fault('source_unreadable', `${this.#root}: ${entry.error.message}`);
      }
    }
    return photos;
  }

  async *items(notes: SourceNotes): AsyncGenerator<SourceItem> {
    const root = this.#root;
    const ofRoot = this.#manifest ?? (await readFolderManifest(root, this.#allows));
    this.#manifest = undefined;
    if (ofRoot.file !== null) {
      notes.notices.push(`Positions and more of ${ofRoot.rows.size} photos are taken from ${ofRoot.file} in ${root}.`);
    }
    notes.notices.push(...ofRoot.notices);
    const manifests = new ManifestChain(root, ofRoot, this.#allows);
    for await (const { kind, path, error } of walkFolder(root, this.#allows)) {
      if (kind === 'folder') {
        const refused = path === '' || error !== null ? null : await manifests.enter(path, notes);
        yield { kind: 'container', root, path: `${path}/`, issue: issueOf(error) ?? refused };
      } else if (isPhotoName(path)) {
        const { row, file: manifestFile, issue } = manifests.named(path);
        yield {
          ...{ kind: 'photo', root, path, file: join(root, path), manifestFile },
          manifest: row?.facts ?? null,
          consulted: manifests.consulted(path),
          issue: issueOf(error) ?? issue,
        };
      } else if (!manifests.isManifest(path) && !COMPANIONS.has(extensionOf(path))) {
        const extension = extensionOf(path);
        notes.ignoredByExtension.set(extension, (notes.ignoredByExtension.get(extension) ?? 0) + 1);
      }
    }
    notes.notices.push(...manifests.sentences());
  }
}

function issueOf(error: StreetdexError | null): Issue | null {
  return error === null ? null : { code: error.code, reason: error.message };
}
