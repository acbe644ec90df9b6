import type { RgbImage } from '../images/decode-image.js';
import type { Taps } from './resample.js';
import {
  add,
  add32x4,
  advance,
  type Code,
  dot,
  get,
  instantiate,
  load,
  load8x8,
  load32Splat,
  load128,
  repeat,
  set,
  shiftLeft,
  shiftRight,
  shuffle,
  splat,
  store32,
  store64,
  swizzle,
  toBytes,
  v128,
  type WasmFunction,
  type WasmMemory,
} from './wasm-writer.js';

/**
 * The two passes of resample.ts with SIMD, bit for bit the same. A weight of 22 fraction bits does not fit the 16-bit
 * lanes of the one multiply-and-add instruction there is, so it is split: w = high · 2^11 + low, and
 * Σ p·w = (Σ p·high << 11) + Σ p·low. Sums may wrap around at 2^32: the total fits, and arithmetic modulo 2^32 is exact.
 */
const LOW_BITS = 11;
const BITS = 22;
const ZERO = v128(new Array<number>(16).fill(0));

/** From the two halves of the sums to rounded 32-bit levels. */
const level = (high: number, low: number): Code =>
  shiftRight(add32x4(add32x4(shiftLeft(get(high), LOW_BITS), get(low)), splat(1 << (BITS - 1))), BITS);

const accumulate = (sum: number, pixels: Code, weights: Code): Code =>
  set(sum, add32x4(get(sum), dot(pixels, weights)));

/** Of four RGB pixels in a row, two as 16-bit lanes `R R G G B B 0 0`. */
const pair = (first: number): number[] =>
  [0, 3, 1, 4, 2, 5].flatMap((at) => [first * 3 + at, 128]).concat([128, 128, 128, 128]);

function rowsFunction(): WasmFunction {
  const [source, result, rows, sourcePitch, resultPitch, count, table, weights] = [0, 1, 2, 3, 4, 5, 6, 7];
  const [out, left, entry, weight, pixel, quads] = [8, 9, 10, 11, 12, 13];
  const [high, low, four, two] = [14, 15, 16, 17];
  const body = repeat(
    rows as number,
    set(out as number, get(result as number)),
    set(left as number, get(count as number)),
    set(entry as number, get(table as number)),
    set(weight as number, get(weights as number)),
    repeat(
      left as number,
      set(pixel as number, add(get(source as number), load(get(entry as number), 0))),
      set(quads as number, load(get(entry as number), 4)),
      set(high as number, ZERO),
      set(low as number, ZERO),
      repeat(
        quads as number,
        set(four as number, load128(get(pixel as number))),
        ...[0, 1].flatMap((half) => [
          set(two as number, swizzle(get(four as number), pair(half * 2))),
          accumulate(high as number, get(two as number), load32Splat(get(weight as number), half * 8)),
          accumulate(low as number, get(two as number), load32Splat(get(weight as number), half * 8 + 4)),
        ]),
        advance(pixel as number, 12),
        advance(weight as number, 16),
      ),
      store32(get(out as number), toBytes(level(high as number, low as number), ZERO)),
      advance(out as number, 3),
      advance(entry as number, 8),
    ),
    advance(source as number, get(sourcePitch as number)),
    advance(result as number, get(resultPitch as number)),
  );
  return { name: 'shrinkRows', parameters: 8, integers: 6, vectors: 4, body: [body] };
}

function columnsFunction(): WasmFunction {
  const [source, result, rows, pitch, eights, table, weights] = [0, 1, 2, 3, 4, 5, 6];
  const [top, left, weight, pixel, pairs] = [7, 8, 9, 10, 11];
  const [highA, lowA, highB, lowB, one, two, lanes, split] = [12, 13, 14, 15, 16, 17, 18, 19];
  const interleave = (from: number): number[] =>
    [0, 1, 2, 3].flatMap((lane) => [0, 16].flatMap((side) => [side + from + lane * 2, side + from + lane * 2 + 1]));
  const body = repeat(
    rows as number,
    set(top as number, add(get(source as number), load(get(table as number), 0))),
    set(left as number, get(eights as number)),
    repeat(
      left as number,
      set(pixel as number, get(top as number)),
      set(weight as number, get(weights as number)),
      set(pairs as number, load(get(table as number), 4)),
      ...[highA, lowA, highB, lowB].map((sum) => set(sum as number, ZERO)),
      repeat(
        pairs as number,
        set(one as number, load8x8(get(pixel as number))),
        set(two as number, load8x8(add(get(pixel as number), get(pitch as number)))),
        set(lanes as number, shuffle(get(one as number), get(two as number), interleave(0))),
        set(split as number, load32Splat(get(weight as number), 0)),
        accumulate(highA as number, get(lanes as number), get(split as number)),
        accumulate(lowA as number, get(lanes as number), load32Splat(get(weight as number), 4)),
        set(lanes as number, shuffle(get(one as number), get(two as number), interleave(8))),
        accumulate(highB as number, get(lanes as number), get(split as number)),
        accumulate(lowB as number, get(lanes as number), load32Splat(get(weight as number), 4)),
        advance(pixel as number, add(get(pitch as number), get(pitch as number))),
        advance(weight as number, 8),
      ),
      store64(
        get(result as number),
        toBytes(level(highA as number, lowA as number), level(highB as number, lowB as number)),
      ),
      advance(result as number, 8),
      advance(top as number, 8),
    ),
    set(weights as number, get(weight as number)),
    advance(table as number, 8),
  );
  return { name: 'shrinkColumns', parameters: 7, integers: 5, vectors: 8, body: [body] };
}

