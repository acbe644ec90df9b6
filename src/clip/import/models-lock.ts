import { mkdir } from 'node:fs/promises';
import { fault, hasCode } from '../../domain/errors.js';
import { acquireWriterLock, type WriterLock } from '../../store/writer-lock.js';
import { writeError } from './disk-space.js';

/**
 * A lock against a second `model add` of the same model; the same kind as an index's.
 * @throws `model_add_busy` (later) naming who holds it, `folder_read_only`
 */
export async function addLock(folder: string, name: string, what: string): Promise<WriterLock> {
  await mkdir(folder, { recursive: true }).catch((error) => {
    throw writeError(error, folder);
  });
  try {
    return acquireWriterLock(folder, name);
  } catch (error) {
    if (hasCode(error, 'index_busy')) {
      throw fault('model_add_busy', `Another process is at ${what}: ${error.message}`, { retryAfterS: 30 });
    }
    throw hasCode(error, 'index_read_only') ? writeError({ code: 'EACCES' }, folder) : error;
  }
}
