import { type Columns, findColumns } from './manifest-columns.js';

/**
 * Columns, from 0, of YFCC100M's own table and of lists cut from it, such as YFCC4K's: line, photo, hash, user, nickname, date
 * taken, date uploaded, device, title, description, tags, machine tags, longitude, latitude, accuracy, page, file, licence, …
 * It has no header; texts are URL-encoded and never quoted.
 */
export const YFCC_COLUMNS: Columns = {
  ...findColumns([]),
  at: new Map([
    ['file', 1],
    ['author', 3],
    ['captured_at', 5],
    ['lon', 12],
    ['lat', 13],
    ['url', 15],
    ['licence', 17],
  ]),
};

/** Names of the columns in messages. */
export const YFCC_NAMES: readonly string[] = Array.from({ length: 18 }, (_, at) => `column ${at + 1}`);

/** Whether a record is a row of such a table: a photo's number, and numbers or nothing where the position belongs. */
export function isYfccRecord(record: readonly string[]): boolean {
  const isNumber = (text: string | undefined) => text !== undefined && /^-?\d*\.?\d*$/.test(text.trim());
  return record.length >= 15 && /^\d+$/.test(record[1] ?? '') && isNumber(record[12]) && isNumber(record[13]);
}
