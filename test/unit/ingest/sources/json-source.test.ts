import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openSource } from '../../../../src/ingest/sources/open-source.js';
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
