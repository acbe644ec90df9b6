/**
 * Whether a WebP or TIFF file ends before the data that it says it has: libvips fills what a TIFF lacks with black, and
 * calls such a WebP corrupt. False where the file does not say.
 */
export function isCutShort(bytes: Uint8Array, format: string): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (format === 'WebP') return bytes.length < 12 || view.getUint32(4, true) + 8 > bytes.length;
  if (format === 'PNG') return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf('IEND') === -1;
  return format === 'TIFF' && tiffEnd(view) > bytes.length;
}

const STRIP_OFFSETS = 273;
const STRIP_BYTES = 279;
const TILE_OFFSETS = 324;
const TILE_BYTES = 325;

/** Where the first picture's strips or tiles end; infinity where the directory itself is not whole (TIFF 6.0, section 2). */
function tiffEnd(view: DataView): number {
  const little = view.getUint8(0) === 0x49;
  try {
    const directory = view.getUint32(4, little);
    const values = (tag: number) => {
      const count = view.getUint16(directory, little);
      for (let entry = directory + 2; entry < directory + 2 + count * 12; entry += 12) {
        if (view.getUint16(entry, little) === tag) return tagValues(view, entry, little);
      }
      return [];
    };
    const offsets = [...values(STRIP_OFFSETS), ...values(TILE_OFFSETS)];
    const sizes = [...values(STRIP_BYTES), ...values(TILE_BYTES)];
    return offsets.reduce((end, offset, i) => Math.max(end, offset + (sizes[i] ?? 0)), 0);
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

/** Unsigned 16- or 32-bit numbers; they lie in the entry itself where they fit in four bytes. */
function tagValues(view: DataView, entry: number, little: boolean): number[] {
  const wide = view.getUint16(entry + 2, little) !== 3;
  const count = view.getUint32(entry + 4, little);
  const size = wide ? 4 : 2;
  if (count > view.byteLength) throw new RangeError('more values than bytes');
  const at = count * size <= 4 ? entry + 8 : view.getUint32(entry + 8, little);
  return Array.from({ length: count }, (_, i) =>
    wide ? view.getUint32(at + i * size, little) : view.getUint16(at + i * size, little),
  );
}
