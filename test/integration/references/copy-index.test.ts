import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { copyIndex } from '../../../src/references/copy-index.js';
import { openStore } from '../../../src/references/open-store.js';
import { describeCopy } from '../../contract/index-copy.js';
import { MemoryStore } from '../../support/memory-store.js';
import { MODEL, referenceOf, sourceOf, temporaryFolder, vectorOf } from '../../support/references.js';

const folder = () => openStore(join(temporaryFolder(), 'index'));

describeCopy('folder to folder', async () => ({ from: folder(), to: folder() }));
describeCopy('memory to folder', async () => ({ from: new MemoryStore(), to: folder() }));

describe('a copy of uploaded photos', () => {
  it('takes their bytes along', async () => {
    const [one, other] = [folder(), folder()];
    const { createHash } = await import('node:crypto');
    const bytes = Buffer.from('a photo');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const reference = { ...referenceOf(1), id: sha256.slice(0, 32), sha256, bytes: bytes.length };
    await one.write(MODEL, async (writer) => {
      const path = await writer.keepFile(bytes, '.jpg');
      const source = { ...sourceOf(1, { root: 'files', path }), bytes: bytes.length };
      await writer.apply([{ kind: 'copy', reference: { ...reference, sources: [source] }, vector: vectorOf(1) }]);
    });
    await copyIndex({ from: one, to: other, names: { from: 'one', to: 'other' } });
    const [before, after] = [await one.open(), await other.open()];
    const [own, copied] = [await before.photos.file(reference.id), await after.photos.file(reference.id)];
    expect(copied).not.toBe(own);
    expect(readFileSync(copied as string)).toEqual(bytes);
    expect((await after.reader.get(reference.id))?.sources).toEqual((await before.reader.get(reference.id))?.sources);
    await before.close();
    await after.close();
  });
});
