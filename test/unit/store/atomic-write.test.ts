import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { diskError, replaceFile } from '../../../src/store/atomic-write.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

it('a file that is replaced takes with it what killed processes left of it, not what another is writing, nor other files', () => {
  const folder = temporaryFolder();
  const age = (name: string, minutes: number) => {
    const at = new Date(Date.now() - minutes * 60_000);
    writeFileSync(join(folder, name), 'half');
    utimesSync(join(folder, name), at, at);
  };
  age('profile.json.tmp-11', 5);
  age('profile.json.tmp-12', 0);
  age('other.json.tmp-13', 5);
  replaceFile(join(folder, 'profile.json'), 'whole');
  expect(readFileSync(join(folder, 'profile.json'), 'utf8')).toBe('whole');
  expect(readdirSync(folder).sort()).toEqual(['other.json.tmp-13', 'profile.json', 'profile.json.tmp-12']);
});

it.each([
  ['ENOSPC', 'disk_full'],
  ['EDQUOT', 'disk_full'],
  ['EROFS', 'index_read_only'],
  ['EIO', 'disk_error'],
  ['EMFILE', 'disk_error'],
  ['ENFILE', 'disk_error'],
])('a disk that says %s is one of our sentences: %s', (code, expected) => {
  expect(diskError(Object.assign(new Error('x'), { code }), '/a/file')).toMatchObject({
    code: expected,
    message: expect.stringContaining('/a/file'),
  });
});
