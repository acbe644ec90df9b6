import { describe, expect, it } from '@jest/globals';
import { cellToLatLng, latLngToCell } from 'h3-js';
import { coverageSchema, facetsSchema } from '../../../src/api/coverage.js';
import { type FakeParts, problemOf, startFake, storedReference } from './fake-parts.js';

/** Three references of one cell, and one alone. */
function place({ stored, id }: FakeParts): void {
  stored.delete(id);
  const points = [
    { lat: 52.24, lon: 14.5 },
    { lat: 52.26, lon: 14.49 },
    { lat: 52.25, lon: 14.51 },
    { lat: 54.35202519, lon: 18.64663841 },
  ];
  for (const [i, point] of points.entries()) {
    const one = storedReference('abcd'.charAt(i).repeat(64), { point });
    stored.set(one.id, one);
  }
}

describe('GET /v1/coverage', () => {
  it('answers GeoJSON with a point and a count for each cell', async () => {
    const { get, running, parts } = await startFake();
    place(parts);
    const response = await get('/v1/coverage?bbox=10,50,20,60&zoom=3');
    expect(response.headers.get('content-type')).toMatch(/^application\/geo\+json/);
    const { features, references, resolution } = coverageSchema.parse(await response.json());
    expect([references, resolution]).toEqual([4, 1]);
    expect(features).toEqual([
      {
        type: 'Feature',
        id: latLngToCell(52.25, 14.5, 1),
        geometry: { type: 'Point', coordinates: [14.5, 52.25] },
        properties: { count: 3, reference_id: null },
      },
      {
        type: 'Feature',
        id: latLngToCell(54.35202519, 18.64663841, 1),
        geometry: { type: 'Point', coordinates: [18.6466384, 54.3520252] },
        properties: { count: 1, reference_id: 'd'.repeat(32) },
      },
    ]);
    await running.close();
  });

  it('gives the middle of the cell, and no id, where the server rounds positions', async () => {
    const { get, running, parts } = await startFake({ round_km: 1 });
    place(parts);
    const { features } = coverageSchema.parse(await (await get('/v1/coverage?zoom=3')).json());
    expect(features).toHaveLength(2);
    for (const { id, geometry, properties } of features) {
      const [lat, lon] = cellToLatLng(id);
      expect(geometry.coordinates[0]).toBeCloseTo(lon, 6);
      expect(geometry.coordinates[1]).toBeCloseTo(lat, 6);
      expect(properties.reference_id).toBeNull();
    }
    await running.close();
  });

  it('hands on box, source, years, countries and whether of a walk, and takes the whole world by default', async () => {
    const { get, parts, running } = await startFake();
    await get('/v1/coverage');
    await get('/v1/coverage?bbox=170,-20,-170,-10&zoom=14&source=2&year_from=2015&year_to=2019');
    await get('/v1/coverage?country=pl,de&country=FR&has_sequence=true');
    await get('/v1/coverage?has_sequence=false');
    expect(parts.calls.map(({ args }) => args[0])).toEqual([
      { bbox: { west: -180, south: -90, east: 180, north: 90 }, resolution: 0 },
      {
        ...{ bbox: { west: 170, south: -20, east: -170, north: -10 }, resolution: 9 },
        ...{ source: '2', yearFrom: 2015, yearTo: 2019 },
      },
      expect.objectContaining({ country: ['PL', 'DE', 'FR'], hasSequence: true }),
      expect.objectContaining({ hasSequence: false }),
    ]);
    await running.close();
  });

  it('gives no finer cells than the points may be exact', async () => {
    const { get, parts, running } = await startFake({ round_km: 10 });
    await get('/v1/coverage?zoom=18');
    // Cells of resolution 5 are about 20 km across, those of 6 about 7.
    expect(parts.calls[0]?.args[0]).toMatchObject({ resolution: 5 });
    await running.close();
  });

  it.each([
    ['bbox=10,60,20,50', 'bbox'],
    ['bbox=10,50,20', 'bbox'],
    ['bbox=a,b,c,d', 'bbox'],
    ['bbox=10,50,20,60&bbox=1,2,3,4', 'bbox'],
    ['zoom=-1', 'zoom'],
    ['zoom=x', 'zoom'],
    ['source=', 'source'],
    ['year_from=1.5', 'year_from'],
    ['country=Atlantis', 'country'],
    ['has_sequence=1', 'has_sequence'],
    ['colour=red', 'colour'],
  ])('refuses %s', async (query, path) => {
    const { get, running } = await startFake();
    const problem = await problemOf(await get(`/v1/coverage?${query}`));
    expect([problem.status, problem.code, problem.errors[0]?.path.split('.')[0]]).toEqual([
      400,
      'request_invalid',
      path,
    ]);
    await running.close();
  });
});

describe('GET /v1/facets', () => {
  it('says by what references can be narrowed', async () => {
    const { get, running } = await startFake();
    expect(facetsSchema.parse(await (await get('/v1/facets')).json())).toEqual({
      sources: [{ id: expect.stringMatching(/^[0-9a-f]+$/), name: 'root', references: 1 }],
      years: [{ year: 2024, references: 1 }],
    });
    await running.close();
  });
});
