export { ApiProblem } from '../../../src/client/client.js';

/** The server can't be reached. */
export class ServerGone extends Error {
  override readonly name = 'ServerGone';
}

export const isAbort = (thrown: unknown): boolean => thrown instanceof DOMException && thrown.name === 'AbortError';
