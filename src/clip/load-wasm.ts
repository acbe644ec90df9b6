import { readFileSync } from 'node:fs';
import { builtFile } from '../config/package-root.js';

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

/**
 * The functions of a `.wat`, which the build compiles, and their memory; null where the processor has no SIMD that
 * WebAssembly knows.
 * @param name `room/file` without its ending
 */
export function loadWasm(name: string) {
  const { WebAssembly: engine } = globalThis as unknown as { readonly WebAssembly: Engine };
  const bytes = readFileSync(builtFile(`${name}.wasm`));
  if (!engine.validate(bytes)) return null;
  const memory = new engine.Memory({ initial: 1 });
  const { exports } = new engine.Instance(new engine.Module(bytes), { js: { memory } });
  return { memory, run: exports as Readonly<Record<string, (...numbers: number[]) => void>> };
}
