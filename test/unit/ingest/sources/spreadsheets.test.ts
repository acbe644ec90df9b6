import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { KnownFacts } from '../../../../src/images/known-facts.js';
import { openSource } from '../../../../src/ingest/sources/open-source.js';
import { collectSource } from '../../../support/source-items.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

const PHOTOS = { 'a.jpg': 'a', 'b.jpg': 'b', 'c.jpg': 'c', 'Straße 1.jpg': 's' };

async function read(table: string | Uint8Array, name = 'list.csv') {
  return collectSource(await openSource(join(temporaryFolder({ ...PHOTOS, [name]: table }), name)));
}

async function facts(table: string | Uint8Array): Promise<(KnownFacts | string | null)[]> {
  return (await read(table)).photos.map(({ manifest, issue }) => issue?.reason ?? manifest);
}

async function points(table: string | Uint8Array) {
  return (await read(table)).photos.map(({ path, manifest, issue }) => [
    path,
    issue?.code ?? manifest?.point?.lat,
    manifest?.point?.lon,
  ]);
}

const TWO = [
  ['a.jpg', 47.0707, 15.4395],
  ['b.jpg', -22.9, -43.2],
];

describe('a table as spreadsheets save it', () => {
  it.each([
    ['semicolons and decimal commas', 'file;lat;lon\na.jpg;47,0707;15,4395\nb.jpg;-22,9000;-43,2000\n'],
    ['commas and decimal commas in quotes', 'file,lat,lon\na.jpg,"47,0707","15,4395"\nb.jpg,"-22,9","-43,2"\n'],
    ['tabs and decimal commas', 'file\tlat\tlon\na.jpg\t47,0707\t15,4395\nb.jpg\t-22,9\t-43,2\n'],
    ['bars', 'file|lat|lon|note\na.jpg|47.0707|15.4395|a, b; c\nb.jpg|-22.9|-43.2|\n'],
    ['sep=;', 'sep=;\r\nfile;lat;lon\r\na.jpg;47.0707;15.4395\r\nb.jpg;-22.9;-43.2\r\n'],
    ['"sep=;" in quotes with a BOM', '\uFEFF"sep=;"\nfile;lat;lon\na.jpg;47.0707;15.4395\nb.jpg;-22.9;-43.2\n'],
    ['sep=, and columns left empty', 'sep=,,,\nfile,lat,lon\na.jpg,47.0707,15.4395\nb.jpg,-22.9,-43.2\n'],
    [
      'more commas in its header than semicolons',
      'file;lat;"lon";"a,b,c,d,e"\na.jpg;47,0707;15,4395;\nb.jpg;-22,9;-43,2;x\n',
    ],
    [
      'other minus signs and hard spaces',
      'file,lat,lon\na.jpg,\u00a047.0707,15.4395\u00a0\nb.jpg,\u221222.9,\u201343.2\n',
    ],
    ['sides in columns of their own', 'file,Lat,NS,Lon,EW\na.jpg,47.0707,N,15.4395,E\nb.jpg,22.9,South,43.2,west\n'],
    [
      'a sign and a side that agree',
      'file,lat,lat_ref,lon,lon_ref\na.jpg,47.0707,N,15.4395,E\nb.jpg,-22.9,S,-43.2,W\n',
    ],
    ['a column with both', 'file,coordinates\na.jpg,"47.0707, 15.4395"\nb.jpg,"-22.9,-43.2"\n'],
    ['a column with both in decimal commas', 'file;Position\na.jpg;"47,0707; 15,4395"\nb.jpg;-22,9 -43,2\n'],
    ['WKT', 'file,wkt\na.jpg,POINT (15.4395 47.0707)\nb.jpg,"SRID=4326;POINT Z(-43.2 -22.9 12)"\n'],
    ['geo URIs', 'file,location\na.jpg,"geo:47.0707,15.4395"\nb.jpg,"geo:-22.9,-43.2,5;crs=wgs84;u=30"\n'],
    ['lon and lat in one', 'file,lon_lat\na.jpg,15.4395 47.0707\nb.jpg,-43.2 -22.9\n'],
    ['both with their sides, in either order', 'file,gps\na.jpg,47.0707N 15.4395E\nb.jpg,"W 43.2, S 22.9"\n'],
    ['units in the header', 'Image,Latitude (deg),Longitude [°]\na.jpg,47.0707,15.4395\nb.jpg,-22.9,-43.2\n'],
    ['names with dots and spaces', 'File Name,GPS Lat.,GPS Long.\na.jpg,47.0707,15.4395\nb.jpg,-22.9,-43.2\n'],
    ['a common slip', 'file,Lattitude,Longtitude\na.jpg,47.0707,15.4395\nb.jpg,-22.9,-43.2\n'],
  ])('is read with %s', async (_how, table) => expect(await points(table)).toEqual(TWO));

  it.each([
    ['Windows-1252', Buffer.from('file;lat;lon\nStra\xdfe 1.jpg;47,5;9,25\n', 'latin1')],
    ['UTF-16 with a mark', Buffer.from('\uFEFFfile;lat;lon\nStraße 1.jpg;47,5;9,25\n', 'utf16le')],
    ['UTF-16 without a mark', Buffer.from('file;lat;lon\nStraße 1.jpg;47,5;9,25\n', 'utf16le')],
    ['UTF-16 the other way round', Buffer.from('\uFEFFfile;lat;lon\nStraße 1.jpg;47,5;9,25\n', 'utf16le').swap16()],
    ['that without a mark', Buffer.from('file;lat;lon\nStraße 1.jpg;47,5;9,25\n', 'utf16le').swap16()],
    ['UTF-8 with a mark', '\uFEFFfile;lat;lon\nStraße 1.jpg;47,5;9,25\n'],
  ])('is read from %s', async (_encoding, table) =>
    expect(await points(table)).toEqual([['Straße 1.jpg', 47.5, 9.25]]),
  );

  it('is Windows-1252 where the first letter that says so comes late, and says that it was taken for that', async () => {
    const filling = `${'x.jpg;;\n'.repeat(20_000)}`;
    const table = Buffer.concat([
      Buffer.from(`file;lat;lon\n${filling}`),
      Buffer.from('Stra\xdfe 1.jpg;47,5;9,25\n', 'latin1'),
    ]);
    const { photos, notes } = await read(table);
    expect(photos.at(-1)).toMatchObject({ path: 'Straße 1.jpg', issue: null });
    expect(notes.notices.join()).toMatch(/list\.csv is not written in UTF-8; it was read as Windows-1252/);
  });

  it('stays UTF-8 where a text in it was cut within a letter', async () => {
    const good = Buffer.from('file;lat;lon;note\nStraße 1.jpg;47,5;9,25;süß\na.jpg;1;2;');
    expect(await points(Buffer.concat([good, Buffer.from([0xc3, 0x0a])]))).toEqual([
      ['Straße 1.jpg', 47.5, 9.25],
      ['a.jpg', 1, 2],
    ]);
  });

  it.each([
    ['47°4\'14.52"N', '15°26\'22.2"E'],
    ['47 4 14.52 N', '15 26 22.2 E'],
    ["N 47° 4.242'", "E 15° 26.37'"],
    ['47:4:14.52', '15:26:22.2'],
    ['47d4m14.52s', '15d26m22.2s'],
    ['47 deg 4\' 14.52" N', '15 deg 26\' 22.20" E'],
    ['47,0707 Nord', '15,4395 Ost'],
    ['47.0707\u00a0° norte', '15.4395 este'],
  ])('reads the angles %s and %s', async (lat, lon) => {
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
    const [row] = await points(`file,lat,lon\na.jpg,${quoted(lat)},${quoted(lon)}\n`);
    expect(row?.[1]).toBeCloseTo(47.0707, 9);
    expect(row?.[2]).toBeCloseTo(15.4395, 9);
  });

  it.each([
    [
      'a letter with two readings',
      'file,lat,lon\na.jpg,47 N,15 O\n',
      /longitude.*"15 O".*East in German and West in French/,
    ],
    ['a side that contradicts the sign', 'file,lat,NS,lon,EW\na.jpg,-47,N,15,E\n', /contradict/],
    ['degrees in words without a side', 'file,lat,lon\na.jpg,"47 deg 4\' 1""",15\n', /north or south/],
    ['thousands', 'file;lat;lon\na.jpg;47.070.700;15\n', /thousands/],
    ['a pair that is not plain', 'file;position\na.jpg;48,2,16,3\nb.jpg;1.5, 2.5\n', /semicolon between/],
    ['another reference system', 'file,wkt\na.jpg,SRID=3857;POINT (1 2)\nb.jpg,POINT (1 2)\n', /SRID 3857/],
    ['an unquoted decimal comma', 'file,lat,lon\na.jpg,47,07,15,43\n', /expected 3 values/],
  ])('refuses a row with %s', async (_what, table, reason) => expect((await facts(table))[0]).toMatch(reason));

  it('takes O for East where the column has a W, for West where it has an E, and for neither where it has both', async () => {
    const lon = async (...cells: string[]) =>
      (await points(`file,lat,lon\n${cells.map((cell, i) => `${'abc'[i]}.jpg,1,${cell}`).join('\n')}\n`)).map(
        (p) => p[2],
      );
    expect(await lon('16.5 O', '70.25 W')).toEqual([16.5, -70.25]);
    expect(await lon('16.5 E', '70.25 O')).toEqual([16.5, -70.25]);
    expect(await lon('16.5 Ost', '16.75 O')).toEqual([16.5, 16.75]);
    expect(await lon('16.5 E', '70.25 W', '3 O')).toEqual([16.5, -70.25, undefined]);
  });

  it('refuses a header whose columns look alike but have another unit, and names them', async () => {
    await expect(read('file,latitude (rad),longitude (rad)\na.jpg,0.8,0.3\n')).rejects.toMatchObject({
      code: 'manifest_column_missing',
      message: expect.stringMatching(/"latitude \(rad\)" and "longitude \(rad\)" may be meant/),
    });
    await expect(read('file,location\na.jpg,Graz\n')).rejects.toMatchObject({
      code: 'manifest_column_missing',
      message: expect.stringMatching(/"location" holds no positions \("Graz"\)/),
    });
  });

  it('gives the same rows whatever the delimiter, decimal mark, encoding, quotes and line ends', async () => {
    const row = fc.record({
      file: fc.constantFrom('a.jpg', 'b.jpg', 'Straße 1.jpg'),
      lat: fc.integer({ min: -8_999_999, max: 8_999_999 }),
      lon: fc.integer({ min: -17_999_999, max: 17_999_999 }),
      altitude: fc.integer({ min: -400, max: 8000 }),
    });
    const form = fc.record({
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
      decimal: fc.constantFrom('.', ','),
      encoding: fc.constantFrom<'utf8' | 'latin1' | 'utf16le'>('utf8', 'latin1', 'utf16le'),
      mark: fc.boolean(),
      quoted: fc.boolean(),
      sepLine: fc.boolean(),
      end: fc.constantFrom('\n', '\r\n'),
    });
    const rows = fc.uniqueArray(row, { minLength: 1, maxLength: 3, selector: ({ file }) => file });
    await fc.assert(
      fc.asyncProperty(rows, form, async (wanted, { delimiter, decimal, encoding, mark, quoted, sepLine, end }) => {
        const number = (value: number, digits: number) => value.toFixed(digits).replace('.', decimal);
        const cell = (text: string) => (quoted || text.includes(delimiter) ? `"${text}"` : text);
        const lines = [
          ...(sepLine ? [`sep=${delimiter}`] : []),
          ['file', 'lat', 'lon', 'alt'].map(cell).join(delimiter),
          ...wanted.map(({ file, lat, lon, altitude }) =>
            [file, number(lat / 1e5, 5), number(lon / 1e5, 5), number(altitude / 10, 1)].map(cell).join(delimiter),
          ),
        ];
        const text = `${mark && encoding !== 'latin1' ? '\uFEFF' : ''}${lines.join(end)}${end}`;
        const { photos } = await read(Buffer.from(text, encoding));
        expect(
          photos.map(({ path, manifest }) => [path, manifest?.point?.lat, manifest?.point?.lon, manifest?.altitudeM]),
        ).toEqual(
          wanted.map(({ file, lat, lon, altitude }) => {
            const isNowhere = lat === 0 && lon === 0;
            return [
              file,
              isNowhere ? undefined : lat / 1e5 + 0,
              isNowhere ? undefined : lon / 1e5 + 0,
              altitude / 10 + 0,
            ];
          }),
        );
      }),
      { numRuns: 120 },
    );
  });
});

