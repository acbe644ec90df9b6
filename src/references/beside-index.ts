import { join } from 'node:path';

/** Thumbnails that a server made; a cache, which may be deleted at any time. */
export function thumbnailsFolder(indexFolder: string): string {
  return join(indexFolder, '.thumbnails');
}

/** Labels, tags and probes: labels are what people gave, so it is no cache. */
export function collectionFolder(indexFolder: string): string {
  return join(indexFolder, 'collection');
}

/** The blend profile that was fitted to this index, where one was; `locate/` writes and reads it. */
export function profileFile(indexFolder: string): string {
  return join(indexFolder, 'blend-profile.json');
}

/** What photos look like and how each is located without itself: for finding copies and false positions. A cache, which may be deleted at any time. */
export function findingsFile(indexFolder: string): string {
  return join(indexFolder, '.findings.sqlite');
}
