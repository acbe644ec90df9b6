import type { SourceKey } from './known-files.js';

/** Compares by root, then path, by the bytes of their UTF-8: every engine's order. */
export function bySourceKey(a: SourceKey, b: SourceKey): number {
  return compareBytes(a.root, b.root) || compareBytes(a.path, b.path);
}

export function isSameSource(a: SourceKey, b: SourceKey): boolean {
  return a.root === b.root && a.path === b.path;
}

/**
 * The source whose facts are the reference's: of those that are not gone, the first by root and path. It depends on what is
 * stored and on what was found missing, never on the order in which sources came. null where there is none.
 * @param gone sources that were looked for and not found
 */
export function hasTheSay<T extends SourceKey>(sources: readonly T[], gone: readonly SourceKey[]): T | null {
  const there = sources.filter((source) => !gone.some((one) => isSameSource(one, source)));
  return there.toSorted(bySourceKey)[0] ?? null;
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
