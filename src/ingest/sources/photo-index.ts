import { present } from '../../domain/present.js';
import type { Allows } from './allowed.js';
import { composed, folded, NameIndex } from './compare-names.js';
import { isPhotoName, stemOf } from './photo-extensions.js';
import { walkFolder } from './walk-folder.js';

export type PhotoMatch =
  | { readonly kind: 'one'; readonly path: string }
  | { readonly kind: 'several'; readonly paths: readonly string[] }
  | { readonly kind: 'none' };

const NONE: PhotoMatch = { kind: 'none' };

/** Ways to compare, the strictest first. */
const FORMS = [(path: string) => path, composed, folded] as const;

/** All photos below a folder, found by the end of their path: with an extension, or by an id without one. */
export class PhotoIndex {
  /** By name, and by folder and name: data sets can have thousands of `0.jpg` in folders of their own. */
  readonly #byName = new NameIndex();
  readonly #byPair = new NameIndex();

  static async of(root: string, allows: Allows): Promise<PhotoIndex> {
    const index = new PhotoIndex();
    for await (const entry of walkFolder(root, allows)) {
      if (entry.kind === 'file' && entry.error === null && isPhotoName(entry.path)) index.#add(entry.path);
    }
    return index;
  }

  /** The photo at this path below the folder, else the only one deeper whose path ends with it. */
  endingWith(parts: readonly string[]): PhotoMatch {
    const candidates = this.#candidates(parts);
    const wanted = parts.join('/');
    for (const form of FORMS) {
      const whole = candidates.filter((path) => isSame(path, wanted, form));
      const found = only(whole.length > 0 ? whole : candidates.filter((path) => endsWith(path, wanted, form)));
      if (found.kind !== 'none') return found;
    }
    return NONE;
  }

  /** The photo whose path shares the longest end with this one; among equals the one that is no deeper than that end. */
  withLongestEnd(parts: readonly string[]): PhotoMatch {
    for (let from = 0; from < parts.length; from++) {
      const found = this.endingWith(parts.slice(from));
      if (found.kind !== 'none') return found;
    }
    return NONE;
  }

  #candidates(parts: readonly string[]): readonly string[] {
    const last = parts.at(-1) ?? '';
    return parts.length > 1 ? this.#byPair.like(`${parts.at(-2)}/${last}`) : this.#byName.like(last);
  }

  #add(path: string): void {
    const parts = path.split('/');
    const name = parts.at(-1) ?? '';
    for (const key of [name, stemOf(name)]) {
      this.#byName.add(key, path);
      if (parts.length > 1) this.#byPair.add(`${parts.at(-2)}/${key}`, path);
    }
  }
}

function isSame(path: string, wanted: string, form: (path: string) => string): boolean {
  return form(written(path, wanted)) === form(wanted);
}

function endsWith(path: string, wanted: string, form: (path: string) => string): boolean {
  return form(`/${written(path, wanted)}`).endsWith(form(`/${wanted}`));
}

/** The path, without its extension where the wanted one has none. */
function written(path: string, wanted: string): string {
  return isPhotoName(wanted) ? path : stemOf(path);
}

function only(paths: readonly string[]): PhotoMatch {
  if (paths.length === 0) return NONE;
  return paths.length === 1 ? { kind: 'one', path: present(paths[0]) } : { kind: 'several', paths };
}
