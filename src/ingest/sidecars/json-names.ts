import { composed, folded } from '../sources/compare-names.js';
import { stemOf } from '../sources/photo-extensions.js';
import { beforeCutEditing } from './edited-suffixes.js';
import { coreOf } from './takeout-names.js';

/** A name that Takeout cuts keeps at least so many bytes. */
const KEPT_BYTES_MIN = 40;

/** A folder's JSON files by the start of their names, so that a photo's are found without comparing thousands. */
export class JsonNames {
  readonly #sorted: readonly { readonly key: string; readonly name: string }[];

  constructor(names: readonly string[]) {
    this.#sorted = names
      .filter((name) => /\.json$/i.test(name) && !name.startsWith('.'))
      .map((name) => ({ key: folded(name), name }))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  get size(): number {
    return this.#sorted.length;
  }

  /** The files whose names start like the photo's. */
  near(photo: string): readonly string[] {
    const found = new Set<string>();
    const stem = stemOf(composed(photo));
    for (const start of new Set([coreOf(photo), stem, beforeCutEditing(stem) ?? stem].map(folded))) {
      const kept = firstBytes(start, KEPT_BYTES_MIN);
      const starts = kept === start ? [`${start}.`, `${start}(`] : [kept];
      for (const one of starts) for (const name of this.#startingWith(one)) found.add(name);
    }
    return [...found];
  }

  *#startingWith(start: string): Generator<string> {
    let low = 0;
    for (let high = this.#sorted.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.#sorted[middle]?.key ?? '') < start) low = middle + 1;
      else high = middle;
    }
    for (let entry = this.#sorted[low]; entry?.key.startsWith(start); entry = this.#sorted[++low]) yield entry.name;
  }
}

function firstBytes(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text;
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > bytesMax) break;
    kept += character;
  }
  return kept;
}
