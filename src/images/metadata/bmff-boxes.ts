import { textAt, viewOf } from './metadata-blocks.js';

/** A box of the ISO base media file format (ISO/IEC 14496-12, 4.2): its type, and its content's place in the file. */
export interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

const BOXES_MAX = 100_000;

/** The boxes of a stretch of a file, in order; one that claims to be longer ends with the stretch. */
export function* boxesIn(file: Uint8Array, start: number, end: number): Generator<Box> {
  const view = viewOf(file);
  const last = Math.min(end, file.length);
  for (let at = start, count = 0; at + 8 <= last && count < BOXES_MAX; count++) {
    const short = view.getUint32(at);
    if (short === 1 && at + 16 > last) return;
    const header = short === 1 ? 16 : 8;
    const size = short === 0 ? last - at : short === 1 ? Number(view.getBigUint64(at + 8)) : short;
    if (size < header) return;
    yield { type: textAt(file, at + 4, 4), start: at + header, end: Math.min(at + size, last) };
    at += size;
  }
}

export function boxOf(file: Uint8Array, within: Box, type: string, skip = 0): Box | null {
  for (const box of boxesIn(file, within.start + skip, within.end)) if (box.type === type) return box;
  return null;
}

/** Reads numbers of any width in sequence. @throws RangeError beyond the end */
export class Cursor {
  readonly #view: DataView;

  readonly #end: number;

  constructor(
    file: Uint8Array,
    public at: number,
    end: number,
  ) {
    this.#end = end;

    this.#view = viewOf(file);
  }

  /** An unsigned, big-endian number of 0, 1, 2, 4 or 8 bytes. */
  number(bytes: number): number {
    let value = 0;
    if (this.at + bytes > this.#end) throw new RangeError('behind the end of the box');
    for (let i = 0; i < bytes; i++) value = value * 256 + this.#view.getUint8(this.at + i);
    this.at += bytes;
    return value;
  }
}
