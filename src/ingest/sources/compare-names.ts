import { present } from '../../domain/present.js';
/** A name in NFC: `ü` is two characters on a Mac's disk, and one in a spreadsheet. */
export function composed(name: string): string {
  return name.normalize('NFC');
}

/** A name for comparing without letter case. */
export function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

export type NameMatch =
  | { readonly kind: 'one'; readonly name: string; readonly byCase: boolean }
  | { readonly kind: 'several'; readonly names: readonly string[] }
  | { readonly kind: 'none' };

/**
 * The name that is meant: the same characters first, then the same in NFC, then the same without letter case. Where a step
 * leaves several, none is picked: on a disk that tells cases apart they are different files.
 * @param names all equal to `wanted` when folded
 */
export function pickName(wanted: string, names: readonly string[] | undefined): NameMatch {
  if (names === undefined || names.length === 0) return { kind: 'none' };
  if (names.includes(wanted)) return { kind: 'one', name: wanted, byCase: false };
  const equal = names.filter((name) => composed(name) === composed(wanted));
  const left = equal.length > 0 ? equal : names;
  if (left.length > 1) return { kind: 'several', names: left };
  return { kind: 'one', name: present(left[0]), byCase: equal.length === 0 };
}

/** Names by their folded form. Most forms have one name, which is kept without a list around it. */
export class NameIndex {
  readonly #byFolded = new Map<string, string | string[]>();

  add(key: string, name = key): void {
    const form = folded(key);
    const known = this.#byFolded.get(form);
    if (known === undefined) this.#byFolded.set(form, name);
    else if (typeof known !== 'string') known.push(name);
    else if (known !== name) this.#byFolded.set(form, [known, name]);
  }

  get size(): number {
    return this.#byFolded.size;
  }

  /** The names that are equal to this one when folded. */
  like(key: string): readonly string[] {
    const found = this.#byFolded.get(folded(key)) ?? [];
    return typeof found === 'string' ? [found] : found;
  }
}
