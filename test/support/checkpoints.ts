import { deflateRawSync } from 'node:zlib';

/** The bits of float32 values, which tell -0 from 0 and one NaN from another. */
export function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

export interface HeaderEntry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data_offsets: readonly number[];
}

/** A safetensors file of any header, also a wrong one; `length` is what its first eight bytes say. */
export function safetensorsBytes(
  header: Readonly<Record<string, HeaderEntry>> | string,
  dataBytes: number | Uint8Array,
  length?: bigint,
): Buffer {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([start, text, typeof dataBytes === 'number' ? Buffer.alloc(dataBytes) : dataBytes]);
}

/** A safetensors file of float32 tensors, all zeros but for `values`. */
export function floatTensors(
  shapes: ReadonlyMap<string, readonly number[]>,
  values: Readonly<Record<string, number>> = {},
): Buffer {
  const header: Record<string, HeaderEntry> = {};
  const parts: Buffer[] = [];
  let end = 0;
  for (const [name, shape] of shapes) {
    const data = new Float32Array(shape.reduce((count, side) => count * side, 1)).fill(values[name] ?? 0);
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] };
    end += data.byteLength;
    parts.push(Buffer.from(data.buffer));
  }
  return safetensorsBytes(header, Buffer.concat(parts));
}

export interface ZipEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflate?: boolean;
  /** Says this of the unpacked size, in both headers, whatever it is. */
  readonly claimedBytes?: number;
  /** Points to the local header of the entry before, as a bomb of overlapping entries does. */
  readonly overlapping?: boolean;
  readonly encrypted?: boolean;
}

/** A zip archive; the format's own description is PKWARE's APPNOTE. Checksums are left zero. */
export function zipBytes(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  let last = 0;
  for (const entry of entries) {
    const data = entry.deflate ? deflateRawSync(entry.bytes) : Buffer.from(entry.bytes);
    const name = Buffer.from(entry.name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(entry.encrypted ? 1 : 0, 2);
    common.writeUInt16LE(entry.deflate ? 8 : 0, 4);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(entry.claimedBytes ?? entry.bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    const offset = Buffer.alloc(14);
    offset.writeUInt32LE(entry.overlapping ? last : at, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, offset, name);
    if (entry.overlapping) continue;
    last = at;
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, data]);
    parts.push(local);
    at += local.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, listing, end]);
}

/** Pieces of a pickle, named as Python's pickletools names them. */
export const op = {
  proto: (version = 2) => Buffer.of(0x80, version),
  global: (module: string, name: string) => Buffer.from(`c${module}\n${name}\n`),
  text: (text: string) => Buffer.concat([Buffer.of(0x8c, Buffer.byteLength(text)), Buffer.from(text)]),
  int: (value: number) => {
    const bytes = Buffer.of(0x4a, 0, 0, 0, 0);
    bytes.writeInt32LE(value, 1);
    return bytes;
  },
  mark: Buffer.from('('),
  tuple: Buffer.from('t'),
  emptyTuple: Buffer.from(')'),
  emptyDict: Buffer.from('}'),
  setItem: Buffer.from('s'),
  setItems: Buffer.from('u'),
  reduce: Buffer.from('R'),
  build: Buffer.from('b'),
  persistent: Buffer.from('Q'),
  no: Buffer.of(0x89),
  stop: Buffer.from('.'),
};

export interface ViewOptions {
  readonly storage?: string;
  readonly key?: string;
  readonly count?: number;
  readonly offset?: number;
  readonly shape?: readonly number[];
  readonly strides?: readonly number[];
}

/** The call that makes a tensor in torch's pickles: by default four float32 of storage 0. */
export function tensorPickle(options: ViewOptions = {}): Buffer {
  const sizes = (values: readonly number[]) => [op.mark, ...values.map(op.int), op.tuple];
  return Buffer.concat([
    op.global('torch._utils', '_rebuild_tensor_v2'),
    op.mark,
    ...[op.mark, op.text('storage'), op.global('torch', options.storage ?? 'FloatStorage')],
    ...[op.text(options.key ?? '0'), op.text('cpu'), op.int(options.count ?? 4), op.tuple, op.persistent],
    op.int(options.offset ?? 0),
    ...sizes(options.shape ?? [4]),
    ...sizes(options.strides ?? [1]),
    op.no,
    ...[op.global('collections', 'OrderedDict'), op.emptyTuple, op.reduce],
    op.tuple,
    op.reduce,
  ]);
}

/** A whole pickle of a dict with these values. */
export function dictPickle(values: Readonly<Record<string, Buffer>>): Buffer {
  const items = Object.entries(values).flatMap(([key, value]) => [op.text(key), value]);
  return Buffer.concat([op.proto(), op.emptyDict, op.mark, ...items, op.setItems, op.stop]);
}

/** The archive of torch.save with this pickle and, unless others are given, one storage of 1, 2, 3, 4. */
export function torchBytes(
  pickle: Buffer,
  others: readonly ZipEntry[] = [{ name: 'a/data/0', bytes: Buffer.from(Float32Array.of(1, 2, 3, 4).buffer) }],
): Buffer {
  return zipBytes([{ name: 'a/data.pkl', bytes: pickle }, ...others]);
}
