import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { openSource } from '../../../../src/ingest/sources/open-source.js';
import { describeShared } from '../../../support/shared.js';
import { collectSource } from '../../../support/source-items.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const PHOTOS = { 'a.jpg': '', 'b.jpg': '', 'sub/c d.png': '' };

async function read(table: string | Uint8Array, name = 'm.csv', images: string | null = null) {
  const folder = temporaryFolder({ ...PHOTOS, [name]: table });
  return { folder, ...(await collectSource(await openSource(join(folder, name), images))) };
}

async function points(table: string | Uint8Array, name?: string) {
  const { photos } = await read(table, name);
  return photos.map((photo) => [photo.path, photo.manifest?.point?.lat ?? null, photo.manifest?.point?.lon ?? null]);
}

describe('a table as source', () => {
  it.each([
    ['commas', 'file,lat,lon\na.jpg,1.5,-2\nsub/c d.png,3,4\n'],
    ['tabs', 'path\tlatitude\tlongitude\na.jpg\t1.5\t-2\nsub/c d.png\t3\t4\n'],
    ['semicolons', 'IMAGE;Lat;Lng\na.jpg;1.5;-2\nsub/c d.png;3;4\n'],
    ['CRLF, BOM and quotes', '\uFEFF"File","LAT","Long"\r\n"a.jpg","1.5","-2"\r\n"sub/c d.png", "3","4"\r\n'],
    ['old Mac line ends', 'file,lat,lon\ra.jpg,1.5,-2\rsub/c d.png,3,4\r'],
    [
      'columns in another order, and others',
      'x,lon,note,lat,filename\n1,-2,"a, b ""c""",1.5,a.jpg\n1,4,,3,sub/c d.png\n',
    ],
    ['tabs around empty columns', '\tpath\t\tlatitude\tlongitude\n\ta.jpg\t\t1.5\t-2\n\tsub/c d.png\tx\t3\t4\n'],
    ['blank lines and no end', '\nfile,lat,lon\n\na.jpg,1.5,-2\n\nsub/c d.png,3,4'],
  ])('reads %s', async (_form, table) => {
    expect(await points(table)).toEqual([
      ['a.jpg', 1.5, -2],
      ['sub/c d.png', 3, 4],
    ]);
  });

  it('takes no link but those of the web', async () => {
    const { photos } = await read(
      'file,lat,lon,url\na.jpg,1,2,javascript:alert(1)\nb.jpg,1,2,HTTPS://x.test/b\nsub/c d.png,1,2,data:text/html;base64,AA\n',
    );
    expect(photos.map(({ manifest }) => manifest?.url)).toEqual([null, 'HTTPS://x.test/b', null]);
  });

  it('reads UTF-16 with its byte order mark', async () => {
    const table = Buffer.from('\uFEFFfile\tlat\tlon\r\na.jpg\t1.5\t-2\r\n', 'utf16le');
    expect(await points(table, 'm.txt')).toEqual([['a.jpg', 1.5, -2]]);
  });

  it('reads the other facts', async () => {
    const { photos } = await read(
      'ID,latitude,longitude,creator,sequence_id,captured_at,compass_angle,license,credit,url,altitude\n' +
        'a,1,2,Ada,s1,1528485850123,370,CC0,by Ada,https://x.test/a,12\nb,1,2,,nan,2018-06-08 13:24:10,90.5,,,,\n',
    );
    expect(photos.map((photo) => photo.path)).toEqual(['a.jpg', 'b.jpg']);
    expect(photos[0]?.manifest).toEqual({
      point: { lat: 1, lon: 2 },
      author: 'Ada',
      sequence: 's1',
      capturedAt: '2018-06-08T19:24:10.123Z',
      headingDeg: null,
      altitudeM: 12,
      licence: 'CC0',
      attribution: 'by Ada',
      url: 'https://x.test/a',
    });
    expect(photos[1]?.manifest).toMatchObject({
      author: null,
      sequence: null,
      capturedAt: '2018-06-08T13:24:10',
      headingDeg: 90.5,
    });
  });

  it.each(['', 'nan', 'NaN', ' null ', 'N/A'])('takes %j for an unknown position', async (nothing) => {
    const { photos } = await read(`file,lat,lon\na.jpg,${nothing},${nothing}\n`);
    expect(photos).toHaveLength(1);
    expect(photos[0]).toMatchObject({ issue: null });
    expect(photos[0]?.manifest?.point).toBeNull();
  });

  it.each([
    ['a.jpg,91,170', 'latitude_out_of_range', /line 3.*between -90 and 90.*91/],
    ['a.jpg,-95.5,20', 'latitude_out_of_range', /line 3.*-95.5.*swapped/],
    ['a.jpg,10,181', 'longitude_out_of_range', /line 3.*181/],
    ['a.jpg,43,5,2,8', 'manifest_row_invalid', /line 3.*3 values.*got 5.*into quotes/],
    ['a.jpg,"43.210.500",2', 'manifest_row_invalid', /line 3.*latitude.*"43\.210\.500".*thousands/],
    ['a.jpg,north,2', 'manifest_row_invalid', /line 3.*latitude.*"north"/],
    ['a.jpg,5', 'manifest_row_invalid', /line 3.*latitude without a longitude/],
    ['gone.jpg,5,6', 'file_missing', /gone\.jpg.*--images/],
  ])('reports the row %s and goes on', async (row, code, reason) => {
    const { photos, counted } = await read(`file,lat,lon\nb.jpg,1,120\n${row}\nsub/c d.png,3,4\n`);
    expect(counted).toBe(3);
    expect(photos.map((photo) => photo.issue?.code ?? null)).toEqual([null, code, null]);
    expect(photos[1]?.issue?.reason).toMatch(reason);
  });

  it.each([
    ['file,lat\na.jpg,1\n', /lon\|lng\|long.*got "file", "lat"/],
    ['a\nb\nc\n', /got "a"/],
    ['', /empty file/],
    ['lat,lon\n1,2\n', /file\|filename/],
  ])('refuses %j and names what it lacks', async (table, message) => {
    await expect(read(table)).rejects.toMatchObject({
      code: 'manifest_column_missing',
      message: expect.stringMatching(message),
    });
  });

  it('says that columns look swapped before anything is read', async () => {
    const rows = 'a.jpg,151.2,-33.8\nb.jpg,2.3,48.8\nsub/c d.png,-122.4,37.7\n';
    await expect(read(`file,lat,lon\n${rows}`)).rejects.toMatchObject({
      code: 'manifest_columns_swapped',
      message: expect.stringMatching(/lat.*151\.2.*2 of 3 rows.*lon.*swapped/),
    });
    expect(await points(`file,lon,lat\n${rows}`)).toHaveLength(3);
  });

  it('does not take one slip near the pole, or one among many rows, for swapped columns', async () => {
    expect((await read('file,lat,lon\na.jpg,91,10\nb.jpg,50,8\n')).photos.map((photo) => photo.issue?.code)).toEqual([
      'latitude_out_of_range',
      undefined,
    ]);
    const many = Array.from({ length: 40 }, (_, i) => `x${i}.jpg,${40 + i / 10},8`).join('\n');
    expect((await read(`file,lat,lon\n${many}\na.jpg,140,10\n`)).photos.at(-1)?.issue?.code).toBe(
      'latitude_out_of_range',
    );
  });

  it('counts the first row of several for one photo, and says so', async () => {
    const { photos, notes } = await read('file,lat,lon\na.jpg,1,2\na.jpg,1,2\n./a.jpg,5,6\n');
    expect(photos.map((photo) => photo.manifest?.point)).toEqual([{ lat: 1, lon: 2 }]);
    expect(notes.notices.join('\n')).toMatch(/line 3 names a\.jpg again;[\s\S]*line 4 .*another position \(5, 6\)/);
  });

  it('reports rows without a file as one failure of the table, and none when they are mended', async () => {
    const { containers } = await read('file,lat,lon\n,1,2\n,3,4\na.jpg,1,2\n');
    expect(containers).toMatchObject([
      {
        path: 'm.csv',
        issue: { code: 'manifest_row_invalid', reason: expect.stringMatching(/2 rows.*line 2, .*line 3/) },
      },
    ]);
    expect((await read('file,lat,lon\na.jpg,1,2\n')).containers).toMatchObject([{ path: 'm.csv', issue: null }]);
  });

  it('lists at most 10,000 unusable rows one by one', async () => {
    const table = `file,lat,lon\n${'x,,\n'.repeat(3)}${Array.from({ length: 10_500 }, (_, i) => `${i},,`).join('\n')}\na.jpg,1,2\n`;
    const { photos, containers } = await read(table);
    expect(photos.filter((photo) => photo.issue !== null)).toHaveLength(10_000);
    expect(photos.at(-1)).toMatchObject({ path: 'a.jpg', issue: null });
    expect(containers[0]?.issue?.reason).toMatch(/501 more rows/);
  });

  it('finds photos by id anywhere below --images, by the end of a foreign path, and never outside', async () => {
    const images = temporaryFolder({ 'train/00/123.JPG': '', 'y/z.jpg': '' });
    const { photos } = await read(
      'id,lat,lon\n123,1,2\n/home/other/y/z.jpg,3,4\n"C:\\photos\\y\\z.jpg",3,4\n../../../../etc/passwd,5,6\n',
      'm.csv',
      images,
    );
    expect(photos.map((photo) => [photo.path, photo.issue?.code ?? null])).toEqual([
      ['train/00/123.JPG', null],
      ['y/z.jpg', null],
      ['../../../../etc/passwd', expect.stringMatching(/file_(missing|outside_images)/)],
    ]);
  });

  it('reads IM2GPS and OSV-5M labels', async () => {
    expect(await points('IMG_ID,AUTHOR,LAT,LON,URL\na.jpg,7@N02,1.5,-2,http://x\n')).toEqual([['a.jpg', 1.5, -2]]);
    expect(
      await points(
        'id,latitude,longitude,thumb_original_url,country,sequence,captured_at\na,1.5,-2,u,FR,s,1528485850123\n',
      ),
    ).toEqual([['a.jpg', 1.5, -2]]);
  });

  it('gives back any position that was written', async () => {
    const position = fc.tuple(
      fc.double({ min: -90, max: 90, noNaN: true, minExcluded: true }),
      fc.double({ min: -180, max: 180, noNaN: true, minExcluded: true }),
    );
    await fc.assert(
      fc.asyncProperty(position, async ([lat, lon]) => {
        fc.pre(lat !== 0 || lon !== 0);
        expect(await points(`file,lat,lon\na.jpg,${lat},${lon}\n`)).toEqual([['a.jpg', lat + 0, lon + 0]]);
      }),
      { numRuns: 30 },
    );
  });

  it('refuses a table with an endless field', async () => {
    const folder = temporaryFolder({ 'm.csv': 'file,lat,lon\n' });
    writeFileSync(join(folder, 'm.csv'), `file,lat,lon\n"${'x'.repeat(3_000_000)}`);
    await expect((await openSource(join(folder, 'm.csv'))).count()).rejects.toMatchObject({ code: 'manifest_invalid' });
  });
});

describeShared('labels of the shared photos', (folder) => {
  it.each([
    ['exif', 50, 0],
    ['mapillary', 34, 0],
    ['osv5m', 71, 0],
    ['landmarks', 20, 1],
  ])('names all photos of %s', async (set, count, withoutPosition) => {
    const { photos } = await collectSource(await openSource(join(folder, 'photos', set, 'labels.csv')));
    expect(photos.filter((photo) => photo.issue === null)).toHaveLength(count);
    expect(photos.filter((photo) => photo.manifest?.point == null)).toHaveLength(withoutPosition);
    expect(photos.every((photo) => photo.manifest?.licence)).toBe(true);
  });
});
