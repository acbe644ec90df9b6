/** A value of a TIFF directory as its type's bytes: text for ASCII (2) and UTF-8 (129), else numbers; pairs for fractions. */
export interface TiffEntry {
  readonly tag: number;
  readonly type: number;
  readonly value: string | readonly number[] | Uint8Array;
}

const FRACTIONS = new Set([5, 10]);

/** A TIFF structure of a first directory, and of an EXIF and a GPS directory that it links to. */
export function tiffBytes(
  directories: {
    readonly first?: readonly TiffEntry[];
    readonly exif?: readonly TiffEntry[];
    readonly gps?: readonly TiffEntry[];
  },
  little = true,
): Uint8Array {
  const number = (size: number, value: number): Buffer => {
    const bytes = Buffer.alloc(size);
    bytes[little ? 'writeUIntLE' : 'writeUIntBE'](value < 0 ? value + 2 ** (8 * size) : value, 0, size);
    return bytes;
  };
  const content = ({ type, value }: TiffEntry): { count: number; bytes: Buffer } => {
    if (typeof value === 'string') {
      const bytes = Buffer.from(`${value}\0`, 'utf8');
      return { count: bytes.length, bytes };
    }
    if (value instanceof Uint8Array) return { count: value.length, bytes: Buffer.from(value) };
    if (type === 12) {
      const bytes = Buffer.alloc(value.length * 8);
      value.forEach((one, i) => {
        bytes[little ? 'writeDoubleLE' : 'writeDoubleBE'](one, i * 8);
      });
      return { count: value.length, bytes };
    }
    const size = type === 3 ? 2 : type === 1 || type === 7 ? 1 : 4;
    const bytes = Buffer.concat(value.map((one) => number(size, one)));
    return { count: FRACTIONS.has(type) ? value.length / 2 : value.length, bytes };
  };
  const links: [number, readonly TiffEntry[]][] = [];
  if (directories.exif) links.push([0x8769, directories.exif]);
  if (directories.gps) links.push([0x8825, directories.gps]);

  const directory = (entries: readonly TiffEntry[], at: number): Buffer => {
    const head: Buffer[] = [number(2, entries.length)];
    const tail: Buffer[] = [];
    let valueAt = at + 2 + entries.length * 12 + 4;
    for (const entry of entries) {
      const { count, bytes } = content(entry);
      head.push(number(2, entry.tag), number(2, entry.type), number(4, count));
      if (bytes.length <= 4) head.push(Buffer.concat([bytes, Buffer.alloc(4)]).subarray(0, 4));
      else {
        head.push(number(4, valueAt));
        tail.push(bytes);
        valueAt += bytes.length;
      }
    }
    return Buffer.concat([...head, number(4, 0), ...tail]);
  };
  const first = directories.first ?? [];
  const draft = [...first, ...links.map(([tag]) => ({ tag, type: 4, value: [0] }))];
  let at = 8 + directory(draft, 8).length;
  const pieces: Buffer[] = [];
  const linked = links.map(([tag, entries]) => {
    const piece = directory(entries, at);
    const entry = { tag, type: 4, value: [at] };
    pieces.push(piece);
    at += piece.length;
    return entry;
  });
  return Buffer.concat([
    Buffer.from(little ? 'II' : 'MM'),
    number(2, 42),
    number(4, 8),
    directory([...first, ...linked], 8),
    ...pieces,
  ]);
}

/** GPS entries of a position in whole degrees and minutes. */
export function gpsEntries(lat: number, lon: number): readonly TiffEntry[] {
  const angle = (degrees: number) => {
    const size = Math.abs(degrees);
    return [Math.floor(size), 1, Math.round((size - Math.floor(size)) * 60_000), 1000, 0, 1];
  };
  return [
    { tag: 1, type: 2, value: lat < 0 ? 'S' : 'N' },
    { tag: 2, type: 5, value: angle(lat) },
    { tag: 3, type: 2, value: lon < 0 ? 'W' : 'E' },
    { tag: 4, type: 5, value: angle(lon) },
  ];
}
