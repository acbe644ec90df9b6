import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Development dependencies whose code or data the page's bundle holds; `world-atlas` by way of web/vite.config.ts. */
export const IN_PAGE = ['@preact/signals', 'maplibre-gl', 'preact', 'world-atlas'];

/**
 * What the published package brings along or has installed, as the lockfile says: all that is not for development alone, and
 * what the page holds.
 * @param {string} root folder of the project
 * @returns {{ name: string, version: string, licence: string | null }[]}
 */
export function shippedPackages(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const shipped = new Set(Object.keys(packages).filter((path) => path !== '' && packages[path].dev !== true));
  const add = (path) => {
    if (shipped.has(path)) return;
    shipped.add(path);
    for (const name of Object.keys(packages[path].dependencies ?? {})) add(find(packages, path, name));
  };
  for (const name of IN_PAGE) add(find(packages, '', name));
  return [...shipped].map((path) => {
    const { name, version, license } = packages[path];
    return { name: name ?? path.slice(path.lastIndexOf('node_modules/') + 13), version, licence: license ?? null };
  });
}

/** As Node finds it: the nearest folder of packages on the way up. */
function find(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (folder === '') throw new Error(`Expected ${name}, which ${from || 'the project'} needs, in package-lock.json.`);
  }
}
