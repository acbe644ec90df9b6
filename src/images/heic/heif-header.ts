import { imageDamaged, imageTruncated } from '../image-errors.js';

/** The header of a HEIF file's main picture, read before a pixel is decoded. */
export interface HeifHeader {
  /** The item type of the picture, or of its tiles: `hvc1`, `av01`, `jpeg`, `unci`; null where there is no still picture. */
  readonly coding: string | null;
  /** Coded size, before cropping and turning; 0 where the file does not say. */
  readonly width: number;
  readonly height: number;
}

interface Box {
  readonly type: string;
  /** Start of the content. */
  readonly start: number;
  readonly end: number;
}

interface Item {
  readonly type: string;
  /** End of its bytes in the file; 0 where they lie elsewhere. */
  end: number;
  /** Ids of the items that it is made of. */
  parts: readonly number[];
  properties: readonly number[];
}

/** Item types that are made of other items: a grid of tiles, a turned picture, an overlay. */
const DERIVED = new Set(['grid', 'iden', 'iovl']);
const DEPTH_MAX = 8;
/** Headers are read at once, so a malicious one must not take long. 10,000 tiles take 0.5 MB. */
const LIST_BYTES_MAX = 8 * 2 ** 20;
const BOXES_MAX = 100_000;

/**
 * Reads the boxes of a HEIF file (ISO/IEC 14496-12 and 23008-12) as far as its main picture needs.
 * @param name of the format, for messages
 * @throws `image_truncated` where the file ends before the picture's bytes do, `image_damaged`
 */
export function readHeifHeader(bytes: Uint8Array, name: string): HeifHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const cut = () => imageTruncated(name, bytes.length, 'it ends before its data does');
  try {
    const file = [...boxes(view, 0, bytes.length)];
    const meta = file.find(({ type }) => type === 'meta');
    if (meta === undefined) {
      if (file.some(({ type }) => type === 'moov')) return { coding: null, width: 0, height: 0 };
      throw cut();
    }
    if (meta.end > bytes.length) throw cut();
    const { main, items, sizes } = readMeta(view, meta);
    const item = items.get(main);
    if (item === undefined) throw new RangeError('no main picture');
    if (endOf(main, items) > bytes.length) throw cut();
    const size = item.properties.map((index) => sizes.get(index)).find((found) => found !== undefined);
    const [width, height] = size ?? [0, 0];
    return { coding: codingOf(main, items, DEPTH_MAX), width, height };
  } catch (error) {
    if (error instanceof RangeError) throw imageDamaged(name, 'its boxes are not whole', error);
    throw error;
  }
}

function codingOf(id: number, items: ReadonlyMap<number, Item>, depth: number): string {
  const item = items.get(id);
  if (item !== undefined && !DERIVED.has(item.type)) return item.type;
  const first = item?.parts[0];
  if (first === undefined || depth === 0) throw new RangeError('a picture made of none');
  return codingOf(first, items, depth - 1);
}

/** The largest end of an item's bytes and those of all items that it is made of. */
function endOf(main: number, items: ReadonlyMap<number, Item>): number {
  const met = new Set([main]);
  let end = 0;
  // A set iterates over what is added meanwhile, each id once.
  for (const id of met) {
    const item = items.get(id);
    end = Math.max(end, item?.end ?? 0);
    if (item !== undefined && DERIVED.has(item.type)) for (const part of item.parts) met.add(part);
  }
  return end;
}

function readMeta(view: DataView, meta: Box) {
  const inside = [...within(view, meta, 4)];
  for (const { type, start, end } of inside) {
    if (type !== 'idat' && end - start > LIST_BYTES_MAX) throw new RangeError(`a box ${type} of ${end - start} bytes`);
  }
  const find = (type: string, among = inside) => among.find((box) => box.type === type);
  const [pitm, iinf, iloc, iref, iprp] = ['pitm', 'iinf', 'iloc', 'iref', 'iprp'].map((type) => find(type));
  if (pitm === undefined || iinf === undefined) throw new RangeError('no list of items');
  const items = readItems(view, iinf);
  if (iloc !== undefined) readExtents(view, iloc, items);
  if (iref !== undefined) readParts(view, iref, items);
  const properties = iprp === undefined ? [] : [...within(view, iprp, 0)];
  for (const ipma of properties) if (ipma.type === 'ipma') readAssociations(view, ipma, items);
  const ipco = find('ipco', properties);
  const main = new Cursor(view, pitm);
  const { version } = main.fullBox();
  return { main: main.unsigned(version === 0 ? 2 : 4), items, sizes: ipco ? readSizes(view, ipco) : new Map() };
}

function readItems(view: DataView, iinf: Box): Map<number, Item> {
  const items = new Map<number, Item>();
  const list = new Cursor(view, iinf);
  const { version } = list.fullBox();
  list.unsigned(version === 0 ? 2 : 4);
  for (const box of boxes(view, list.at, iinf.end)) {
    if (box.type !== 'infe' || box.end > iinf.end) continue;
    const entry = new Cursor(view, box);
    const infe = entry.fullBox();
    if (infe.version < 2) continue;
    const id = entry.unsigned(infe.version === 2 ? 2 : 4);
    entry.unsigned(2);
    items.set(id, { type: entry.fourLetters(), end: 0, parts: [], properties: [] });
  }
  return items;
}

