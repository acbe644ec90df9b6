import { mkdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { outFile } from '../../../src/cli/out-file.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

describe('a file to write to', () => {
  const folder = realpathSync(temporaryFolder({ 'index/index.sqlite': 'an index', 'old.csv': 'before' }));
  const index = join(folder, 'index');
  mkdirSync(join(folder, 'index-2'));
  symlinkSync(index, join(folder, 'link'));

  it.each(['new.csv', 'old.csv', 'index-2/new.csv'])('may be %s', async (name) => {
    expect(await outFile('out', join(folder, name), index)).toBe(join(folder, name));
  });

  it.each([
    ['nowhere/new.csv', 'in a folder that exists'],
    ['index-2', 'is a folder'],
    ['index/new.csv', "outside the index's own folder"],
    ['index/index.sqlite', "outside the index's own folder"],
    ['link/index.sqlite', "outside the index's own folder"],
  ])('is refused as %s', async (name, said) => {
    const refused = { code: 'usage', message: expect.stringMatching(new RegExp(`^Expected --out .*${said}`)) };
    await expect(outFile('out', join(folder, name), index)).rejects.toMatchObject(refused);
  });

  it('may be anywhere where there is no index', async () => {
    expect(await outFile('out', join(folder, 'index/new.csv'), null)).toBe(join(index, 'new.csv'));
  });
});
