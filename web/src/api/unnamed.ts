import { FileUnreadable } from './problem.js';

/**
 * The photo without its name, which is nobody's business. It is read here: a file that has gone would break the call, which
 * looks as if the server had.
 * @throws `FileUnreadable`
 */
export async function unnamed(file: File): Promise<Blob> {
  try {
    return new Blob([await file.arrayBuffer()], { type: file.type });
  } catch {
    throw new FileUnreadable(file.name);
  }
}