function readExtents(view: DataView, iloc: Box, items: ReadonlyMap<number, Item>): void {
  const cursor = new Cursor(view, iloc);
  const { version } = cursor.fullBox();
  const sizes = cursor.unsigned(2);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = version === 0 ? 0 : sizes & 15;
  const count = cursor.unsigned(version < 2 ? 2 : 4);
  for (let i = 0; i < count; i++) {
    const item = items.get(cursor.unsigned(version < 2 ? 2 : 4));
    const isInFile = version === 0 || (cursor.unsigned(2) & 15) === 0;
    cursor.unsigned(2);
    const base = cursor.unsigned(baseSize);
    const extents = cursor.unsigned(2);
    // Entries of zero bytes could be any number.
    if (indexSize + offsetSize + lengthSize === 0) continue;
    for (let extent = 0; extent < extents; extent++) {
      cursor.unsigned(indexSize);
      const offset = base + cursor.unsigned(offsetSize);
      const end = offset + cursor.unsigned(lengthSize);
      if (item !== undefined && isInFile) item.end = Math.max(item.end, end);
    }
  }
}

function readParts(view: DataView, iref: Box, items: ReadonlyMap<number, Item>): void {
  const list = new Cursor(view, iref);
  const idSize = list.fullBox().version === 0 ? 2 : 4;
  for (const box of boxes(view, list.at, iref.end)) {
    if (box.type !== 'dimg' || box.end > iref.end) continue;
    const cursor = new Cursor(view, box);
    const item = items.get(cursor.unsigned(idSize));
    const parts = Array.from({ length: cursor.unsigned(2) }, () => cursor.unsigned(idSize));
    if (item !== undefined) item.parts = parts;
  }
}

function readAssociations(view: DataView, ipma: Box, items: ReadonlyMap<number, Item>): void {
  const cursor = new Cursor(view, ipma);
  const { version, flags } = cursor.fullBox();
  for (let entries = cursor.unsigned(4); entries > 0; entries--) {
    const item = items.get(cursor.unsigned(version < 1 ? 2 : 4));
    const properties = Array.from({ length: cursor.unsigned(1) }, () =>
      flags & 1 ? cursor.unsigned(2) & 0x7fff : cursor.unsigned(1) & 0x7f,
    );
    if (item !== undefined) item.properties = properties;
  }
}

/** Width and height of each `ispe` by its position among the properties, from 1. */
function readSizes(view: DataView, ipco: Box): Map<number, readonly [width: number, height: number]> {
  const sizes = new Map<number, readonly [number, number]>();
  let index = 0;
  for (const box of within(view, ipco, 0)) {
    index++;
    if (box.type !== 'ispe') continue;
    const cursor = new Cursor(view, box);
    cursor.fullBox();
    sizes.set(index, [cursor.unsigned(4), cursor.unsigned(4)]);
  }
  return sizes;
}

/** The boxes inside a box whose own fields take `skip` bytes. @throws RangeError where one reaches out of it */
function* within(view: DataView, { start, end }: Box, skip: number): Generator<Box> {
  for (const box of boxes(view, start + skip, end)) {
    if (box.end > end) throw new RangeError(`a box ${box.type} leads out of its own`);
    yield box;
  }
}

/** The boxes between two positions; the last may reach beyond the end. */
function* boxes(view: DataView, start: number, end: number): Generator<Box> {
  let count = 0;
  for (let at = start; at + 8 <= end; ) {
    if (++count > BOXES_MAX) throw new RangeError(`more than ${BOXES_MAX} boxes`);
    const short = view.getUint32(at);
    const type = letters(view, at + 4);
    const head = short === 1 ? 16 : 8;
    const size = short === 1 ? Number(view.getBigUint64(at + 8)) : short === 0 ? end - at : short;
    if (size < head) throw new RangeError(`a box ${type} of ${size} bytes`);
    yield { type, start: at + head, end: at + size };
    at += size;
  }
}

function letters(view: DataView, at: number): string {
  return String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));
}

/** Reads big-endian numbers one after the other. @throws RangeError at the end of its box */
class Cursor {
  at: number;

  readonly #view: DataView;
  readonly #box: Box;

  constructor(view: DataView, box: Box) {
    this.#view = view;
    this.#box = box;

    this.at = box.start;
  }

  fullBox(): { readonly version: number; readonly flags: number } {
    const word = this.unsigned(4);
    return { version: word >>> 24, flags: word & 0xffffff };
  }

  fourLetters(): string {
    const at = this.at;
    this.unsigned(4);
    return letters(this.#view, at);
  }

  /** An unsigned number of 0 (then it is 0), 1, 2, 4 or 8 bytes. */
  unsigned(size: number): number {
    let value = 0;
    if (this.at + size > this.#box.end) throw new RangeError(`the box ${this.#box.type} ends too early`);
    for (let i = 0; i < size; i++) value = value * 256 + this.#view.getUint8(this.at + i);
    this.at += size;
    return value;
  }
}
