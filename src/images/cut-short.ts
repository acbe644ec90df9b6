/**
 * Whether a WebP, PNG or TIFF file ends before its data does: libvips fills what a TIFF lacks with black, and calls such a WebP
 * corrupt. False where the file does not say, and for other formats.
 */
export function isCutShort(bytes: Uint8Array, format: string): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format === 'WebP') return bytes.length < 12 || view.getUint32(4, true) + 8 > bytes.length;
  if (format === 'PNG') return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf('IEND') === -1;
  return format === 'TIFF' && tiffEnd(view) > bytes.length;
}

const STRIP_OFFSETS = 273;
const ROWS_PER_STRIP = 278;
const STRIP_BYTES = 279;
const TILE_OFFSETS = 324;
const TILE_BYTES = 325;

/** The largest strip's share of a TIFF picture, which the decoder holds at once; 1 where the file does not say, 0 for tiles. */
export function tiffStripShare(bytes: Uint8Array, height: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = view.getUint8(0) === 0x49;
  try {
    if (findTag(view, TILE_OFFSETS, little) !== null) return 0;
    const rows = findTag(view, ROWS_PER_STRIP, little)?.at(0) ?? height;
    return Math.min(1, rows / height);
  } catch {
    return 1;
  }
}

/** End of the first picture's strips or tiles; infinity where the directory itself is incomplete (TIFF 6.0, section 2). */
function tiffEnd(view: DataView): number {
  const little = view.getUint8(0) === 0x49;
  try {
    const find = (tag: number) => findTag(view, tag, little);
    return Math.max(endOf(find(STRIP_OFFSETS), find(STRIP_BYTES)), endOf(find(TILE_OFFSETS), find(TILE_BYTES)));
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Values of a tag in the first directory. @throws RangeError where the directory or the values are not within the file */
function findTag(view: DataView, tag: number, little: boolean): TagValues | null {
  const directory = view.getUint32(4, little);
  const count = view.getUint16(directory, little);
  for (let entry = directory + 2; entry < directory + 2 + count * 12; entry += 12) {
    if (view.getUint16(entry, little) === tag) return new TagValues(view, entry, little);
  }
  return null;
}

function endOf(offsets: TagValues | null, sizes: TagValues | null): number {
  let end = 0;
  for (let i = 0; i < (offsets?.count ?? 0); i++) end = Math.max(end, (offsets?.at(i) ?? 0) + (sizes?.at(i) ?? 0));
  return end;
}

/**
 * A tag's unsigned 16- or 32-bit numbers, which lie in the entry itself where they fit in four bytes. They are read in place: a
 * file of 32 MB can have 16 million, too many for an array on a thread's heap.
 */
class TagValues {
  readonly count: number;
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #width: 2 | 4;
  readonly #start: number;

  constructor(view: DataView, entry: number, little: boolean) {
    this.#view = view;
    this.#little = little;
    this.#width = view.getUint16(entry + 2, little) === 3 ? 2 : 4;
    this.count = view.getUint32(entry + 4, little);
    this.#start = this.count * this.#width <= 4 ? entry + 8 : view.getUint32(entry + 8, little);
    if (this.#start + this.count * this.#width > view.byteLength) throw new RangeError('more values than bytes');
  }

  /** The i-th value; 0 after the last. */
  at(i: number): number {
    if (i >= this.count) return 0;
    const at = this.#start + i * this.#width;
    return this.#width === 4 ? this.#view.getUint32(at, this.#little) : this.#view.getUint16(at, this.#little);
  }
}
