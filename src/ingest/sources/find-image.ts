import { readdirSync, statSync } from 'node:fs';
import { basename, join, relative, resolve, sep } from 'node:path';
import { isBelow } from '../../references/source-path.js';
import { type Allows, ANYTHING } from './allowed.js';
import type { Issue } from './candidate.js';
import { folded, NameIndex, pickName } from './compare-names.js';
import { PhotoIndex, type PhotoMatch } from './photo-index.js';
import { partsOf, type WrittenPath, writtenPaths } from './written-paths.js';

/** `path` is relative to the root, with forward slashes; also where the file is missing. */
export interface FoundImage {
  readonly root: string;
  readonly path: string;
  readonly issue: Issue | null;
  /** Paths below the root where several photos fit equally well (`file_ambiguous`). */
  readonly several: readonly string[];
}

/**
 * Finds the files that a manifest names. Below the photos' folder: the path as written; then without a leading folder of the
 * same name as the photos' folder; then by the end of the path (of an absolute path, as much of its end as fits); then by an id
 * without extension. Each is compared by the same characters first, then in NFC, then without letter case. Last, the path as
 * written from the manifest's folder. Where several files fit equally well, none is taken.
 */
export class ImageFolder {
  #index: Promise<PhotoIndex> | undefined;
  readonly #listings = new Map<string, NameIndex>();

  readonly #allows: Allows;
  readonly #beside: string;

  /** @param beside the manifest's folder, where it is another */
  constructor(
    readonly root: string,
    allows: Allows = ANYTHING,
    beside: string = root,
  ) {
    this.#allows = allows;
    this.#beside = beside;
  }

  async find(name: string): Promise<FoundImage> {
    const readings = writtenPaths(name);
    for (const { path, local } of readings) {
      const below = local ? pathBelow(this.root, resolve(this.root, path)) : null;
      if (below !== null && isFile(join(this.root, below))) return this.#found(below);
    }
    for (const reading of readings) {
      const match = await this.#like(reading);
      if (match.kind === 'one') return this.#found(match.path);
      if (match.kind === 'several') return this.#failed(reading, ambiguous(name, this.root, match.paths), match.paths);
    }
    return this.#besideManifest(readings) ?? this.#failed(readings[0], this.#missing(name, readings));
  }

  #found(path: string): FoundImage {
    return { root: this.root, path, issue: null, several: [] };
  }

  #failed(reading: WrittenPath | undefined, issue: Issue, several: readonly string[] = []): FoundImage {
    const path = reading?.path ?? '';
    const below = pathBelow(this.root, resolve(this.root, path));
    const shown = issue.code === 'file_outside_images' ? path : (below ?? partsOf(path).join('/'));
    return { root: this.root, path: shown, issue, several };
  }

  /** By name and the folders written before it, anywhere below the root. */
  async #like({ path, absolute }: WrittenPath): Promise<PhotoMatch> {
    const parts = partsOf(path);
    if (parts.length === 0) return { kind: 'none' };
    this.#index ??= PhotoIndex.of(this.root, this.#allows);
    const index = await this.#index;
    if (absolute) return index.withLongestEnd(parts);
    const found = index.endingWith(parts);
    return found.kind === 'none' ? this.#withoutOwnName(index, parts) : found;
  }

  /** `m/a.jpg` where the root is itself called `m`: `a.jpg` in it. */
  #withoutOwnName(index: PhotoIndex, parts: readonly string[]): PhotoMatch {
    const own = folded(basename(this.root));
    for (let from = 1; from < parts.length; from++) {
      if (folded(parts[from - 1] ?? '') !== own) continue;
      const found = index.endingWith(parts.slice(from));
      if (found.kind !== 'none') return found;
    }
    return { kind: 'none' };
  }

  /** The path as written from the manifest's folder; a file below the photos' folder counts as found there. */
  #besideManifest(readings: readonly WrittenPath[]): FoundImage | null {
    const beside = this.#beside;
    if (beside === this.root) return null;
    for (const { path, local } of readings) {
      if (!local) continue;
      const target = this.#listed(beside, resolve(beside, path));
      if (target === null) continue;
      for (const root of [this.root, beside]) {
        const below = pathBelow(root, target);
        if (below !== null) return { root, path: below, issue: null, several: [] };
      }
    }
    return null;
  }

  /** The file at this path, or at one that differs in composition or letter case. */
  #listed(base: string, target: string): string | null {
    if (isFile(target)) return target;
    const below = pathBelow(base, target);
    if (below === null) return null;
    let folder = base;
    for (const part of below.split('/')) {
      const match = pickName(part, this.#namesIn(folder).like(part));
      if (match.kind !== 'one') return null;
      folder = join(folder, match.name);
    }
    return isFile(folder) ? folder : null;
  }

  #namesIn(folder: string): NameIndex {
    const known = this.#listings.get(folder);
    if (known !== undefined) return known;
    const names = new NameIndex();
    for (const name of listOrNone(folder)) names.add(name);
    this.#listings.set(folder, names);
    return names;
  }

  #missing(name: string, readings: readonly WrittenPath[]): Issue {
    const bases = [this.root, this.#beside];
    const elsewhere = readings.some(({ path, local }) =>
      bases.some((base) => local && !this.#holds(resolve(base, path)) && isFile(resolve(base, path))),
    );
    if (elsewhere) return outside(name, this.root);
    const where = this.#beside === this.root ? this.root : `${this.root} or beside the manifest`;
    return {
      code: 'file_missing',
      reason: `Expected the photo ${JSON.stringify(name)} below ${where}, but there is none; give the photos' folder with --images.`,
    };
  }

  #holds(target: string): boolean {
    return isBelow(this.root, target) || isBelow(this.#beside, target);
  }
}

/** A path relative to a folder; null where it leads out of it. */
function pathBelow(root: string, target: string): string | null {
  const path = relative(root, target);
  if (path === '' || !isBelow(root, target)) return null;
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

/** Synchronous: with a data set that is only partly there most look-ups fail, and a rejected promise costs 50 times as much. */
function isFile(path: string): boolean {
  if (path.includes('\0')) return false;
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === false;
  } catch {
    return false;
  }
}

function listOrNone(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function ambiguous(name: string, root: string, paths: readonly string[]): Issue {
  const shown = paths.slice(0, 3).join(', ');
  return {
    code: 'file_ambiguous',
    reason: `Expected one photo for ${JSON.stringify(name)} below ${root}, but ${paths.length} fit (${shown}${paths.length > 3 ? ', …' : ''}); write it with the folder that it is in, in the same letters.`,
  };
}

function outside(name: string, root: string): Issue {
  return {
    code: 'file_outside_images',
    reason: `Expected a photo below ${root}, got ${JSON.stringify(name)}, which lies elsewhere; give a folder that holds it with --images.`,
  };
}
