import { fault, StreetdexError } from '../domain/errors.js';
import { diskFailed } from './atomic-write.js';

/** An error of SQLite as one of ours; any other error comes back as it is. The message names `file` where it is given. */
export function storeError(error: unknown, file?: string): unknown {
  const code = sqliteCode(error);
  if (code === null || error instanceof StreetdexError) return error;
  const what = file ?? 'The database';
  const primary = code.split('_').slice(0, 2).join('_');
  switch (primary) {
    case 'SQLITE_FULL':
      return fault(
        'disk_full',
        `${what} could not grow: the disk is full. What was committed before is kept; make room and run the same command again.`,
        { cause: error, retryAfterS: 60 },
      );
    case 'SQLITE_READONLY':
    case 'SQLITE_PERM':
      return fault(
        'index_read_only',
        `${what} can't be written: the file or its folder is read-only. Give this user write access, or copy the folder to where it has it.`,
        { cause: error },
      );
    case 'SQLITE_CORRUPT':
    // A damaged row may claim gigabytes. No statement of ours takes much memory otherwise.
    case 'SQLITE_NOMEM':
    case 'SQLITE_TOOBIG':
      return corrupt(what, error as Error);
    case 'SQLITE_ERROR':
      return DAMAGED_SCHEMA.test((error as Error).message) ? corrupt(what, error as Error) : error;
    case 'SQLITE_NOTADB':
      return fault(
        'not_a_database',
        `${what} was expected to be an SQLite database of streetdex, but its bytes are something else. Check the path; if the file was damaged, put back a backup.`,
        { cause: error },
      );
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return fault('database_busy', `${what} is being written by another process. Try again in a moment.`, {
        cause: error,
      });
    case 'SQLITE_CANTOPEN':
      return fault(
        'database_not_opened',
        `${what} could not be opened. Its folder must exist and this user must be allowed to read the file and write beside it.`,
        { cause: error },
      );
    case 'SQLITE_IOERR':
      return diskFailed(what, code, error);
    default:
      return error;
  }
}

/** Messages of a database whose format was checked and whose schema page was damaged. */
const DAMAGED_SCHEMA = /^(no such (table|column|module|index|collation)|malformed|unrecognized token|near )/;

function corrupt(what: string, error: Error) {
  return fault(
    'database_corrupt',
    `${what} is damaged (SQLite: ${error.message}). Put back a copy made by \`streetdex index backup\`, or delete it and build it anew.`,
    { cause: error },
  );
}

/** By its shape rather than its class: better-sqlite3 has one class for all realms, and Jest has a realm for each test file. */
function sqliteCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : null;
}
