import type { Allows } from './sources/allowed.js';
import type { PhotoSource, SourceItem, SourceNotes } from './sources/candidate.js';
import { openSource } from './sources/open-source.js';

/** Opens every SOURCE and counts its photos, so that a source that can't be used stops the run before it starts. */
export async function openSources(
  names: readonly string[],
  images: string | undefined,
  allows?: Allows,
): Promise<{ readonly sources: readonly PhotoSource[]; readonly photos: number }> {
  const sources: PhotoSource[] = [];
  let photos = 0;
  for (const name of names) {
    const source = await openSource(name, images ?? null, allows);
    photos += await source.count();
    sources.push(source);
  }
  return { sources, photos };
}

/** A photo by its root and its path below it, in one text. */
export function photoKey({ root, path }: { readonly root: string; readonly path: string }): string {
  return `${root}\0${path}`;
}

/**
 * The items of all sources in order; of a path that two sources name the first one counts.
 * @param only keys of the photos that are wanted; by default all
 */
export async function* allItems(
  sources: readonly PhotoSource[],
  notes: SourceNotes,
  only?: ReadonlySet<string>,
): AsyncGenerator<SourceItem> {
  const seen = new Set<string>();
  for (const source of sources) {
    for await (const item of source.items(notes)) {
      if (item.kind === 'photo' && only !== undefined && !only.has(photoKey(item))) continue;
      if (sources.length > 1 && item.kind === 'photo') {
        const key = photoKey(item);
        if (seen.has(key)) continue;
        seen.add(key);
      }
      yield item;
    }
  }
}
