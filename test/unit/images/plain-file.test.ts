import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readPlainFile } from '../../../src/images/plain-file.js';
import { makeDanglingLink, makePipe, makeSocket } from '../../support/odd-entries.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

describe('a plain file', () => {
  it('is read, through links too, up to the limit', async () => {
    const folder = temporaryFolder({ a: '12345' });
    symlinkSync('a', join(folder, 'link'));
    expect((await readPlainFile(join(folder, 'link'), 5)).toString()).toBe('12345');
    await expect(readPlainFile(join(folder, 'a'), 4)).rejects.toMatchObject({
      family: 'caller',
      code: 'file_too_large',
    });
  });

  it('is not what else may lie at a path, and none of it holds the reader', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'folder'));
    makePipe(join(folder, 'pipe'));
    const socket = await makeSocket(join(folder, 'socket'));
    makeDanglingLink(join(folder, 'dangling'));
    symlinkSync('loop', join(folder, 'loop'));
    symlinkSync('/dev/zero', join(folder, 'device'));
    const codes: Record<string, unknown> = {};
    for (const name of ['folder', 'pipe', 'socket', 'device', 'dangling', 'loop', 'none', 'none/below']) {
      codes[name] = await readPlainFile(join(folder, name)).catch((error) => `${error.family} ${error.code}`);
    }
    socket.close();
    expect(codes).toEqual({
      folder: 'caller not_a_file',
      pipe: 'caller not_a_file',
      socket: 'caller not_a_file',
      device: 'caller not_a_file',
      dangling: 'caller file_missing',
      loop: 'caller unreadable',
      none: 'caller file_missing',
      'none/below': 'caller file_missing',
    });
  });

  it('is given up when it is not read in time', async () => {
    const folder = temporaryFolder({ large: '' });
    truncateSync(join(folder, 'large'), 200 * 2 ** 20);
    await expect(readPlainFile(join(folder, 'large'), undefined, { timeoutMs: 1 })).rejects.toMatchObject({
      ...{ family: 'caller', code: 'unreadable', message: expect.stringContaining('not done within 0.001 s') },
    });
  });
});
