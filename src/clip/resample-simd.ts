import { present as checked } from '../domain/present.js';
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

// A constant of this file costs nothing in a hot loop, an import does (domain/present.ts).
const present = checked;

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
    rows,
    set(out, get(result)),
    set(left, get(count)),
    set(entry, get(table)),
    set(weight, get(weights)),
    repeat(
      left,
      set(pixel, add(get(source), load(get(entry), 0))),
      set(quads, load(get(entry), 4)),
      set(high, ZERO),
      set(low, ZERO),
      repeat(
        quads,
        set(four, load128(get(pixel))),
        ...[0, 1].flatMap((half) => [
          set(two, swizzle(get(four), pair(half * 2))),
          accumulate(high, get(two), load32Splat(get(weight), half * 8)),
          accumulate(low, get(two), load32Splat(get(weight), half * 8 + 4)),
        ]),
        advance(pixel, 12),
        advance(weight, 16),
      ),
      store32(get(out), toBytes(level(high, low), ZERO)),
      advance(out, 3),
      advance(entry, 8),
    ),
    advance(source, get(sourcePitch)),
    advance(result, get(resultPitch)),
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
    rows,
    set(top, add(get(source), load(get(table), 0))),
    set(left, get(eights)),
    repeat(
      left,
      set(pixel, get(top)),
      set(weight, get(weights)),
      set(pairs, load(get(table), 4)),
      ...[highA, lowA, highB, lowB].map((sum) => set(sum, ZERO)),
      repeat(
        pairs,
        set(one, load8x8(get(pixel))),
        set(two, load8x8(add(get(pixel), get(pitch)))),
        set(lanes, shuffle(get(one), get(two), interleave(0))),
        set(split, load32Splat(get(weight), 0)),
        accumulate(highA, get(lanes), get(split)),
        accumulate(lowA, get(lanes), load32Splat(get(weight), 4)),
        set(lanes, shuffle(get(one), get(two), interleave(8))),
        accumulate(highB, get(lanes), get(split)),
        accumulate(lowB, get(lanes), load32Splat(get(weight), 4)),
        advance(pixel, add(get(pitch), get(pitch))),
        advance(weight, 8),
      ),
      store64(get(result), toBytes(level(highA, lowA), level(highB, lowB))),
      advance(result, 8),
      advance(top, 8),
    ),
    set(weights, get(weight)),
    advance(table, 8),
  );
  return { name: 'shrinkColumns', parameters: 7, integers: 5, vectors: 8, body: [body] };
}

/** The parameters are those of rowsFunction and columnsFunction. */
interface Passes {
  readonly shrinkRows: (...numbers: number[]) => void;
  readonly shrinkColumns: (...numbers: number[]) => void;
}

export class SimdResampler {
  readonly #memory: WasmMemory;
  readonly #passes: Passes;

  private constructor(memory: WasmMemory, passes: Passes) {
    this.#memory = memory;
    this.#passes = passes;
  }

  /** Null where the processor has no SIMD that WebAssembly knows. */
  static create(): SimdResampler | null {
    const made = instantiate([rowsFunction(), columnsFunction()]);
    return made === null
      ? null
      : new SimdResampler(made.memory, {
          shrinkRows: present(made.run.shrinkRows),
          shrinkColumns: present(made.run.shrinkColumns),
        });
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
    this.#grow(end);
    const memory = new Uint8Array(this.#memory.buffer);
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
      this.#passes.shrinkRows(sourceAt, target, count, sourcePitch, pitch, width, acrossAt, acrossWeights);
    }
    this.#passes.shrinkColumns(rowsAt, resultAt, height, pitch, pitch / 8, downAt, downWeights);
    const result = new Uint8Array(height * width * 3);
    for (let y = 0; y < height; y++) {
      result.set(memory.subarray(resultAt + y * pitch, resultAt + y * pitch + width * 3), y * width * 3);
    }
    return result;
  }

  #grow(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / 65536));
  }
}

type Eight = [number, number, number, number, number, number, number, number];

/** So much of the source lies in WebAssembly's memory at a time: it stays in the processor's second cache. */
const BLOCK_BYTES = 256 * 1024;

/** Addresses of parts of these sizes one after the other, and the end; 16 bytes between, for reads past a row's end. */
function layout(sizes: readonly number[]): number[] {
  const at = [0];
  for (const size of sizes) at.push(Math.ceil((present(at.at(-1)) + size + 16) / 16) * 16);
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
    table[i * 2] = address(present(taps.first[i]));
    table[i * 2 + 1] = Math.ceil(present(taps.length[i]) / group);
    groups += present(table[i * 2 + 1]);
  }
  const weights = new Int16Array(groups * group * 2);
  let out = 0;
  for (let i = 0; i < count; i++) {
    const length = present(taps.length[i]);
    const end = present(table[i * 2 + 1]) * group;
    for (let k = 0; k < end; k += 2, out += 4) {
      for (let side = 0; side < 2; side++) {
        const weight = k + side < length ? present(taps.weights[i * taps.stride + k + side]) : 0;
        weights[out + side] = weight >> LOW_BITS;
        weights[out + 2 + side] = weight & ((1 << LOW_BITS) - 1);
      }
    }
  }
  return { table, weights };
}
