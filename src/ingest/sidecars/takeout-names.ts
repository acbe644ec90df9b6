import { composed, folded } from '../sources/compare-names.js';
import { isPhotoName, stemOf } from '../sources/photo-extensions.js';
import { beforeCutEditing, beforeEditing } from './edited-suffixes.js';

/**
 * Takeout cuts `photo.jpg.supplemental-metadata` to 46 before it adds `.json`, and photos' own names to 47 or 51, some
 * exports counting characters and some bytes. A name shorter than this is whole.
 */
const CUT_LENGTH_MIN = 45;
const SUFFIX = '.supplemental-metadata';

/** Matches that differ in letter case come after all that do not. */
const CASE_PENALTY = 100;
const EDITED_PENALTY = 10;
const OTHER_EXTENSION_RANK = 5;

export interface TakeoutName {
  readonly name: string;
  /** The name that the photo had in the library, as far as its file tells; composed. */
  readonly original: string;
  /** Cut within the photo's own name, or perhaps another photo's: its `title` must match. */
  readonly doubtful: boolean;
  /** Matches the photo's name only in another letter case. */
  readonly byCase: boolean;
}

/**
 * The sidecars of a photo among the JSON files beside it, the surest first: `photo.jpg.json`,
 * `photo.jpg.supplemental-metadata.json` however it is cut, `photo.jpg(1).json` for `photo(1).jpg`, also with the counter
 * in both places, and those of `photo.jpg` for `photo-edited.jpg` in any language.
 */
export function takeoutNames(photo: string, jsonFiles: readonly string[]): readonly TakeoutName[] {
  const matches: (TakeoutName & { readonly rank: number })[] = [];
  const wanted = targets(composed(photo));
  for (const name of jsonFiles) {
    const stem = composed(name).replace(/\.json$/i, '');
    const best = wanted
      .flatMap((target) => matchesOf(stem, target))
      .reduce<Fit | null>((a, b) => (a !== null && a.rank <= b.rank ? a : b), null);
    if (best !== null) matches.push({ name, ...best });
  }
  return matches.sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));
}

/** The name without what edited copies and counters add, and without the extension; composed. */
export function coreOf(photo: string): string {
  const stem = stemOf(composed(photo)).replace(/\(\d+\)$/, '');
  return (beforeEditing(stem) ?? stem).replace(/\(\d+\)$/, '');
}

/** True where a name is so long that Takeout may have cut it. */
export function isCutLength(name: string): boolean {
  return name.length >= CUT_LENGTH_MIN || Buffer.byteLength(name) >= CUT_LENGTH_MIN;
}

interface Target {
  readonly name: string;
  readonly counter: string;
  readonly penalty: number;
  readonly edited: boolean;
  /** What was removed may be part of the name. */
  readonly doubtful: boolean;
}

function targets(photo: string): readonly Target[] {
  const stem = stemOf(photo);
  const extension = photo.slice(stem.length);
  const found = counted(stem, extension, { penalty: 0, edited: false, doubtful: false });
  const [, plain = stem, counter = ''] = /^(.+?)(\(\d+\))?$/.exec(stem) ?? [];
  const before = beforeEditing(plain);
  if (before !== null) {
    const how = { penalty: EDITED_PENALTY, edited: true, doubtful: false };
    if (counter === '') found.push(...counted(before, extension, how));
    else found.push({ name: `${before}${extension}`, counter, ...how });
  } else if (isCutLength(stem)) {
    const cut = beforeCutEditing(plain);
    const how = { penalty: 2 * EDITED_PENALTY, edited: true, doubtful: true };
    if (cut !== null) found.push({ name: `${cut}${extension}`, counter, ...how });
  }
  return found;
}

/** The name itself; the counter at the end; the counter in both places. */
function counted(stem: string, extension: string, how: Omit<Target, 'name' | 'counter'>): Target[] {
  const name = `${stem}${extension}`;
  const numbered = /^(.+)(\(\d+\))$/.exec(stem);
  if (!numbered) return [{ name, counter: '', ...how }];
  const [, bare = '', counter = ''] = numbered;
  return [
    { name, counter: '', ...how },
    { name: `${bare}${extension}`, counter, ...how },
    { name, counter, ...how },
  ];
}

interface Fit extends Omit<TakeoutName, 'name'> {
  readonly rank: number;
}

function matchesOf(stem: string, { name, counter, penalty, edited, doubtful }: Target): Fit[] {
  if (!stem.endsWith(counter)) return [];
  const bare = counter === '' ? stem : stem.slice(0, -counter.length);
  const own = fitRank(bare, name, edited);
  const rank = own ?? fitRank(folded(bare), folded(name), edited);
  if (rank === null) return [];
  const byCase = own === null;
  return [
    {
      rank: rank + penalty + (byCase ? CASE_PENALTY : 0),
      original: name,
      doubtful: doubtful || bare.length < name.length || rank === OTHER_EXTENSION_RANK,
      byCase,
    },
  ];
}

/**
 * 0 for the photo's name itself, 1 for the long form cut anywhere, 2 for a cut name or one without extension, 5 for an
 * edited copy that was saved as another kind of picture (`IMG_1-edited.jpg` of `IMG_1.HEIC`).
 */
function fitRank(stem: string, photo: string, edited: boolean): number | null {
  if (stem === photo) return 0;
  if (stem.length > photo.length && `${photo}${SUFFIX}`.startsWith(stem)) return 1;
  if ((isCutLength(stem) && photo.startsWith(stem)) || stem === stemOf(photo)) return 2;
  if (!edited || !stem.startsWith(`${stemOf(photo)}.`)) return null;
  const dot = stem.lastIndexOf('.');
  const other = SUFFIX.startsWith(stem.slice(dot)) ? stem.slice(0, dot) : stem;
  return isPhotoName(other) && stemOf(other) === stemOf(photo) ? OTHER_EXTENSION_RANK : null;
}
