import { beforeAll, describe, expect, it } from '@jest/globals';
import { cellToLatLng, cellToParent, latLngToCell } from 'h3-js';
import { coverageSchema, facetsSchema } from '../../../src/api/coverage.js';
import { fromSphere, toSphere } from '../../../src/geo/sphere.js';
import { httpWorld, problemOf, type TestServer, type WorldPhoto } from '../../support/http-world.js';

const world = httpWorld();
let server: TestServer;
beforeAll(async () => {
  server = await world.serve();
});

const coverage = async (server: TestServer, query: string) =>
  coverageSchema.parse(await (await server.get(`/v1/coverage?${query}`)).json());

const yearOf = ({ capturedAt }: WorldPhoto) => (capturedAt === null ? null : Number(capturedAt.slice(0, 4)));

/** Of resolution 1, above the finest that holds it: near a border that may be another than the one it lies in. */
const cellOf = ({ point }: WorldPhoto) => cellToParent(latLngToCell(point.lat, point.lon, 9), 1);

/** The middle of some photos on the sphere, longitude first. */
function middleOf(photos: readonly WorldPhoto[]): readonly [lon: number, lat: number] {
  const sum = (axis: 0 | 1 | 2) => photos.reduce((total, { point }) => total + toSphere(point)[axis], 0);
  const { lat, lon } = fromSphere([sum(0), sum(1), sum(2)]);
  return [lon, lat];
}

describe('GET /v1/coverage', () => {
  it('answers GeoJSON with a point and a count for each cell', async () => {
    const response = await server.get('/v1/coverage?bbox=10,50,20,60&zoom=3');
    expect(response.headers.get('content-type')).toMatch(/^application\/geo\+json/);
    const { features, references, resolution } = coverageSchema.parse(await response.json());
    expect([references, resolution]).toEqual([4, 1]);
    const here = world.photos.filter(({ country }) => country === 'PL' || country === 'DE');
    const cells = new Set(here.map(cellOf));
    expect(new Set(features.map(({ id }) => id))).toEqual(cells);
    expect(cells.size).toBeLessThan(here.length);
    for (const { id, geometry, properties } of features) {
      const counted = here.filter((photo) => cellOf(photo) === id);
      const alone = counted.length === 1 ? counted[0]?.id : null;
      expect(properties).toEqual({ count: counted.length, reference_id: alone });
      for (const [i, degrees] of middleOf(counted).entries()) expect(geometry.coordinates[i]).toBeCloseTo(degrees, 5);
    }
  });

  it('gives one photo alone exactly, by 7 decimals', async () => {
    const { features } = await coverage(server, 'zoom=14');
    const { point, id } = world.photo('sopot');
    expect(features.find(({ properties }) => properties.reference_id === id)).toEqual({
      ...{ type: 'Feature', id: latLngToCell(point.lat, point.lon, 9) },
      geometry: { type: 'Point', coordinates: [18.5601123, 54.4418123] },
      properties: { count: 1, reference_id: id },
    });
  });

  it('gives the middle of the cell, and no id, where the server rounds positions', async () => {
    const { features } = await coverage(await world.serve({ round_km: 1 }), 'zoom=3');
    expect(features.length).toBeGreaterThan(2);
    for (const { id, geometry, properties } of features) {
      const [lat, lon] = cellToLatLng(id);
      expect(geometry.coordinates[0]).toBeCloseTo(lon, 6);
      expect(geometry.coordinates[1]).toBeCloseTo(lat, 6);
      expect(properties.reference_id).toBeNull();
    }
  });

  it('counts by box, source, years, countries and whether of a walk, and takes the whole world by default', async () => {
    const facets = facetsSchema.parse(await (await server.get('/v1/facets')).json());
    const all = () => true;
    const cases: [string, (photo: WorldPhoto) => boolean][] = [
      ['', all],
      ['bbox=170,-20,-170,-10&zoom=14', ({ country }) => country === 'FJ'],
      [`source=${facets.sources[0]?.id}`, all],
      ['source=none', () => false],
      ['year_from=2015&year_to=2019', (photo) => [2015, 2019].includes(yearOf(photo) ?? 0)],
      ['year_from=2020', (photo) => (yearOf(photo) ?? 0) >= 2020],
      ['year_to=2020', (photo) => (yearOf(photo) ?? 9999) <= 2020],
      ['country=pl,de&country=FR', ({ country }) => country === 'PL' || country === 'DE'],
      ['has_sequence=true', ({ sequence }) => sequence !== null],
      ['has_sequence=false', ({ sequence }) => sequence === null],
      ['country=PL&has_sequence=true&year_to=2016', ({ file }) => file === 'a/pier.jpg'],
    ];
    for (const [query, counts] of cases) {
      const { references } = await coverage(server, query);
      expect([query, references]).toEqual([query, world.photos.filter(counts).length]);
    }
  });

  it('gives finer cells to a closer map, but no finer than the points may be exact', async () => {
    expect((await coverage(server, '')).resolution).toBe(0);
    expect((await coverage(server, 'zoom=14')).resolution).toBe(9);
    // Cells of resolution 5 are about 20 km across, those of 6 about 7.
    expect((await coverage(await world.serve({ round_km: 10 }), 'zoom=18')).resolution).toBe(5);
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
    const problem = await problemOf(await server.get(`/v1/coverage?${query}`));
    expect([problem.status, problem.code, problem.errors[0]?.path.split('.')[0]]).toEqual([
      400,
      'request_invalid',
      path,
    ]);
  });
});

describe('GET /v1/facets', () => {
  it('says by what references can be narrowed', async () => {
    const { sources, years } = facetsSchema.parse(await (await server.get('/v1/facets')).json());
    expect(sources).toEqual([{ id: expect.any(String), name: 'photos', references: world.photos.length }]);
    const known = world.photos.map(yearOf);
    expect(new Map(years.map(({ year, references }) => [year, references]))).toEqual(
      new Map(known.map((year) => [year, known.filter((other) => other === year).length])),
    );
  });
});
