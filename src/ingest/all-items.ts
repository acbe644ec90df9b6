import { isOfPart, parsePart } from './part.js';
import type { Allows } from './sources/allowed.js';
import { newSourceNotes, type PhotoSource, type SourceItem, type SourceNotes } from './sources/candidate.js';
import { openSource } from './sources/open-source.js';

type PhotoPath = { readonly root: string; readonly path: string };

/** Whether a run is to take this photo. */
export type Wanted = (photo: PhotoPath) => boolean;

/**
 * @param part as `--part` gives it
 * @param only keys of photos (`photoKey`)
 * @returns undefined where all photos are wanted
 * @throws `part_invalid`
 */
export function wantedPhotos(part: string | undefined, only?: ReadonlySet<string>): Wanted | undefined {
  const parsed = part === undefined ? null : parsePart(part);
  if (parsed === null && only === undefined) return undefined;
  return (photo) => (only?.has(photoKey(photo)) ?? true) && (parsed === null || isOfPart(photo.path, parsed));
}

/** Opens every SOURCE and counts its photos, so that an unusable source stops the run before it starts. */
export async function openSources(
  names: readonly string[],
  images: string | undefined,
  allows?: Allows,
  wanted?: Wanted,
): Promise<{ readonly sources: readonly PhotoSource[]; readonly photos: number }> {
  const sources: PhotoSource[] = [];
  let photos = 0;
  for (const name of names) {
    const source = await openSource(name, images ?? null, allows);
    photos += await source.count();
    sources.push(source);
  }
  return { sources, photos: wanted === undefined ? photos : await countWanted(sources, wanted) };
}

async function countWanted(sources: readonly PhotoSource[], wanted: Wanted): Promise<number> {
  let photos = 0;
  for await (const item of allItems(sources, newSourceNotes(), wanted)) if (item.kind === 'photo') photos++;
  return photos;
}

/** A key of a photo's root and path. */
export function photoKey({ root, path }: PhotoPath): string {
  return `${root}\0${path}`;
}

/**
 * The items of all sources in order; a path that two sources name comes once, from the first.
 * @param wanted by default all
 */
export async function* allItems(
  sources: readonly PhotoSource[],
  notes: SourceNotes,
  wanted?: Wanted,
): AsyncGenerator<SourceItem> {
  const seen = new Set<string>();
  for (const source of sources) {
    for await (const item of source.items(notes)) {
      if (item.kind === 'photo' && wanted?.(item) === false) continue;
      if (sources.length > 1 && item.kind === 'photo') {
        const key = photoKey(item);
        if (seen.has(key)) continue;
        seen.add(key);
      }
      yield item;
    }
  }
}
