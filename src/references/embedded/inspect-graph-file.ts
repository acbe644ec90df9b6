import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { present } from '../../domain/present.js';

/** What a graph file of hnswlib 0.8 holds besides its vectors. */
export interface GraphFile {
  readonly sha256: string;
  readonly bytes: number;
  readonly count: number;
  readonly capacity: number;
  readonly dimension: number;
  readonly m: number;
  readonly efConstruction: number;
  /** Label of each point, in the order of insertion. */
  readonly labels: Uint32Array;
  /** 1 for a point marked as deleted. */
  readonly deleted: Uint8Array;
  readonly deletedCount: number;
}

/** What a file says of itself before its points. */
export interface GraphHeader {
  readonly count: number;
  readonly dimension: number;
  readonly m: number;
  readonly efConstruction: number;
  /** Where a search begins, and on which level; without points they mean nothing. */
  readonly entryPoint: number;
  readonly topLevel: number;
}

const HEADER_BYTES = 96;
const POINTS_PER_READ = 2048;

/**
 * Reads a graph file from end to end without hnswlib, which follows whatever links a file holds into any memory:
 * header, the size of each part, every link, every label. The layout is that of hnswlib's `saveIndex` on a 64-bit
 * little-endian machine.
 * @returns null and the reason when it is not whole and sound.
 */
export function inspectGraphFile(
  path: string,
  visitor: GraphVisitor = {},
): { graph: GraphFile } | { graph: null; problem: string } {
  let problem = 'it is no graph file';
  const graph = walk(path, {
    ...visitor,
    refuse: (reason) => {
      problem = reason;
    },
  });
  return graph === null ? { graph, problem } : { graph };
}

/**
 * A hash of the graph that does not depend on labels or spare capacity: graphs are equal when the same references were added in
 * the same order with the same links. `nameOf` gives the reference's id for a label. null when the file is not sound.
 */
export function fingerprintGraphFile(path: string, nameOf: (label: number) => string): string | null {
  const hash = createHash('sha256');
  const graph = walk(path, {
    header: (_, header) => {
      const copy = Buffer.from(header);
      copy.fill(0, 8, 16);
      hash.update(copy);
    },
    point: (bytes, label, labelOffset) => hash.update(bytes.subarray(0, labelOffset)).update(nameOf(label)),
    upper: (bytes) => hash.update(bytes),
  });
  return graph === null ? null : hash.digest('hex');
}

/** Who wants more of a file than whether it is sound. What he is shown is to be believed only once all of it was. */
export interface GraphVisitor {
  readonly header?: (header: GraphHeader, bytes: Buffer) => void;
  /** Where points from `start` on are to be read to: whole points, at most so many. */
  readonly room?: (start: number, most: number) => Buffer;
  readonly point?: (bytes: Buffer, label: number, labelOffset: number) => void;
  /** The links above the lowest level: for each point their bytes and, after that number, they. */
  readonly upper?: (bytes: Buffer) => void;
}

type Visitor = GraphVisitor & { readonly refuse?: (reason: string) => void };

function walk(path: string, visitor: Visitor): GraphFile | null {
  const handle = openSync(path, 'r');
  try {
    return walkOpen(handle, visitor);
  } finally {
    closeSync(handle);
  }
}

