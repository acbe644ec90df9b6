import { truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openSource } from '../../../../src/ingest/sources/open-source.js';
import { readJsonFile } from '../../../../src/ingest/sources/read-json-file.js';
import { openTable } from '../../../../src/ingest/sources/read-table.js';
import { makePipe } from '../../../support/odd-entries.js';
import { collectSource } from '../../../support/source-items.js';
import { temporaryFolder } from '../../../support/temporary-folder.js';

async function read(value: unknown, name: string) {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const folder = temporaryFolder({ 'a.jpg': '', 'b.jpg': '', 'deep/c.jpg': '', [name]: text });
  return collectSource(await openSource(join(folder, name)));
}

function feature(geometry: unknown, properties: unknown) {
  return { type: 'Feature', geometry, properties };
}

describe('GeoJSON as source', () => {
  it('reads points, a name and other facts', async () => {
    const { photos } = await read(
      {
        type: 'FeatureCollection',
        features: [
          feature({ type: 'Point', coordinates: [-2, 1.5, 30] }, { image: 'a.jpg', Author: 'Ada', heading: 90 }),
          feature(null, { path: 'b.jpg', captured_at: '2020-01-02T03:04:05Z' }),
          { ...feature({ type: 'Point', coordinates: [4, 3] }, null), id: 'c' },
        ],
      },
      'm.geojson',
    );
    expect(photos.map((photo) => [photo.path, photo.manifest?.point, photo.issue])).toEqual([
      ['a.jpg', { lat: 1.5, lon: -2 }, null],
      ['b.jpg', null, null],
      ['deep/c.jpg', { lat: 3, lon: 4 }, null],
    ]);
    expect(photos[0]?.manifest).toMatchObject({ author: 'Ada', headingDeg: 90, altitudeM: 30 });
    expect(photos[1]?.manifest?.capturedAt).toBe('2020-01-02T03:04:05Z');
  });

  it('reports features that are no points and goes on', async () => {
    const { photos } = await read(
      {
        type: 'FeatureCollection',
        features: [
          feature({ type: 'LineString', coordinates: [[1, 2]] }, { file: 'a.jpg' }),
          feature({ type: 'Point', coordinates: [170, 'x'] }, { file: 'b.jpg' }),
          feature({ type: 'Point', coordinates: [170, 5] }, { file: 'deep/c.jpg' }),
        ],
      },
      'm.json',
    );
    expect(photos.map((photo) => photo.issue?.code ?? null)).toEqual([
      'manifest_row_invalid',
      'manifest_row_invalid',
      null,
    ]);
    expect(photos[0]?.issue?.reason).toContain('feature 1');
  });

  it.each([
    ['a MultiPoint of one', { type: 'MultiPoint', coordinates: [[4.5, 3.5, 12]] }, 12],
    [
      'a MultiPoint of the same twice',
      {
        type: 'MultiPoint',
        coordinates: [
          [4.5, 3.5],
          [4.5, 3.5],
        ],
      },
      null,
    ],
    [
      'a collection of one',
      { type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [4.5, 3.5, -7] }] },
      -7,
    ],
    ['a Point with a box and a measure', { type: 'Point', bbox: [0, 0, 9, 9], coordinates: [4.5, 3.5, 12, 99] }, 12],
    ['coordinates as texts', { type: 'Point', coordinates: ['4.5', '3.5'] }, null],
  ])('takes %s for a point', async (_what, geometry, altitude) => {
    const { photos } = await read(feature(geometry, { file: 'a.jpg' }), 'm.geojson');
    expect(photos.map(({ manifest, issue }) => [manifest?.point, manifest?.altitudeM, issue])).toEqual([
      [{ lat: 3.5, lon: 4.5 }, altitude, null],
    ]);
  });

  it.each([
    [
      'of several points',
      {
        type: 'MultiPoint',
        coordinates: [
          [1, 2],
          [3, 4],
        ],
      },
      /one Point, got 2 different points/,
    ],
    [
      'of a line among points',
      { type: 'GeometryCollection', geometries: [{ type: 'LineString', coordinates: [] }] },
      /GeometryCollection/,
    ],
  ])('refuses a geometry %s', async (_what, geometry, reason) => {
    const { photos } = await read(feature(geometry, { file: 'a.jpg' }), 'm.geojson');
    expect(photos[0]?.issue?.reason).toMatch(reason);
  });

  it('takes an empty geometry for an unknown place, and the properties where there is none', async () => {
    const features = [
      feature({ type: 'Point', coordinates: [] }, { file: 'a.jpg' }),
      feature(null, { file: 'b.jpg', lat: 3, lon: '4,5' }),
    ];
    const { photos } = await read({ type: 'FeatureCollection', features }, 'm.geojson');
    expect(photos.map(({ manifest, issue }) => [manifest?.point, issue])).toEqual([
      [null, null],
      [{ lat: 3, lon: 4.5 }, null],
    ]);
  });

  it('reads properties that lie deeper, and those that each feature calls otherwise', async () => {
    const at = { type: 'Point', coordinates: [4.5, 3.5] };
    const features = [
      feature(at, {
        image: { filename: 'a.jpg' },
        exif: { DateTimeOriginal: '2009:11:16 12:51:58', artist: ['Ada', 'Bo'] },
      }),
      feature(at, { file: 'b.jpg', user: { id: 7 }, taken_at: '2010-01-02' }),
    ];
    const { photos } = await read({ type: 'FeatureCollection', features }, 'm.geojson');
    expect(photos.map(({ path, manifest }) => [path, manifest?.capturedAt, manifest?.author])).toEqual([
      ['a.jpg', '2009-11-16T12:51:58', 'Ada, Bo'],
      ['b.jpg', '2010-01-02', null],
    ]);
  });

  it.each([
    ['urn:ogc:def:crs:OGC:1.3:CRS84', null],
    ['EPSG:4326', null],
    ['urn:ogc:def:crs:EPSG::3857', 'manifest_invalid'],
  ])('knows the reference system %s', async (name, code) => {
    const crs = { type: 'name', properties: { name } };
    const features = [feature({ type: 'Point', coordinates: [4.5, 3.5] }, { file: 'a.jpg' })];
    const reading = read({ type: 'FeatureCollection', crs, features }, 'm.geojson');
    if (code === null) expect((await reading).photos[0]?.manifest?.point).toEqual({ lat: 3.5, lon: 4.5 });
    else await expect(reading).rejects.toMatchObject({ code, message: expect.stringMatching(/3857.*EPSG:4326/) });
  });

  it.each([
    ['lines', '', '\n', 'm.geojsonl'],
    ['lines under another name', '', '\r\n', 'm.json'],
    ['a text sequence', '\u001e', '\n', 'm.geojsons'],
  ])('reads features as %s', async (_how, before, after, name) => {
    const features = ['a.jpg', 'b.jpg'].map((file) => feature({ type: 'Point', coordinates: [4.5, 3.5] }, { file }));
    const { photos } = await read(features.map((one) => `${before}${JSON.stringify(one)}${after}`).join(''), name);
    expect(photos.map(({ path, manifest }) => [path, manifest?.point?.lat])).toEqual([
      ['a.jpg', 3.5],
      ['b.jpg', 3.5],
    ]);
  });

  it('says that the coordinates look swapped', async () => {
    const features = [151, 144, 115].map((lon, i) =>
      feature({ type: 'Point', coordinates: [-33, lon] }, { file: `${i}.jpg` }),
    );
    await expect(read({ type: 'FeatureCollection', features }, 'm.geojson')).rejects.toMatchObject({
      code: 'manifest_columns_swapped',
    });
  });

  it.each([
    ['{', 'manifest_invalid'],
    [[1, 2], 'manifest_invalid'],
    [{ type: 'FeatureCollection' }, 'manifest_invalid'],
    ['', 'manifest_invalid'],
  ])('refuses %j', async (value, code) => {
    await expect(read(value, 'm.geojson')).rejects.toMatchObject({ code });
  });
});

