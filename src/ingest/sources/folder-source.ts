import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { callerError, type StreetdexError } from '../../domain/errors.js';
import { type Allows, ANYTHING } from './allowed.js';
import type { Issue, PhotoSource, SourceItem, SourceNotes } from './candidate.js';
import { type FolderManifest, readFolderManifest } from './folder-manifest.js';
import { extensionOf, isPhotoName } from './photo-extensions.js';
import { walkFolder } from './walk-folder.js';

/** Files that say something of the photos beside them; they are read with the photos, not counted as passed over. */
const COMPANIONS = new Set(['.xmp', '.json']);

/** All photos below a folder, with what a manifest in that folder (`labels.csv` and its like) says of them. */
export class FolderSource implements PhotoSource {
  private manifest: FolderManifest | undefined;

  constructor(
    readonly name: string,
    private readonly root: string,
    private readonly allows: Allows = ANYTHING,
  ) {}

  async count(): Promise<number> {
    this.manifest = await readFolderManifest(this.root, this.allows);
    let photos = 0;
    for await (const entry of walkFolder(this.root, this.allows)) {
      if (entry.kind === 'file' && isPhotoName(entry.path)) photos++;
      if (entry.kind === 'folder' && entry.path === '' && entry.error !== null) {
        throw callerError('source_unreadable', `${this.root}: ${entry.error.message}`);
      }
    }
    return photos;
  }

  async *items(notes: SourceNotes): AsyncGenerator<SourceItem> {
    const manifest = this.manifest ?? (await readFolderManifest(this.root, this.allows));
    notes.notices.push(...manifest.notices);
    const manifestFile = manifest.file === null ? null : join(this.root, manifest.file);
    const consults = (path: string) => (file: string) =>
      !manifest.doubtful.has(path) && (file === manifestFile || (dirname(file) === this.root && !existsSync(file)));
    for await (const entry of walkFolder(this.root, this.allows)) {
      if (entry.kind === 'folder') {
        yield { kind: 'container', root: this.root, path: `${entry.path}/`, issue: issueOf(entry.error) };
      } else if (isPhotoName(entry.path)) {
        const row = manifest.rows.get(entry.path);
        yield {
          kind: 'photo',
          root: this.root,
          path: entry.path,
          file: join(this.root, entry.path),
          manifest: row?.facts ?? null,
          manifestFile,
          consulted: consults(entry.path),
          issue: issueOf(entry.error) ?? row?.issue ?? null,
        };
      } else if (entry.path !== manifest.file && !COMPANIONS.has(extensionOf(entry.path))) {
        const extension = extensionOf(entry.path);
        notes.ignoredByExtension.set(extension, (notes.ignoredByExtension.get(extension) ?? 0) + 1);
      }
    }
    manifest.rows.clear();
    this.manifest = undefined;
  }
}

function issueOf(error: StreetdexError | null): Issue | null {
  return error === null ? null : { code: error.code, reason: error.message };
}
