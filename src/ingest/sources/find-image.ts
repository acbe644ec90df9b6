import { statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type Allows, ANYTHING } from './allowed.js';
import type { Issue } from './candidate.js';
import { isPhotoName, stemOf } from './photo-extensions.js';
import { walkFolder } from './walk-folder.js';

export type FoundImage = { readonly path: string } | { readonly path: string; readonly issue: Issue };

/**
 * Finds the files that a manifest names, below one folder: as written, by id without an extension, anywhere below the
 * folder, or, for absolute paths of another machine, by as much of their end as fits.
 */
export class ImageFolder {
  private byName: Map<string, string> | undefined;

  constructor(
    readonly root: string,
    private readonly allows: Allows = ANYTHING,
  ) {}

  /** `path` is relative to the root with forward slashes, in failures too. */
  async find(name: string): Promise<FoundImage> {
    const forward = name.includes('/') ? name : name.replaceAll('\\', '/');
    for (const written of new Set([name, forward])) {
      const path = this.below(written);
      if (path !== null && isFile(join(this.root, path))) return { path };
    }
    const parts = forward.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
    if (isAbsolute(forward) || /^[A-Za-z]:\//.test(forward)) {
      for (let from = 1; from < parts.length; from++) {
        const path = parts.slice(from).join('/');
        if (isFile(join(this.root, path))) return { path };
      }
    }
    const elsewhere = this.below(forward) === null && isFile(resolve(this.root, forward));
    if (elsewhere) return { path: forward, issue: outside(name, this.root) };
    const path = parts.join('/');
    const deeper = (await this.names()).get(isPhotoName(path) ? path : stemOf(path));
    return deeper === undefined ? { path, issue: missing(name, this.root) } : { path: deeper };
  }

  /** The written path relative to the root, null where it leaves the root. */
  private below(written: string): string | null {
    const path = relative(this.root, resolve(this.root, written));
    if (path === '' || path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) return null;
    return sep === '/' ? path : path.replaceAll(sep, '/');
  }

  /** Every photo below the root by its name and by its name without the extension; the first of equals in order. */
  private async names(): Promise<Map<string, string>> {
    if (this.byName !== undefined) return this.byName;
    const names = new Map<string, string>();
    for await (const entry of walkFolder(this.root, this.allows)) {
      if (entry.kind !== 'file' || !isPhotoName(entry.path)) continue;
      const base = entry.path.slice(entry.path.lastIndexOf('/') + 1);
      for (const key of [base, stemOf(base), stemOf(entry.path)]) if (!names.has(key)) names.set(key, entry.path);
    }
    this.byName = names;
    return names;
  }
}

/** Synchronous, because of a data set that is not all there most look-ups fail, and a rejected promise costs 50 times as much. */
function isFile(path: string): boolean {
  if (path.includes('\0')) return false;
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch {
    return false;
  }
}

function missing(name: string, root: string): Issue {
  return {
    code: 'file_missing',
    reason: `Expected the photo ${JSON.stringify(name)} below ${root}, but there is none; give the photos' folder with --images.`,
  };
}

function outside(name: string, root: string): Issue {
  return {
    code: 'file_outside_images',
    reason: `Expected a photo below ${root}, got ${JSON.stringify(name)}, which lies elsewhere; give a folder that holds it with --images.`,
  };
}
