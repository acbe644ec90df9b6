import { fault } from '../../domain/errors.js';
import { present as checked } from '../../domain/present.js';
import type { TagTable } from './tag-table.js';

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

const BINS = 20;

/** `most`: highest value of the label first. `doubt`: least certain first. */
export type RankOrder = 'most' | 'doubt';

export interface RankedPhotos {
  readonly photos: readonly { readonly id: string; readonly value: number }[];
  /** Cursor of the next page; null on the last. */
  readonly cursor: string | null;
}

/**
 * Photos in the order of their tags, page by page.
 * @param among ids to rank; null: all tagged photos
 * @throws `label_unknown`, `bad_cursor`
 */
export function rankedPhotos(
  table: TagTable,
  label: string,
  {
    order,
    among,
    cursor,
    limit,
  }: {
    readonly order: RankOrder;
    readonly among: ReadonlySet<string> | null;
    readonly cursor?: string;
    readonly limit: number;
  },
): RankedPhotos {
  const k = table.labelNumber(label);
  const from =
    cursor === undefined ? 0 : Number(/^rank:(\d{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString())?.[1]);
  if (Number.isNaN(from)) throw fault('bad_cursor', `Expected a cursor that an earlier page gave, got ${cursor}.`);
  // A counting sort by bytes, in the order of places, instead of sorting a million numbers.
  const byRank: number[][] = Array.from({ length: 256 }, () => []);
  const column = present(table.columns[k]);
  const middle = order === 'doubt' ? middleOf(table, k) : 0;
  for (let place = 0; place < column.length; place++) {
    const byte = present(column[place]);
    if (byte === 0 || (among !== null && !among.has(present(table.places.ids[place])))) continue;
    present(byRank[order === 'most' ? 255 - byte : Math.abs(byte - middle)]).push(place);
  }
  const all = byRank.flat();
  const page = all.slice(from, from + limit);
  return {
    photos: page.map((place) => ({ id: present(table.places.ids[place]), value: table.value(k, place) })),
    cursor: from + limit < all.length ? Buffer.from(`rank:${from + limit}`).toString('base64url') : null,
  };
}

/** The byte nearest to a value of one half. */
function middleOf(table: TagTable, label: number): number {
  let [best, distance] = [128, Number.POSITIVE_INFINITY];
  table.byteValues(label).forEach((value, byte) => {
    if (Math.abs(value - 0.5) < distance) [best, distance] = [byte, Math.abs(value - 0.5)];
  });
  return best;
}

/** Histogram of a label's values: twenty counts, from 0 to 1. @throws `label_unknown` */
export function tagHistogram(table: TagTable, label: string): readonly number[] {
  const k = table.labelNumber(label);
  const counts = new Array<number>(BINS).fill(0);
  const bins = table.byteValues(k).map((value) => Math.min(BINS - 1, Math.floor(value * BINS)));
  for (const byte of present(table.columns[k])) {
    if (byte === 0) continue;
    const bin = present(bins[byte]);
    counts[bin] = present(counts[bin]) + 1;
  }
  return counts;
}
