import { join } from 'node:path';
import { FILES_ROOT } from '../files-root.js';
import { filesFolder } from './index-folder.js';

/** Where a source's file lies: below its root, or in the index's own `files/`. */
export function sourcePath(folder: string, source: { readonly root: string; readonly path: string }): string {
  return source.root === FILES_ROOT ? join(filesFolder(folder), source.path) : join(source.root, source.path);
}
