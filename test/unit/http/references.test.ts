import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import {
  addedReferenceSchema,
  featureCollectionSchema,
  placedReferenceSchema,
  referenceListSchema,
  referenceSchema,
} from '../../../src/api/references.js';
import { fault } from '../../../src/domain/errors.js';
import { distanceKm } from '../../../src/geo/distance.js';
import { describePlace } from '../../../src/locate/describe-neighbour.js';
import { blobOf, httpWorld, problemOf, type TestServer, type WorldPhoto } from '../../support/http-world.js';
import { makePhoto } from '../../support/make-photo.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const world = httpWorld();
let server: TestServer;
let paging: TestServer;
beforeAll(async () => {
  server = await world.serve();
  paging = await world.serve({ page_size_max: 2 });
});

/** A photo of its own, which the index does not have. */
const picture = async (seed: number, point?: { lat: number; lon: number }) =>
  blobOf(await makePhoto(1000 + seed, point));
const added = async (response: Response) => addedReferenceSchema.parse(await response.json());

/** By node:http: `fetch` asks for a whole answer (`Cache-Control: no-cache`) where it is given a condition. */
function conditionally(path: string, headers: Record<string, string>) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    get(server.url + path, { headers }, (response) => {
      let body = '';
      response.setEncoding('latin1').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    }).on('error', reject);
  });
}

const pathOf = ({ id }: { readonly id: string }, rest = '') => `/v1/references/${id}${rest}`;
const sopot = (rest = '') => pathOf(world.photo('sopot'), rest);

