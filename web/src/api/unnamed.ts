import { FileUnreadable } from './problem.js';

/**
 * The photo without its file name, which is private. It is read here, since a missing file would break the request in a way
 * that looks like a failure of the server.
 * @throws `FileUnreadable`
 */
export async function unnamed(file: File): Promise<Blob> {
  try {
    return new Blob([await file.arrayBuffer()], { type: file.type });
  } catch {
    throw new FileUnreadable(file.name);
  }
}
