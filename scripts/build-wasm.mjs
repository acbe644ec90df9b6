// Part of `npm run build:program`: compiles each .wat of src/ to a .wasm at its place in dist/.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import startWabt from 'wabt';

const { parseWat } = await startWabt();
for (const name of readdirSync('src', { recursive: true })) {
  if (!name.endsWith('.wat')) continue;
  const module = parseWat(name, readFileSync(join('src', name), 'utf8'), { simd: true });
  writeFileSync(join('dist', name.replace(/wat$/, 'wasm')), module.toBinary({}).buffer);
}
