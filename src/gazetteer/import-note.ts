import { existsSync } from 'node:fs';
import { replaceFile } from '../store/atomic-write.js';

/** Path of a file beside an imported gazetteer. A gazetteer without it is a cache, and may be built anew. */
export function importNote(file: string): string {
  return `${file}.imported`;
}

export function wasImported(file: string): boolean {
  return existsSync(importNote(file));
}

export function noteImport(file: string, source: string): void {
  replaceFile(importNote(file), `${source}\n`);
}
