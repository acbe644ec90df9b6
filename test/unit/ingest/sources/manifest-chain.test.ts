import promises from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { ANYTHING } from '../../../../src/ingest/sources/allowed.js';
import { NO_MANIFEST } from '../../../../src/ingest/sources/folder-manifest.js';
import { ManifestChain } from '../../../../src/ingest/sources/manifest-chain.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

it('A manifest that is not there withdraws what it said, one on a disk that gives no answer does not and holds nobody up', async () => {
  const root = temporaryFolder();
  const consulted = new ManifestChain(root, NO_MANIFEST, ANYTHING).consulted('a.jpg');
  const file = join(root, 'labels.csv');
  expect(await consulted(file)).toBe(true);
  const silent = jest.spyOn(promises, 'stat').mockReturnValue(new Promise(() => undefined));
  try {
    expect(await consulted(file)).toBe(false);
  } finally {
    silent.mockRestore();
  }
});