describe('a list of objects as source', () => {
  it('is what exiftool -json prints, with and without -n, -G and -g', async () => {
    const { photos, notes } = await read(
      [
        {
          SourceFile: './a.jpg',
          GPSLatitude: '33 deg 30\' 0.00" S',
          GPSLongitude: '70 deg 15\' 0.00" W',
          GPSAltitude: '9 m Above Sea Level',
        },
        {
          SourceFile: './b.jpg',
          'Composite:GPSLatitude': -33.5,
          'EXIF:GPSLatitude': 33.5,
          'Composite:GPSLongitude': -70.25,
        },
        {
          SourceFile: 'c.jpg',
          EXIF: { GPSLatitude: 33.5, GPSLatitudeRef: 'S', GPSLongitude: 70.25, GPSLongitudeRef: 'W' },
        },
      ],
      'm.json',
    );
    expect(photos.map(({ path, manifest }) => [path, manifest?.point])).toEqual(
      ['a.jpg', 'b.jpg', 'deep/c.jpg'].map((path) => [path, { lat: -33.5, lon: -70.25 }]),
    );
    expect(photos[0]?.manifest?.altitudeM).toBe(9);
    expect(notes.notices).toEqual([]);
  });

  it('needs a file and a position', async () => {
    await expect(read([{ name: 'a' }], 'm.json')).rejects.toMatchObject({ code: 'manifest_column_missing' });
    await expect(read({ type: 'Point', coordinates: [1, 2] }, 'm.geojson')).rejects.toMatchObject({
      code: 'manifest_invalid',
      message: expect.stringMatching(/geometry alone/),
    });
  });
});

