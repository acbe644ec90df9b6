/** Root of the sources whose bytes the index keeps itself, each under its sha-256. */
export const FILES_ROOT = 'files';
