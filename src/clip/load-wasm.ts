import { readFileSync } from 'node:fs';
import { builtFile } from '../config/package-root.js';

/** The used part of the WebAssembly interface, which TypeScript's libraries declare for browsers only. */
interface Engine {
  validate(bytes: Uint8Array): boolean;
  readonly Memory: new (size: { initial: number }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  /** Grows by pages of 64 KiB; views of the old buffer are detached. */
  grow(pages: number): void;
}

/**
 * Loads a module that the build compiled from a `.wat`: its functions and memory; null where the processor has no SIMD for
 * WebAssembly.
 * @param name `room/file` without extension
 */
export function loadWasm(name: string) {
  const { WebAssembly: engine } = globalThis as unknown as { readonly WebAssembly: Engine };
  const bytes = readFileSync(builtFile(`${name}.wasm`));
  if (!engine.validate(bytes)) return null;
  const memory = new engine.Memory({ initial: 1 });
  const { exports } = new engine.Instance(new engine.Module(bytes), { js: { memory } });
  // A `.wat` of ours exports functions of numbers alone.
  return { memory, run: exports as Readonly<Record<string, (...numbers: number[]) => void>> };
}
