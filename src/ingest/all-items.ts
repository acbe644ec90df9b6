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

/** The items of all sources in order; of a path that two sources name the first one counts. */
export async function* allItems(sources: readonly PhotoSource[], notes: SourceNotes): AsyncGenerator<SourceItem> {
  const seen = new Set<string>();
  for (const source of sources) {
    for await (const item of source.items(notes)) {
      if (sources.length > 1 && item.kind === 'photo') {
        const key = `${item.root}\0${item.path}`;
        if (seen.has(key)) continue;
        seen.add(key);
      }
      yield item;
    }
  }
}