describe('what else a table says', () => {
  async function column(name: string, cells: readonly string[]) {
    const table = `file;lat;lon;${name}\n${cells.map((cell, i) => `${'abc'[i]}.jpg;1,5;2,5;${cell}`).join('\n')}\n`;
    const { photos, notes } = await read(table);
    return { facts: photos.map(({ manifest }) => manifest), notices: notes.notices };
  }

  it.each([
    [
      ['16.11.2009 12:51', '03.04.2009 10:00'],
      ['2009-11-16T12:51:00', '2009-04-03T10:00:00'],
    ],
    [
      ['11/16/2009 12:51 PM', '03/04/2009 10:00 AM'],
      ['2009-11-16T12:51:00', '2009-03-04T10:00:00'],
    ],
    [
      ['16/11/2009', '03/04/2009'],
      ['2009-11-16', '2009-04-03'],
    ],
    [
      ['16.11.2009', '11/17/2009'],
      ['2009-11-16', '2009-11-17'],
    ],
    [
      ['16-Nov-2009', '4. März 2010'],
      ['2009-11-16', '2010-03-04'],
    ],
    [
      ['40133,535', '40134'],
      ['2009-11-16T12:50:24', '2009-11-17'],
    ],
    [
      ['11.16.2009', '03.04.2009'],
      ['2009-11-16', '2009-03-04'],
    ],
  ])('times %j are %j', async (cells, times) => {
    const { facts, notices } = await column('Date taken', cells);
    expect(facts.map((one) => one?.capturedAt)).toEqual(times);
    expect(notices.filter((notice) => notice.includes('left out'))).toEqual([]);
  });

  it.each([
    [['03/04/2009 10:00', '05/06/2009 11:00'], 2],
    [['03/04/2009 10:00', '16/11/2009', '11/16/2009'], 1],
    [['16.11.09'], 1],
    [['next week', 'later'], 2],
    [['40133.5', '2009-11-16'], 1],
    [['2009'], 1],
  ])('of times %j, %d are left out and counted', async (cells, count) => {
    const { facts, notices } = await column('captured_at', cells);
    expect(facts.filter((one) => one?.capturedAt === null)).toHaveLength(count);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(
      new RegExp(`time of the column "captured_at" of list\\.csv is left out.*: ${count} photo`),
    );
  });

  it('says when only custom tells day from month, and when numbers were taken for days', async () => {
    const dots = await column('date', ['03.04.2009', '05.06.2009']);
    expect(dots.facts.map((one) => one?.capturedAt)).toEqual(['2009-04-03', '2009-06-05']);
    expect(dots.notices.join()).toMatch(/^2 times of the column "date".*day/);
    expect((await column('date', ['40133'])).notices.join()).toMatch(/^1 times of the column "date".*1899-12-30/);
  });

  it('takes the order that the header declares, and UTC where it says so', async () => {
    expect((await column('date (dd/mm/yyyy)', ['03/04/2009'])).facts[0]?.capturedAt).toBe('2009-04-03');
    expect((await column('date (mm/dd/yyyy)', ['03/04/2009'])).facts[0]?.capturedAt).toBe('2009-03-04');
    expect((await column('Time (UTC)', ['2009-04-03 10:00'])).facts[0]?.capturedAt).toBe('2009-04-03T10:00:00Z');
  });

  it('puts a date and a time of day together that stand in two columns', async () => {
    const [first, second] = await facts(
      'file,lat,lon,Date,Time\na.jpg,1,2,16.11.2009,12:51\nb.jpg,1,2,2010-03-04,1:05:09 PM\n',
    );
    expect(first).toMatchObject({ capturedAt: '2009-11-16T12:51:00' });
    expect(second).toMatchObject({ capturedAt: '2010-03-04T13:05:09' });
  });

  it.each<[string, number]>([
    ['171,5', 171.5],
    ['171.5 m Above Sea Level', 171.5],
    ['12 m Below Sea Level', -12],
    ['-3,25 m', -3.25],
    ['1,234', 1.234],
    ['8848 metres', 8848],
  ])('altitude %s is %d in a table of decimal commas', async (cell, altitude) =>
    expect((await column('altitude', [cell])).facts[0]?.altitudeM).toBe(altitude),
  );

  it.each<[string, number]>([
    ['275', 275],
    ['275,5°', 275.5],
    ['12.5 deg', 12.5],
    ['NNW', 337.5],
    ['north-east', 45],
    ['-90', 270],
  ])('heading %s is %d', async (cell, heading) =>
    expect((await column('heading', [cell])).facts[0]?.headingDeg).toBe(heading),
  );

  it.each([
    [
      'altitude',
      ['abc', '1.234,5', '135 ft'],
      /altitude of the column "altitude".*3 photos, the first one a\.jpg \(abc\)/,
    ],
    ['altitude', ['1.234'], /1 photo a\.jpg \(1\.234\)/],
    ['heading', ['left', '400'], /heading of the column "heading".*2 photos, the first one a\.jpg \(left\)/],
    [
      'altitude (ft)',
      ['135'],
      /column "altitude \(ft\)" of list\.csv looks like the altitude but is not read.*1 row a\.jpg \(135\)/,
    ],
    ['Photographr', ['Ada', ''], /"Photographr".*looks like the author.*1 row a\.jpg \(Ada\)/],
    [
      'latitude',
      ['1,5', '7'],
      /"latitude" of list\.csv says another latitude than "lat", which counts: 1 row b\.jpg \(7, and 1,5\)/,
    ],
  ])('says what of %s could not be used', async (name, cells, notice) => {
    const { notices } = await column(name, cells);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(notice);
  });

  it('says the same of a manifest that lies in a folder', async () => {
    const folder = temporaryFolder({
      ...PHOTOS,
      'labels.csv': 'file,lat,lon,altitude\na.jpg,1,2,abc\na.jpg,3,4,\nx.jpg,5,6,\n',
    });
    const { notes } = await collectSource(await openSource(folder));
    const said = notes.notices.join('\n');
    for (const part of [/abc/, /1 rows .* earlier row/, /1 rows .* not there.*x\.jpg/]) expect(said).toMatch(part);
  });

  it('counts rows that name a photo again instead of saying each', async () => {
    const { photos, notes } = await read(`file,lat,lon\n${'a.jpg,1,2\n'.repeat(500)}`);
    expect(photos).toHaveLength(1);
    expect(notes.notices).toEqual([expect.stringMatching(/more than one row.*499 rows.*line 3 names a\.jpg again/)]);
  });
});

