export { ApiProblem } from '../../../src/client/client.js';

/** The server can't be reached. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone';
}

/** What a link says of a photo can't be read. */
export class BrokenLink extends Error {
  override readonly name = 'BrokenLink';
}

/** What was given is a folder, or a file that has been moved or changed since it was chosen. */
export class FileUnreadable extends Error {
  override readonly name = 'FileUnreadable';
}

export const isAbort = (thrown: unknown): boolean => thrown instanceof DOMException && thrown.name === 'AbortError';
