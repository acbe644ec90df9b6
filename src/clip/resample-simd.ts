import { present } from '../domain/present.js';
import type { RgbImage } from '../images/decode-image.js';
import { loadWasm, type WasmMemory } from './load-wasm.js';
import type { Taps } from './taps.js';

/** Weights are split at this bit; resample-simd.wat says why. */
const LOW_BITS = 11;

/** The parameters are those in resample-simd.wat. */
interface Passes {
  readonly shrinkRows: (...numbers: number[]) => void;
  readonly shrinkColumns: (...numbers: number[]) => void;
}

/** The two passes of resample.ts with SIMD, bit for bit the same. */
export class SimdResampler {
  readonly #memory: WasmMemory;
  readonly #passes: Passes;

  private constructor(memory: WasmMemory, passes: Passes) {
    this.#memory = memory;
    this.#passes = passes;
  }

  /** Null where the processor has no SIMD for WebAssembly. */
  static create(): SimdResampler | null {
    const made = loadWasm('clip/resample-simd');
    // The functions of resample-simd.wat.
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
    // `layout` gives an address for each size, and the end.
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

/** Bytes of the source in WebAssembly's memory at a time: they stay in the second-level cache. */
const BLOCK_BYTES = 256 * 1024;

/** Addresses of consecutive parts of these sizes, and the end; 16 bytes between them, for reads past a row's end. */
function layout(sizes: readonly number[]): number[] {
  const at = [0];
  for (const size of sizes) at.push(Math.ceil((present(at.at(-1)) + size + 16) / 16) * 16);
  return at;
}

/**
 * For each output the address of its first input and its number of groups, and the weights in groups: for each two taps their
 * high halves, then their low ones. Groups are padded with weights of 0.
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