describe("ExifTool's tables", () => {
  it('are read with their groups, signs and references', async () => {
    const [first, second] = await facts(
      [
        'SourceFile,EXIF:GPSLatitude,EXIF:GPSLatitudeRef,EXIF:GPSLongitude,EXIF:GPSLongitudeRef,EXIF:GPSAltitude,EXIF:GPSAltitudeRef,EXIF:GPSImgDirection,EXIF:DateTimeOriginal,EXIF:OffsetTimeOriginal,IPTC:By-line,EXIF:Copyright',
        './a.jpg,33.5,S,70.25,W,12.5,1,10,2019:01:02 03:04:05,-03:00,Ada,CC0',
        './b.jpg,"33 deg 30\' 0.00""",South,"70 deg 15\' 0.00""",West,12.5 m,Below Sea Level,10,-,-,-,-',
        '',
      ].join('\n'),
    );
    const place = { point: { lat: -33.5, lon: -70.25 }, altitudeM: -12.5, headingDeg: 10 };
    expect(first).toMatchObject({ ...place, capturedAt: '2019-01-02T03:04:05-03:00', author: 'Ada', licence: 'CC0' });
    expect(second).toMatchObject({ ...place, capturedAt: null, author: null });
  });

  it('are read with the position in one column', async () => {
    const [first, second] = await facts(
      'SourceFile,GPSPosition,SubSecDateTimeOriginal\na.jpg,"33 deg 30\' 0.00"" S, 70 deg 15\' 0.00"" W",2019:01:02 03:04:05.67-03:00\nb.jpg,-33.5 -70.25,\n',
    );
    expect(first).toMatchObject({ point: { lat: -33.5, lon: -70.25 }, capturedAt: '2019-01-02T03:04:05.670-03:00' });
    expect(second).toMatchObject({ point: { lat: -33.5, lon: -70.25 } });
  });

  it('do not put a photo on the wrong side where the side was left out', async () => {
    expect((await facts('SourceFile,EXIF:GPSLatitude,EXIF:GPSLongitude\na.jpg,33.5,70.25\n'))[0]).toMatch(
      /north or south/,
    );
  });
});
