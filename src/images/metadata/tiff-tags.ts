import { present } from '../../domain/present.js';
import { utf8OrWindows } from '../xmp-text.js';
import { textAt, viewOf } from './metadata-blocks.js';

/**
 * EXIF's tags by name: each value is a number, a list of numbers, a `[numerator, denominator]`, a list of those, or a list of
 * strings. A tag whose value lies outside the file has none.
 */
export type ExifTags = Readonly<Record<string, { readonly value?: unknown } | undefined>>;

/** Exif 2.32 and 3.0 (CIPA DC-008), 4.6; the XP ones are Windows' own. Some writers put tags of one directory into the other. */
const PHOTO_TAGS: Readonly<Record<number, string>> = {
  274: 'Orientation',
  315: 'Artist',
  33432: 'Copyright',
  36867: 'DateTimeOriginal',
  36868: 'DateTimeDigitized',
  36880: 'OffsetTime',
  36881: 'OffsetTimeOriginal',
  36882: 'OffsetTimeDigitized',
  37521: 'SubSecTimeOriginal',
  37522: 'SubSecTimeDigitized',
  40093: 'XPAuthor',
};
const GPS_TAGS: Readonly<Record<number, string>> = {
  1: 'GPSLatitudeRef',
  2: 'GPSLatitude',
  3: 'GPSLongitudeRef',
  4: 'GPSLongitude',
  5: 'GPSAltitudeRef',
  6: 'GPSAltitude',
  7: 'GPSTimeStamp',
  17: 'GPSImgDirection',
  29: 'GPSDateStamp',
};
const EXIF_DIRECTORY = 0x8769;
const GPS_DIRECTORY = 0x8825;
const XMP_PACKET = 0x02bc;

const NUMBERS_MAX = 8;
const TEXT_BYTES_MAX = 64 * 1024;

/** Bytes of a value by its type (TIFF 6.0, section 2; 129 is the UTF-8 of Exif 3.0). */
const TYPE_BYTES: Readonly<Record<number, number>> = {
  1: 1,
  2: 1,
  3: 2,
  4: 4,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  13: 4,
  129: 1,
};

interface Entry {
  readonly tag: number;
  readonly type: number;
  readonly count: number;
  /** Offset of the value's bytes; null where they are not within the file. */
  readonly at: number | null;
}

/**
 * Reads the tags of a TIFF structure that tell where, when and by whom, and the XMP in one of them. Only these values are
 * unpacked, so many or large other tags cost nothing; null where it is no TIFF structure or its first directory is not within
 * it.
 */
export function readTiffTags(bytes: Uint8Array): { readonly tags: ExifTags; readonly xmp: Uint8Array | null } | null {
  const mark = textAt(bytes, 0, 2);
  if (bytes.length < 8 || (mark !== 'II' && mark !== 'MM')) return null;
  const reader = new TiffReader(bytes, mark === 'II');
  return reader.first === null ? null : { tags: reader.tags(), xmp: reader.xmp };
}

class TiffReader {
  readonly first: readonly Entry[] | null;
  xmp: Uint8Array | null = null;
  readonly #view: DataView;
  readonly #found: Record<string, { readonly value?: unknown }> = {};

  readonly #bytes: Uint8Array;
  readonly #little: boolean;

  constructor(bytes: Uint8Array, little: boolean) {
    this.#bytes = bytes;
    this.#little = little;

    this.#view = viewOf(bytes);
    this.first = this.#view.getUint16(2, little) === 42 ? this.#directory(this.#view.getUint32(4, little)) : null;
  }

  tags(): ExifTags {
    const first = this.first ?? [];
    const photo = this.#linked(first, EXIF_DIRECTORY);
    for (const entry of first) if (entry.tag === XMP_PACKET && entry.at !== null) this.xmp = this.#raw(entry, entry.at);
    this.#take(first, PHOTO_TAGS);
    this.#take(photo, PHOTO_TAGS);
    this.#take([...this.#linked(first, GPS_DIRECTORY), ...this.#linked(photo, GPS_DIRECTORY)], GPS_TAGS);
    return this.#found;
  }

  #linked(entries: readonly Entry[], tag: number): readonly Entry[] {
    const entry = entries.find((one) => one.tag === tag);
    const offset = entry?.at == null ? null : this.#numbers(entry, entry.at)[0];
    return typeof offset === 'number' ? (this.#directory(offset) ?? []) : [];
  }

  #take(entries: readonly Entry[], names: Readonly<Record<number, string>>): void {
    for (const entry of entries) {
      const name = names[entry.tag];
      if (name !== undefined && this.#found[name] === undefined)
        this.#found[name] = { value: this.#value(name, entry) };
    }
  }

  #directory(offset: number): readonly Entry[] | null {
    if (offset < 8 || offset + 2 > this.#bytes.length) return null;
    const entries: Entry[] = [];
    const end = offset + 2 + this.#view.getUint16(offset, this.#little) * 12;
    for (let at = offset + 2; at + 12 <= Math.min(end, this.#bytes.length); at += 12) {
      const type = this.#view.getUint16(at + 2, this.#little);
      const count = this.#view.getUint32(at + 4, this.#little);
      const size = (TYPE_BYTES[type] ?? 0) * count;
      if (size === 0) continue;
      const valueAt = size <= 4 ? at + 8 : this.#view.getUint32(at + 8, this.#little);
      const inside = valueAt + size <= this.#bytes.length;
      entries.push({ tag: this.#view.getUint16(at, this.#little), type, count, at: inside ? valueAt : null });
    }
    return entries;
  }

  #value(name: string, entry: Entry): unknown {
    if (entry.at === null) return undefined;
    if (name.startsWith('XP')) return [new TextDecoder('utf-16le').decode(this.#raw(entry, entry.at)).split('\0')[0]];
    const isText = entry.type === 2 || entry.type === 129 || (entry.type === 7 && entry.count > 1);
    if (isText)
      return utf8OrWindows(this.#raw(entry, entry.at))
        .split('\0')
        .filter((part) => part !== '');
    const numbers = this.#numbers(entry, entry.at);
    return entry.count === 1 ? numbers[0] : numbers;
  }

  #raw({ type, count, tag }: Entry, at: number): Uint8Array {
    const size = count * present(TYPE_BYTES[type]);
    return this.#bytes.subarray(at, at + (tag === XMP_PACKET ? size : Math.min(size, TEXT_BYTES_MAX)));
  }

  #numbers({ type, count }: Entry, at: number): readonly unknown[] {
    const width = present(TYPE_BYTES[type]);
    return Array.from({ length: Math.min(count, NUMBERS_MAX) }, (_, i) => this.#number(type, at + i * width));
  }

  #number(type: number, at: number): unknown {
    const view = this.#view;
    const little = this.#little;
    if (type === 5) return [view.getUint32(at, little), view.getUint32(at + 4, little)];
    if (type === 10) return [view.getInt32(at, little), view.getInt32(at + 4, little)];
    if (type === 3) return view.getUint16(at, little);
    if (type === 8) return view.getInt16(at, little);
    if (type === 9) return view.getInt32(at, little);
    if (type === 11) return view.getFloat32(at, little);
    if (type === 12) return view.getFloat64(at, little);
    if (type === 6) return view.getInt8(at);
    return type === 4 || type === 13 ? view.getUint32(at, little) : view.getUint8(at);
  }
}
