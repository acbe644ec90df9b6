import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { packageRoot } from '../../config/package-root.js';
import { fault, type StreetdexError } from '../../domain/errors.js';

/** The version that the golden pictures were compared with. */
const LIBHEIF = 'libheif-js@1.23.2';

/** Path of the decoder's module, resolved as any package of streetdex's; null where the user has not installed it. */
export function findLibheif(): string | null {
  try {
    return createRequire(join(packageRoot(), 'package.json')).resolve('libheif-js/wasm-bundle');
  } catch {
    return null;
  }
}

/** `heic_decoder_missing`. `problem`: `is not installed`, `cannot be used`. */
export function decoderMissing(problem: string): StreetdexError {
  const { command, where } = installation(packageRoot());
  return fault(
    'heic_decoder_missing',
    `Expected the optional package libheif-js for the pixels of a HEIC picture, but it ${problem}. Install it ${where}: ${command}`,
  );
}

/**
 * How to install the package where `findLibheif` looks: for a checkout, a project that depends on streetdex, or npm's global
 * folder.
 */
export function installation(root: string): { readonly command: string; readonly where: string } {
  if (basename(dirname(root)) !== 'node_modules') {
    return { command: `npm install --no-save ${LIBHEIF}`, where: "in streetdex's folder" };
  }
  return existsSync(join(dirname(dirname(root)), 'package.json'))
    ? { command: `npm install ${LIBHEIF}`, where: 'in the project that streetdex is installed in' }
    : { command: `npm install --global ${LIBHEIF}`, where: 'beside streetdex' };
}
