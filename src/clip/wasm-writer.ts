/** Just enough of the WebAssembly binary format (core specification 2.0, chapter 5) to write a few loops with SIMD. */
export type Code = readonly (number | Code)[];

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value >>> 0; ; ) {
    const low = rest & 0x7f;
    rest >>>= 7;
    if (rest === 0) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; ) {
    const low = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)];
const VOID = 0x40;
const I32 = 0x7f;
const V128 = 0x7b;

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [value, 0x21, ...unsigned(local)];
export const i32 = (value: number): Code => [0x41, ...signed(value)];
export const add = (a: Code, b: Code): Code => [a, b, 0x6a];
export const load = (address: Code, offset: number): Code => [address, 0x28, 2, ...unsigned(offset)];
/** Adds a constant or another local to a local. */
export const advance = (local: number, by: number | Code): Code =>
  set(local, add(get(local), typeof by === 'number' ? i32(by) : by));

/** Runs `body` `counter` times, at least once, and leaves the counter at 0. */
export const repeat = (counter: number, ...body: Code[]): Code => [
  [0x03, VOID],
  ...body,
  [add(get(counter), i32(-1)), 0x22, ...unsigned(counter)],
  [0x0d, 0],
  [0x0b],
];

export const load128 = (address: Code, offset = 0): Code => [address, ...simd(0), 0, ...unsigned(offset)];
/** Eight unsigned bytes as eight 16-bit lanes. */
export const load8x8 = (address: Code): Code => [address, ...simd(2), 0, 0];
export const load32Splat = (address: Code, offset: number): Code => [address, ...simd(9), 0, ...unsigned(offset)];
export const store32 = (address: Code, value: Code): Code => [address, value, ...simd(90), 0, 0, 0];
export const store64 = (address: Code, value: Code): Code => [address, value, ...simd(91), 0, 0, 0];
export const store128 = (address: Code, value: Code): Code => [address, value, ...simd(11), 0, 0];
export const v128 = (bytes: readonly number[]): Code => [...simd(12), ...bytes];
export const splat = (value: number): Code => [i32(value), ...simd(17)];
export const shuffle = (a: Code, b: Code, lanes: readonly number[]): Code => [a, b, ...simd(13), ...lanes];
/** Bytes of `a` by the indices in `lanes`; 128 gives 0. */
export const swizzle = (a: Code, lanes: readonly number[]): Code => [a, v128(lanes), ...simd(14)];
export const add32x4 = (a: Code, b: Code): Code => [a, b, ...simd(174)];
export const addFloats = (a: Code, b: Code): Code => [a, b, ...simd(228)];
export const multiplyFloats = (a: Code, b: Code): Code => [a, b, ...simd(230)];
/** Products of 16-bit lanes, neighbours added to 32 bits. */
export const dot = (a: Code, b: Code): Code => [a, b, ...simd(186)];
export const shiftLeft = (a: Code, bits: number): Code => [a, i32(bits), ...simd(171)];
export const shiftRight = (a: Code, bits: number): Code => [a, i32(bits), ...simd(172)];
/** Two vectors of 32-bit lanes to bytes 0 to 255, saturating; the first eight count. */
export const toBytes = (a: Code, b: Code): Code => {
  const halves: Code = [a, b, ...simd(134)];
  return [halves, v128(new Array<number>(16).fill(0)), ...simd(102)];
};

export interface WasmFunction {
  readonly name: string;
  /** Parameters, all i32; they are the first locals. */
  readonly parameters: number;
  /** Locals after the parameters: i32 ones first, then v128 ones. */
  readonly integers: number;
  readonly vectors: number;
  readonly body: readonly Code[];
}

/** A module that imports its memory as `js.memory` and exports the functions. */
function wasmModule(functions: readonly WasmFunction[]): Uint8Array<ArrayBuffer> {
  const name = (text: string): Code => [...unsigned(text.length), ...Buffer.from(text)];
  const list = (items: readonly Code[]): Code => [...unsigned(items.length), ...items];
  const sized = (content: Code): Code => {
    const bytes = flatten(content);
    return [...unsigned(bytes.length), ...bytes];
  };
  const section = (id: number, items: readonly Code[]): Code => [id, sized(list(items))];
  const code = functions.map(({ integers, vectors, body }) =>
    sized([2, ...unsigned(integers), I32, ...unsigned(vectors), V128, ...body, 0x0b]),
  );
  return Uint8Array.from(
    flatten([
      [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(
        1,
        functions.map(({ parameters }) => [0x60, list(new Array<Code>(parameters).fill([I32])), 0]),
      ),
      section(2, [[name('js'), name('memory'), 2, 0, 1]]),
      section(
        3,
        functions.map((_, i) => unsigned(i)),
      ),
      section(
        7,
        functions.map((one, i) => [name(one.name), 0, ...unsigned(i)]),
      ),
      section(10, code),
    ]),
  );
}

function flatten(code: Code): number[] {
  return code.flatMap((part) => (typeof part === 'number' ? [part] : flatten(part)));
}

/** What is used of the engine's own interface: the compiler's libraries declare it for browsers only. */
interface Engine {
  validate(bytes: Uint8Array): boolean;
  readonly Memory: new (size: { initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** By pages of 64 KiB; views of the old buffer are void afterwards. */
  grow(pages: number): void;
}

/** The functions and their memory; null where the processor has no SIMD that WebAssembly knows. */
export function instantiate(functions: readonly WasmFunction[]) {
  const { WebAssembly: engine } = globalThis as unknown as { readonly WebAssembly: Engine };
  const bytes = wasmModule(functions);
  if (!engine.validate(bytes)) return null;
  const memory = new engine.Memory({ initial: 1 });
  const { exports } = new engine.Instance(new engine.Module(bytes), { js: { memory } });
  return { memory, run: exports as Readonly<Record<string, (...numbers: number[]) => void>> };
}