/** The parameters are those of rowsFunction and columnsFunction. */
interface Passes {
  readonly shrinkRows: (...numbers: number[]) => void;
  readonly shrinkColumns: (...numbers: number[]) => void;
}

export class SimdResampler {
  private constructor(
    private readonly memory: WasmMemory,
    private readonly passes: Passes,
  ) {}

  /** Null where the processor has no SIMD that WebAssembly knows. */
  static create(): SimdResampler | null {
    const made = instantiate([rowsFunction(), columnsFunction()]);
    return made === null ? null : new SimdResampler(made.memory, made.run as unknown as Passes);
  }

  /** Both passes over the rows `top … top + rows` of the picture. `down.first` counts from the picture's top. */
  resample(image: RgbImage, across: Taps, down: Taps, top: number, rows: number): Uint8Array {
    const width = across.first.length;
    const height = down.first.length;
    const pitch = Math.ceil((width * 3) / 8) * 8;
    const sourcePitch = image.width * 3;
    const block = Math.min(rows, Math.max(1, Math.floor(BLOCK_BYTES / sourcePitch)));
    const acrossTable = packTaps(across, 4, (first) => first * 3);
    const downTable = packTaps(down, 2, (first) => (first - top) * pitch);
    const at = layout([
      acrossTable.table.byteLength,
      acrossTable.weights.byteLength,
      downTable.table.byteLength,
      downTable.weights.byteLength,
      block * sourcePitch,
      (rows + 1) * pitch,
      height * pitch,
    ]);
    const [acrossAt, acrossWeights, downAt, downWeights, sourceAt, rowsAt, resultAt, end] = at as Eight;
    this.grow(end);
    const memory = new Uint8Array(this.memory.buffer);
    const put = (array: Int32Array | Int16Array, address: number) =>
      memory.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), address);
    put(acrossTable.table, acrossAt);
    put(acrossTable.weights, acrossWeights);
    put(downTable.table, downAt);
    put(downTable.weights, downWeights);
    for (let y = 0; y < rows; y += block) {
      const count = Math.min(block, rows - y);
      memory.set(image.data.subarray((top + y) * sourcePitch, (top + y + count) * sourcePitch), sourceAt);
      const target = rowsAt + y * pitch;
      this.passes.shrinkRows(sourceAt, target, count, sourcePitch, pitch, width, acrossAt, acrossWeights);
    }
    this.passes.shrinkColumns(rowsAt, resultAt, height, pitch, pitch / 8, downAt, downWeights);
    const result = new Uint8Array(height * width * 3);
    for (let y = 0; y < height; y++) {
      result.set(memory.subarray(resultAt + y * pitch, resultAt + y * pitch + width * 3), y * width * 3);
    }
    return result;
  }

  private grow(bytes: number): void {
    const missing = bytes - this.memory.buffer.byteLength;
    if (missing > 0) this.memory.grow(Math.ceil(missing / 65536));
  }
}

type Eight = [number, number, number, number, number, number, number, number];

/** So much of the source lies in WebAssembly's memory at a time: it stays in the processor's second cache. */
const BLOCK_BYTES = 256 * 1024;

/** Addresses of parts of these sizes one after the other, and the end; 16 bytes between, for reads past a row's end. */
function layout(sizes: readonly number[]): number[] {
  const at = [0];
  for (const size of sizes) at.push(Math.ceil(((at.at(-1) as number) + size + 16) / 16) * 16);
  return at;
}

/**
 * For each output the address of its first input and its number of groups, and the weights in groups: for each two taps
 * their high halves, then their low ones. Groups are filled up with weights of 0.
 */
function packTaps(taps: Taps, group: 2 | 4, address: (first: number) => number) {
  const count = taps.first.length;
  const table = new Int32Array(count * 2);
  let groups = 0;
  for (let i = 0; i < count; i++) {
    table[i * 2] = address(taps.first[i] as number);
    table[i * 2 + 1] = Math.ceil((taps.length[i] as number) / group);
    groups += table[i * 2 + 1] as number;
  }
  const weights = new Int16Array(groups * group * 2);
  let out = 0;
  for (let i = 0; i < count; i++) {
    const length = taps.length[i] as number;
    const end = (table[i * 2 + 1] as number) * group;
    for (let k = 0; k < end; k += 2, out += 4) {
      for (let side = 0; side < 2; side++) {
        const weight = k + side < length ? (taps.weights[i * taps.stride + k + side] as number) : 0;
        weights[out + side] = weight >> LOW_BITS;
        weights[out + 2 + side] = weight & ((1 << LOW_BITS) - 1);
      }
    }
  }
  return { table, weights };
}