describe("Mapillary's image description as source", () => {
  it('reads entries and passes over those with errors, and videos', async () => {
    const { photos, notes } = await read(
      [
        {
          filename: '/media/card/DCIM/deep/c.jpg',
          filetype: 'image',
          MAPLatitude: 1.5,
          MAPLongitude: -2,
          MAPCaptureTime: '2021_03_05_10_11_12_345',
          MAPCompassHeading: { TrueHeading: 271.5, MagneticHeading: 270 },
          MAPAltitude: 12.5,
          MAPSequenceUUID: 's1',
          md5sum: 'x',
        },
        { filename: 'a.jpg', error: { type: 'MapillaryGeoTaggingError', message: 'no GPS' }, filetype: 'image' },
        { filename: 'v.mp4', filetype: 'video', MAPGPSTrack: [] },
      ],
      'mapillary_image_description.json',
    );
    expect(photos).toHaveLength(1);
    expect(photos[0]).toMatchObject({
      path: 'deep/c.jpg',
      issue: null,
      manifest: {
        point: { lat: 1.5, lon: -2 },
        headingDeg: 271.5,
        altitudeM: 12.5,
        capturedAt: '2021-03-05T10:11:12.345Z',
        sequence: 's1',
      },
    });
    expect(notes.skippedEntries).toBe(2);
  });
});

describe('a JSON manifest', () => {
  it('that is larger than can be read at once is refused before it is read', async () => {
    const folder = temporaryFolder({ 'm.json': '' });
    truncateSync(join(folder, 'm.json'), 400 * 2 ** 20 + 1);
    await expect(readJsonFile(join(folder, 'm.json'))).rejects.toMatchObject({ code: 'manifest_too_large' });
  });

  it.each(['m.json', 'm.csv'])('that is a folder is refused (%s)', async (name) => {
    const file = join(temporaryFolder({ [`photos/${name}/a.txt`]: '' }), 'photos', name);
    const reading = name === 'm.json' ? readJsonFile(file) : openTable(file);
    await expect(reading).rejects.toMatchObject({ code: 'manifest_unreadable' });
  });

  it.each(['m.json', 'm.csv'])('that is a pipe holds nobody up (%s)', async (name) => {
    const file = join(temporaryFolder(), name);
    makePipe(file);
    const reading = name === 'm.json' ? readJsonFile(file) : openTable(file);
    await expect(reading).rejects.toMatchObject({
      code: 'manifest_unreadable',
      message: expect.stringMatching(/a pipe/),
    });
  });
});