describe('listing references', () => {
  it('goes from page to page until all were seen', async () => {
    const seen: string[] = [];
    let next: string | null = '/v1/references?country=PL';
    for (let pages = 0; next !== null && pages < 10; pages++) {
      const response: Response = await paging.get(next);
      const page = referenceListSchema.parse(await response.json());
      expect(page.references.length).toBeLessThanOrEqual(2);
      seen.push(...page.references.map(({ id }) => id));
      const link: string | undefined = /<(.*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
      expect(link === undefined).toBe(page.cursor === null);
      next = link ?? null;
    }
    const polish = world.photos.filter(({ country }) => country === 'PL');
    expect(seen.toSorted()).toEqual(polish.map(({ id }) => id).toSorted());
  });

  it('is GeoJSON where that is asked for, longitude first', async () => {
    const response = await server.get('/v1/references', { accept: 'application/geo+json' });
    expect(response.headers.get('content-type')).toMatch(/^application\/geo\+json/);
    const collection = featureCollectionSchema.parse(await response.json());
    const feature = collection.features.find(({ id }) => id === world.photo('sopot').id);
    expect(feature?.geometry.coordinates).toEqual([18.5601123, 54.4418123]);
    expect(feature?.properties).toMatchObject({ country: 'PL', captured_at: '2024-05-17T12:30:00Z' });
  });

  const has = (names: readonly string[]) => (photo: WorldPhoto) => names.some((name) => photo.file.includes(name));
  it.each<[string, (photo: WorldPhoto) => boolean]>([
    ['bbox=170,-20,-170,20', has(['suva'])],
    ['bbox=13,50,19,54.4', has(['berlin', 'gdansk'])],
    ['near=54.44,18.56,3', has(['sopot', 'pier'])],
    ['country=pl,de&country=France', ({ country }) => ['PL', 'DE'].includes(country)],
    ['captured_after=2020-01-01', has(['sopot', 'berlin', 'suva'])],
    ['captured_before=2020-06-30', has(['pier', 'gdansk', 'berlin'])],
    ['captured_before=2020-06-30T22:00:00Z', has(['pier', 'gdansk'])],
    ['sequence=drive&sequence=none', has(['berlin'])],
    ['author=ann&author=cy', ({ author }) => author === 'ann' || author === 'cy'],
    ['source=b/', ({ file }) => file.startsWith('b/')],
    ['has_sequence=false', ({ sequence }) => sequence === null],
    [`exclude=${encodeURIComponent('{"author": "ann", "country": "ZA"}')}`, has(['pier', 'berlin', 'suva'])],
    ['country=PL&author=ann&sequence=walk', has(['sopot'])],
  ])('keeps to its conditions: %s', async (query, isMeant) => {
    const page = referenceListSchema.parse(await (await server.get(`/v1/references?${query}`)).json());
    const meant = world.photos.filter(isMeant);
    expect(page.references.map(({ source }) => source).toSorted()).toEqual(meant.map(({ file }) => file).toSorted());
    expect(meant.length).toBeGreaterThan(0);
  });

  it.each([
    ['limit=3', 'limit_out_of_range', 'limit'],
    ['limit=0', 'request_invalid', 'limit'],
    ['limit=x', 'request_invalid', 'limit'],
    ['bbox=1,2,3', 'request_invalid', 'bbox'],
    ['bbox=1,2,3,nan', 'request_invalid', 'bbox.3'],
    ['bbox=1,2,,4', 'request_invalid', 'bbox.2'],
    ['near=91,0,1', 'request_invalid', 'near.0'],
    ['country=Atlantis', 'request_invalid', 'country.0'],
    ['exclude=x', 'request_invalid', 'exclude'],
    ['town=x', 'request_invalid', 'town'],
    ['cursor=broken', 'bad_cursor', null],
  ])('refuses ?%s', async (query, code, at) => {
    const problem = await problemOf(await paging.get(`/v1/references?${query}`));
    expect(problem).toMatchObject({ status: 400, code });
    if (at !== null) expect(problem.errors.map((error) => error.path)).toContain(at);
  });
});

describe('adding a reference', () => {
  it('answers 201 for a new photo and 200 for the same bytes again', async () => {
    const metadata = JSON.stringify({
      lat: 54.4,
      lon: 18.5,
      captured_at: '2024-05-17T12:30:00+02:00',
      heading_deg: 360,
      author: 'bo',
      sequence: 's',
      licence: 'CC0',
      attribution: 'by bo',
      url: 'https://example.com/1',
    });
    const first = await server.form('/v1/references', { image: await picture(1), metadata });
    expect(first.status).toBe(201);
    const { outcome, reference } = await added(first);
    expect(first.headers.get('location')).toBe(`/v1/references/${reference.id}`);
    expect(outcome).toBe('added');
    expect(reference).toMatchObject({
      ...{ point: { lat: 54.4, lon: 18.5 }, captured_at: '2024-05-17T12:30:00+02:00', heading_deg: 0, author: 'bo' },
      ...{ sequence: 's', licence: 'CC0', attribution: 'by bo', url: 'https://example.com/1', altitude_m: null },
    });
    const second = await server.form('/v1/references', { image: await picture(1), metadata });
    expect([second.status, await added(second)]).toEqual([200, { outcome: 'unchanged', reference }]);
  });

  it('takes the fields as parts of their own', async () => {
    const fields = { lat: '1.5', lon: '-2', heading_deg: '90', altitude_m: '-3.5', author: '7' };
    const response = await server.form('/v1/references', { image: await picture(2), ...fields });
    expect(response.status).toBe(201);
    expect((await added(response)).reference).toMatchObject({
      ...{ point: { lat: 1.5, lon: -2 }, heading_deg: 90, altitude_m: -3.5, author: '7' },
    });
  });

  it('takes JSON with the picture in base64', async () => {
    const bytes = await makePhoto(1003);
    const body = { image_base64: bytes.toString('base64'), lat: 1, lon: 2 };
    const response = await server.json('/v1/references', body);
    expect(response.status).toBe(201);
    const { id } = (await added(response)).reference;
    const kept = await server.get(`/v1/references/${id}/image`);
    expect(Buffer.from(await kept.arrayBuffer())).toEqual(bytes);
  });

  it('leaves what is not given to the EXIF', async () => {
    const placed = await server.form('/v1/references', { image: await picture(4, { lat: 48.2, lon: 16.37 }) });
    expect((await added(placed)).reference).toMatchObject({ point: { lat: 48.2, lon: 16.37 }, author: null });
    const response = await server.form('/v1/references', { image: await picture(5) });
    expect(await problemOf(response)).toMatchObject({ status: 422, code: 'no_position' });
  });

  it('never lets a file name lead out of the folder', async () => {
    const form = new FormData();
    form.append('image', await picture(6), '..\\..\\etc\\passwd');
    form.append('metadata', '{"lat": 1, "lon": 2}');
    const { reference } = await added(await fetch(`${server.url}/v1/references`, { method: 'POST', body: form }));
    expect(JSON.stringify(reference)).not.toContain('passwd');
    const kept = readdirSync(join(world.folder, 'index', 'files'), { recursive: true }).map(String);
    expect(kept).toContain(reference.source);
    expect(readdirSync(world.folder, { recursive: true }).filter((name) => String(name).includes('passwd'))).toEqual(
      [],
    );
  });

  it.each(['limit=1&limit=2&limit=3', 'cursor=a&cursor=b&cursor=c', 'bbox=1,2,3,4&bbox=1,2,3,4&bbox=1,2,3,4'])(
    'says of ?%s that one value was expected',
    async (query) => {
      const { code, errors } = await problemOf(await server.get(`/v1/references?${query}`));
      const path = query.slice(0, query.indexOf('='));
      expect([code, errors]).toEqual(['request_invalid', [{ path, message: 'Expected one value, got a list of 3.' }]]);
    },
  );

  const image = new Blob([new Uint8Array([0xff, 0xd8, 0xff])]);
  it.each<[string, Record<string, Blob | string>, string, string]>([
    ['without a picture', { metadata: '{}' }, 'image_missing', 'image'],
    ['with half a position', { image, metadata: '{"lat": 1}' }, 'request_invalid', 'lat'],
    ['with latitude 91', { image, metadata: '{"lat": 91, "lon": 1}' }, 'request_invalid', 'lat'],
    ['with a latitude in words', { image, lat: 'nan', lon: '1' }, 'request_invalid', 'lat'],
    ['with an empty latitude', { image, lat: '', lon: '1' }, 'request_invalid', 'lat'],
    ['with an unknown field', { image, metadata: '{"town": "x"}' }, 'request_invalid', 'town'],
    ['with metadata that is no JSON', { image, metadata: 'lat=1' }, 'metadata_invalid', 'metadata'],
    ['with metadata that is a list', { image, metadata: '[]' }, 'metadata_invalid', 'metadata'],
    ['with a url that runs code', { image, metadata: '{"url": "javascript:x"}' }, 'request_invalid', 'url'],
  ])('%s is refused', async (_name, given, code, at) => {
    const problem = await problemOf(await server.form('/v1/references', given));
    expect(problem).toMatchObject({ status: 400, code });
    expect(problem.errors.map((error) => error.path)).toContain(at);
  });

  it('says when to come again while another process writes', async () => {
    const busy = await world.serve(
      {},
      {
        addPhoto: async () => {
          throw fault('index_busy', 'Another process writes to this index.', { retryAfterS: 3 });
        },
      },
    );
    const response = await busy.form('/v1/references', { image: await picture(7) });
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'index_busy' });
    expect(response.headers.get('retry-after')).toBe('3');
  });
});

