import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { present } from '../domain/present.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};

export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
  /** The same bytes compressed, as the build left them. */
  readonly encoded: { readonly br?: Buffer; readonly gzip?: Buffer };
  readonly etag: string;
  /** Its name holds a hash of its content. */
  readonly immutable: boolean;
}

/** The files of the built page by their path below `/`; null where it has not been built. They are a few MB. */
export function readPageFiles(folder: string): ReadonlyMap<string, PageFile> | null {
  if (!existsSync(join(folder, 'index.html'))) return null;
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
    .map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    names.map((path) => [
      `/${path
        .slice(folder.length + 1)
        .split(sep)
        .join('/')}`,
      readPageFile(path),
    ]),
  );
}

function readPageFile(path: string): PageFile {
  const bytes = readFileSync(path);
  const [br, gzip] = [`${path}.br`, `${path}.gz`].map((file) => (existsSync(file) ? readFileSync(file) : undefined));
  return {
    type: present(TYPES[extname(path)]),
    bytes,
    encoded: { ...(br && { br }), ...(gzip && { gzip }) },
    etag: etagOf(bytes),
    immutable: path.includes(`${sep}assets${sep}`),
  };
}

/** Weak: the same ETag stands for the compressed forms. */
export const etagOf = (bytes: Buffer): string =>
  `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
