import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';

/** Path below test/fixtures. */
export function fixture(...parts: string[]): string {
  return join(process.cwd(), 'test', 'fixtures', ...parts);
}

/** Contents of a fixture; of `name.br` where that is what lies there. */
export function fixtureBytes(...parts: string[]): Buffer {
  const bytes = readFileSync(fixture(...parts));
  return parts.at(-1)?.endsWith('.br') ? brotliDecompressSync(bytes) : bytes;
}

/** Little-endian float32 values. */
export function floats(bytes: Buffer): Float32Array {
  return new Float32Array(Uint8Array.from(bytes).buffer);
}