describe('one reference', () => {
  it('is shown without the folders of this machine', async () => {
    const response = await server.get(sopot());
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).not.toContain(world.folder);
    expect(referenceSchema.parse(JSON.parse(text))).toMatchObject({ country: 'PL', source: 'a/sopot.jpg' });
    const nearest = describePlace(await world.app.gazetteer(), world.photo('sopot').point);
    expect(nearest).toMatchObject({ name: 'Sopot', region: 'Pomerania', country: 'Poland', iso2: 'PL' });
    expect(placedReferenceSchema.parse(JSON.parse(text)).place).toEqual(nearest);
  });

  it.each(['', '/image', '/thumbnail'])('that is not there is 404: %s', async (rest) => {
    for (const id of ['0'.repeat(32), 'nonsense', '%2e%2e%2fetc']) {
      const problem = await problemOf(await server.get(`/v1/references/${id}${rest}`));
      expect(problem).toMatchObject({ status: 404, code: 'reference_not_found' });
    }
  });

  it('can be deleted once', async () => {
    const metadata = '{"lat": 1, "lon": 2}';
    const { reference } = await added(await server.form('/v1/references', { image: await picture(8), metadata }));
    const remove = () => fetch(server.url + pathOf(reference), { method: 'DELETE' });
    expect((await remove()).status).toBe(204);
    expect(await problemOf(await remove())).toMatchObject({ status: 404, code: 'reference_not_found' });
  });

  it('gives its photo byte for byte, with its type by its bytes', async () => {
    const response = await server.get(sopot('/image'));
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(world.photo('sopot').bytes);
  });

  it('gives its size to HEAD', async () => {
    const response = await fetch(server.url + sopot('/image'), { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(world.photo('sopot').bytes.length));
  });

  it('gives a thumbnail of at most 320 pixels without metadata, as WebP or JPEG', async () => {
    for (const [accept, format] of [
      ['image/webp,*/*', 'webp'],
      ['image/jpeg', 'jpeg'],
    ]) {
      const response = await server.get(sopot('/thumbnail'), { accept: accept as string });
      expect(response.headers.get('content-type')).toBe(`image/${format}`);
      const meta = await sharp(Buffer.from(await response.arrayBuffer())).metadata();
      expect([meta.format, meta.width, meta.height, meta.exif]).toEqual([format, 320, 240, undefined]);
    }
  });

  it.each([
    ['', {}],
    ['/image', {}],
    ['/thumbnail', { accept: 'image/webp' }],
    ['/thumbnail', { accept: 'image/jpeg' }],
  ])('is not sent again to a caller who has it: %s %j', async (rest, headers: Record<string, string>) => {
    const first = await server.get(sopot(rest), headers);
    const etag = first.headers.get('etag') as string;
    const again = await conditionally(sopot(rest), { ...headers, 'if-none-match': etag });
    expect([again.status, again.body, again.headers.etag]).toEqual([304, '', etag]);
    expect(again.headers['cache-control']).toMatch(/^private/);
    expect((await conditionally(sopot(rest), { ...headers, 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('is sent again once its facts were corrected', async () => {
    const facts = { lat: '1', lon: '2' };
    const image = await picture(9);
    const { reference } = await added(await server.form('/v1/references', { image, ...facts, author: 'ann' }));
    const etag = (await server.get(pathOf(reference))).headers.get('etag') as string;
    expect((await conditionally(pathOf(reference), { 'if-none-match': etag })).status).toBe(304);
    const corrected = await added(await server.form('/v1/references', { image, ...facts, author: 'bo' }));
    expect(corrected).toMatchObject({ outcome: 'updated', reference: { author: 'bo' } });
    expect((await conditionally(pathOf(reference), { 'if-none-match': etag })).status).toBe(200);
  });

  it('whose file is gone says so', async () => {
    const lost = world.photo('cape-town');
    rmSync(join(world.photosFolder, lost.file));
    for (const rest of ['/image', '/thumbnail']) {
      const problem = await problemOf(await server.get(pathOf(lost, rest)));
      expect(problem).toMatchObject({ status: 404, code: 'image_not_found' });
    }
  });

  it('whose file holds another photo now says so', async () => {
    const other = world.photo('suva');
    writeFileSync(join(world.photosFolder, other.file), await makePhoto(1010));
    for (const rest of ['/image', '/thumbnail']) {
      const problem = await problemOf(await server.get(pathOf(other, rest)));
      expect(problem).toMatchObject({ status: 404, code: 'image_not_found' });
    }
  });
});

describe('a stored file that is no picture', () => {
  it('is given for download only, never to be shown', async () => {
    const file = join(temporaryFolder(), 'photo');
    writeFileSync(file, '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>');
    const index = Object.create(await world.app.index(), { photos: { value: { file: async () => file } } });
    const own = await world.serve({}, { index: async () => index });
    const response = await own.get(sopot('/image'));
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
  });
});

describe('a server that coarsens', () => {
  it('moves every point to its grid and gives photos without their metadata', async () => {
    const coarse = await world.serve({ round_km: 100 });
    const one = referenceSchema.parse(await (await coarse.get(sopot())).json());
    const { point, bytes, id } = world.photo('sopot');
    expect(distanceKm(one.point, point)).toBeGreaterThan(1);
    expect(distanceKm(one.point, point)).toBeLessThan(100);
    expect(one.sources[0]?.point).toEqual(one.point);
    const list = featureCollectionSchema.parse(
      await (await coarse.get('/v1/references', { accept: 'application/geo+json' })).json(),
    );
    const feature = list.features.find((other) => other.id === id);
    expect(feature?.geometry.coordinates).toEqual([one.point.lon, one.point.lat]);
    const photo = Buffer.from(await (await coarse.get(sopot('/image'))).arrayBuffer());
    expect((await sharp(bytes).metadata()).exif).toBeDefined();
    expect((await sharp(photo).metadata()).exif).toBeUndefined();
  });

  it.each([
    [1, 'Sopot'],
    [10, null],
  ])('rounded to %d km, names no place that would say more than the point', async (round_km, name) => {
    const coarse = await world.serve({ round_km });
    const answer = await (await coarse.get(sopot())).json();
    expect(placedReferenceSchema.parse(answer).place).toMatchObject({ name, region: 'Pomerania', distance_km: null });
  });
});
