import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openSource } from '../../../../src/ingest/sources/open-source.js';
import { collectSource } from '../../../support/source-items.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

function row(id: string, lon: string, lat: string, user = '12345678@N00'): string {
  return [
    ...['7', id, 'a1b2c3', user, 'someone', '2008-05-17 10:01:02.0', '1211020862', 'Canon', 'A+%22+in+a+title'],
    ...['', 'street,"town', '', lon, lat, '16', `https://example.org/${id}`, 'https://example.org/f.jpg', 'CC BY'],
  ].join('\t');
}

describe('a table of YFCC without a header', () => {
  it('is read by its columns: photo, longitude, latitude, user', async () => {
    const folder = temporaryFolder({
      'yfcc4k.txt': [row('4001', '-0.1276', '51.5072'), row('4002', '139.69', '35.68', '9@N01'), ''].join('\n'),
      'images/4001.jpg': 'x',
      'images/4002.jpg': 'y',
    });
    const { photos, counted } = await collectSource(
      await openSource(join(folder, 'yfcc4k.txt'), join(folder, 'images')),
    );
    expect(counted).toBe(2);
    expect(photos.map(({ path, issue }) => [path, issue])).toEqual([
      ['4001.jpg', null],
      ['4002.jpg', null],
    ]);
    expect(photos[0]?.manifest).toMatchObject({
      point: { lat: 51.5072, lon: -0.1276 },
      author: '12345678@N00',
      licence: 'CC BY',
      url: 'https://example.org/4001',
    });
    expect(photos[1]?.manifest).toMatchObject({ point: { lat: 35.68, lon: 139.69 }, author: '9@N01' });
  });

  it('keeps a row without a position as one that says nothing of where it was', async () => {
    const folder = temporaryFolder({ 'yfcc.tsv': row('5', '', ''), '5.jpg': 'x' });
    const { photos } = await collectSource(await openSource(join(folder, 'yfcc.tsv')));
    expect(photos[0]).toMatchObject({ path: '5.jpg', issue: null, manifest: { point: null } });
  });

  it('is not seen in a table of another kind that lacks its columns', async () => {
    const folder = temporaryFolder({ 'other.tsv': `${Array.from({ length: 18 }, (_, i) => `c${i}`).join('\t')}\n` });
    await expect(openSource(join(folder, 'other.tsv'))).rejects.toMatchObject({ code: 'manifest_column_missing' });
  });
});
