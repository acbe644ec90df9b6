import { createRequire } from 'node:module';
import { join } from 'node:path';
import { packageRoot } from './package-root.js';

/**
 * A CommonJS package that is loaded when it is first asked for: imported, it would cost every command and every thread that
 * starts, whether it needs it or not (sharp 110 ms of processor time, h3-js 80).
 */
export function packageWhenUsed<Package>(name: string, prepare?: (loaded: Package) => void): () => Package {
  let loaded: Package | undefined;
  return () => {
    if (loaded === undefined) {
      loaded = createRequire(join(packageRoot(), 'package.json'))(name) as Package;
      prepare?.(loaded);
    }
    return loaded;
  };
}
