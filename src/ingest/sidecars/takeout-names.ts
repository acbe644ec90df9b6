/** Takeout cuts `photo.jpg.supplemental-metadata` to this many characters before it adds `.json`. */
const STEM_LENGTH_MAX = 46;
const SUFFIX = '.supplemental-metadata';

export interface TakeoutName {
  readonly name: string;
  /** Cut within the photo's own name, or shared with another photo: its `title` must say that it is this photo's. */
  readonly doubtful: boolean;
}

/**
 * The sidecars of a photo among the JSON files beside it, the surest first: `photo.jpg.json`,
 * `photo.jpg.supplemental-metadata.json` however it is cut, `photo.jpg(1).json` for `photo(1).jpg`, and those of
 * `photo.jpg` for `photo-edited.jpg`.
 */
export function takeoutNames(photo: string, jsonFiles: readonly string[]): readonly TakeoutName[] {
  const matches: { name: string; rank: number; doubtful: boolean }[] = [];
  for (const target of targets(photo)) {
    for (const name of jsonFiles) {
      const stem = withoutCounter(name.replace(/\.json$/i, ''), target.counter);
      if (stem === null) continue;
      const rank = fitRank(stem, target.name);
      if (rank !== null)
        matches.push({ name, rank: rank + target.penalty, doubtful: stem.length < target.name.length });
    }
  }
  return matches.sort((a, b) => a.rank - b.rank || (a.name < b.name ? -1 : 1));
}

interface Target {
  readonly name: string;
  readonly counter: string;
  readonly penalty: number;
}

function targets(photo: string): readonly Target[] {
  const found: Target[] = [{ name: photo, counter: '', penalty: 0 }];
  const numbered = /^(.*)(\(\d+\))(\.[^.]+)$/.exec(photo);
  if (numbered) found.push({ name: `${numbered[1]}${numbered[3]}`, counter: numbered[2] as string, penalty: 0 });
  const edited = /^(.*)-edited(\(\d+\))?(\.[^.]+)$/.exec(photo);
  if (edited) found.push({ name: `${edited[1]}${edited[3]}`, counter: edited[2] ?? '', penalty: 10 });
  return found;
}

function withoutCounter(stem: string, counter: string): string | null {
  if (counter === '') return stem;
  return stem.endsWith(counter) ? stem.slice(0, -counter.length) : null;
}

/** 0 for the photo's name itself, 1 for the long form cut anywhere, 2 for a cut name or one without extension. */
function fitRank(stem: string, photo: string): number | null {
  if (stem === photo) return 0;
  if (stem.length > photo.length && `${photo}${SUFFIX}`.startsWith(stem)) return 1;
  const cut = stem.length >= STEM_LENGTH_MAX - 1 && photo.startsWith(stem);
  return cut || stem === photo.slice(0, photo.lastIndexOf('.')) ? 2 : null;
}
