export { ApiProblem } from '../../../src/client/client.js';

/** The server can't be reached. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone';
}

/** The link's data about a photo can't be read. */
export class BrokenLink extends Error {
  override readonly name = 'BrokenLink';
}

/** The given file is a folder, or was moved or changed since it was chosen. */
export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable';
}

export const isAbort = (thrown: unknown): boolean => thrown instanceof DOMException && thrown.name === 'AbortError';