function walkOpen(handle: number, visitor: Visitor): GraphFile | null {
  const refuse = (reason: string): null => {
    visitor.refuse?.(reason);
    return null;
  };
  const bytes = fstatSync(handle).size;
  const hash = createHash('sha256');
  const header = Buffer.alloc(HEADER_BYTES);
  if (readSync(handle, header, 0, HEADER_BYTES, 0) !== HEADER_BYTES)
    return refuse(`it is ${bytes} bytes long, shorter than a header`);
  hash.update(header);
  const fields = readHeader(header);
  const { count, pointBytes, labelOffset, m, maxM, maxM0 } = fields;
  const dimension = (labelOffset - fields.vectorOffset) / 4;
  if (
    fields.linksOffset !== 0 ||
    m < 2 ||
    m > 10_000 ||
    maxM !== m ||
    maxM0 !== 2 * m ||
    fields.vectorOffset !== 4 + 4 * maxM0 ||
    pointBytes !== labelOffset + 8 ||
    !Number.isInteger(dimension) ||
    dimension < 1
  ) {
    return refuse('its header does not hold together');
  }
  if (count > fields.capacity || HEADER_BYTES + count * pointBytes > bytes || (count > 0 && fields.entryPoint >= count))
    return refuse(`it is ${bytes} bytes long, too short for the ${count} points of its header`);
  const { efConstruction, entryPoint, topLevel } = fields;
  visitor.header?.({ count, dimension, m, efConstruction, entryPoint, topLevel }, header);
  const labels = new Uint32Array(count);
  const deleted = new Uint8Array(count);
  let deletedCount = 0;
  const block = visitor.room === undefined ? Buffer.alloc(POINTS_PER_READ * pointBytes) : null;
  let position = HEADER_BYTES;
  for (let start = 0, points = 0; start < count; start += points) {
    const most = Math.min(POINTS_PER_READ, count - start);
    const part = block?.subarray(0, most * pointBytes) ?? present(visitor.room)(start, most);
    points = part.length / pointBytes;
    if (readSync(handle, part, 0, part.length, position) !== part.length) return refuse('it ends within its points');
    position += part.length;
    hash.update(part);
    for (let i = 0; i < points; i++) {
      const at = i * pointBytes;
      if (!linksAreSound(part, at, maxM0, count)) return refuse(`point ${start + i} has a link that leads nowhere`);
      if (part.readUInt32LE(at + labelOffset + 4) !== 0) return refuse(`point ${start + i} has a label over 32 bits`);
      labels[start + i] = part.readUInt32LE(at + labelOffset);
      deleted[start + i] = part.readUInt8(at + 2) & 1;
      deletedCount += present(deleted[start + i]);
      visitor.point?.(part.subarray(at, at + pointBytes), present(labels[start + i]), labelOffset);
    }
  }
  const tail = Buffer.alloc(bytes - position);
  if (readSync(handle, tail, 0, tail.length, position) !== tail.length) return refuse('it ends within its links');
  hash.update(tail);
  const levelBytes = 4 + 4 * maxM;
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 4 > tail.length) return refuse('it ends within its links');
    const size = tail.readUInt32LE(at);
    if (size % levelBytes !== 0 || at + 4 + size > tail.length) return refuse(`point ${i} has links of a wrong size`);
    for (let level = at + 4; level < at + 4 + size; level += levelBytes) {
      if (!linksAreSound(tail, level, maxM, count)) return refuse(`point ${i} has a link that leads nowhere`);
    }
    at += 4 + size;
  }
  if (at !== tail.length) return refuse(`it has ${tail.length - at} bytes too many`);
  visitor.upper?.(tail);
  return {
    sha256: hash.digest('hex'),
    bytes,
    count,
    capacity: fields.capacity,
    dimension,
    m,
    efConstruction,
    labels,
    deleted,
    deletedCount,
  };
}

function readHeader(header: Buffer) {
  const size = (at: number) => Number(header.readBigUInt64LE(at));
  return {
    linksOffset: size(0),
    capacity: size(8),
    count: size(16),
    pointBytes: size(24),
    labelOffset: size(32),
    vectorOffset: size(40),
    topLevel: header.readInt32LE(48),
    entryPoint: header.readUInt32LE(52),
    maxM: size(56),
    maxM0: size(64),
    m: size(72),
    efConstruction: size(88),
  };
}

function linksAreSound(buffer: Buffer, at: number, most: number, count: number): boolean {
  const links = buffer.readUInt16LE(at);
  if (links > most) return false;
  for (let i = 0; i < links; i++) if (buffer.readUInt32LE(at + 4 + 4 * i) >= count) return false;
  return true;
}
