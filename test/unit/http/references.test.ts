import { writeFileSync } from 'node:fs';
import { get, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import {
  addedReferenceSchema,
  featureCollectionSchema,
  placedReferenceSchema,
  referenceListSchema,
  referenceSchema,
} from '../../../src/api/references.js';
import { fault } from '../../../src/domain/errors.js';
import type { StoredReference } from '../../../src/references/reader.js';
import { type FakeServer, problemOf, startFake, storedReference } from './fake-parts.js';

let fake: FakeServer;
beforeAll(async () => {
  fake = await startFake({ page_size_max: 2 });
});
afterAll(async () => {
  await fake.running.close();
});

const picture = (...bytes: number[]) => new Blob([new Uint8Array([0xff, 0xd8, 0xff, ...bytes])]);
const lastCall = (verb: string) => fake.parts.calls.filter((call) => call.verb === verb).at(-1)?.args[0];
/** By node:http: `fetch` asks for a whole answer (`Cache-Control: no-cache`) where it is given a condition. */
function conditionally(rest: string, headers: Record<string, string>) {
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>((resolve, reject) => {
    get(fake.url + path(rest), { headers }, (response) => {
      let body = '';
      response.setEncoding('latin1').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    }).on('error', reject);
  });
}

const path = (rest = '') => `/v1/references/${fake.parts.id}${rest}`;

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
    const first = await fake.form('/v1/references', { image: picture(1), metadata });
    expect(first.status).toBe(201);
    const added = addedReferenceSchema.parse(await first.json());
    expect(first.headers.get('location')).toBe(`/v1/references/${added.reference.id}`);
    expect(added).toMatchObject({ outcome: 'added', reference: { author: 'bo', point: { lat: 54.4, lon: 18.5 } } });
    expect(lastCall('addPhoto')).toMatchObject({
      name: 'street scene.jpg',
      facts: { point: { lat: 54.4, lon: 18.5 }, headingDeg: 0, capturedAt: '2024-05-17T12:30:00+02:00' },
    });
    const second = await fake.form('/v1/references', { image: picture(1), metadata });
    expect(second.status).toBe(200);
    expect(addedReferenceSchema.parse(await second.json()).outcome).toBe('unchanged');
  });

  it('takes the fields as parts of their own', async () => {
    const response = await fake.form('/v1/references', { image: picture(2), lat: '1.5', lon: '-2', author: 'bo' });
    expect(response.status).toBe(201);
    expect(lastCall('addPhoto')).toMatchObject({ facts: { point: { lat: 1.5, lon: -2 }, author: 'bo' } });
  });

  it('takes JSON with the picture in base64', async () => {
    const image_base64 = Buffer.from([0xff, 0xd8, 0xff, 3]).toString('base64');
    const response = await fake.json('/v1/references', { image_base64, lat: 1, lon: 2 });
    expect(response.status).toBe(201);
  });

  it('leaves what is not given to the EXIF', async () => {
    const response = await fake.form('/v1/references', { image: picture(4) });
    expect((lastCall('addPhoto') as { facts: object }).facts).toEqual({});
    expect(await problemOf(response)).toMatchObject({ status: 422, code: 'no_position' });
  });

  it('never lets a file name lead out of the folder', async () => {
    const form = new FormData();
    form.append('image', picture(5), '..\\..\\etc\\passwd');
    form.append('metadata', '{"lat": 1, "lon": 2}');
    await fetch(`${fake.url}/v1/references`, { method: 'POST', body: form });
    expect((lastCall('addPhoto') as { name: string }).name).toBe('passwd');
  });

  it.each<[string, Record<string, Blob | string>, string, string]>([
    ['without a picture', { metadata: '{}' }, 'image_missing', 'image'],
    ['with half a position', { image: picture(6), metadata: '{"lat": 1}' }, 'request_invalid', 'lat'],
    ['with latitude 91', { image: picture(6), metadata: '{"lat": 91, "lon": 1}' }, 'request_invalid', 'lat'],
    ['with a latitude in words', { image: picture(6), lat: 'nan', lon: '1' }, 'request_invalid', 'lat'],
    ['with an empty latitude', { image: picture(6), lat: '', lon: '1' }, 'request_invalid', 'lat'],
    ['with an unknown field', { image: picture(6), metadata: '{"town": "x"}' }, 'request_invalid', 'town'],
    ['with metadata that is no JSON', { image: picture(6), metadata: 'lat=1' }, 'metadata_invalid', 'metadata'],
    ['with metadata that is a list', { image: picture(6), metadata: '[]' }, 'metadata_invalid', 'metadata'],
    ['with a url that runs code', { image: picture(6), metadata: '{"url": "javascript:x"}' }, 'request_invalid', 'url'],
  ])('%s is refused', async (_name, given, code, at) => {
    const problem = await problemOf(await fake.form('/v1/references', given));
    expect(problem).toMatchObject({ status: 400, code });
    expect(problem.errors.map((error) => error.path)).toContain(at);
  });

  it('says when to come again while another process writes', async () => {
    const busy = await startFake(
      {},
      {
        addPhoto: async () => {
          throw fault('index_busy', 'Another process writes to this index.', { retryAfterS: 3 });
        },
      },
    );
    const response = await busy.form('/v1/references', { image: picture(7) });
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'index_busy' });
    expect(response.headers.get('retry-after')).toBe('3');
    await busy.running.close();
  });
});

describe('one reference', () => {
  it('is shown without the folders of this machine', async () => {
    const response = await fake.get(path());
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).not.toContain('/secret/root');
    expect(referenceSchema.parse(JSON.parse(text))).toMatchObject({ country: 'PL', source: 'a/b.jpg' });
    expect(placedReferenceSchema.parse(JSON.parse(text)).place).toEqual({
      name: 'Sopot',
      region: 'Pomerania',
      country: 'Poland',
      iso2: 'PL',
      distance_km: 1.235,
    });
  });

  it.each(['', '/image', '/thumbnail'])('that is not there is 404: %s', async (rest) => {
    for (const id of ['0'.repeat(32), 'nonsense', '%2e%2e%2fetc']) {
      const problem = await problemOf(await fake.get(`/v1/references/${id}${rest}`));
      expect(problem).toMatchObject({ status: 404, code: 'reference_not_found' });
    }
  });

  it('can be deleted once', async () => {
    const gone = storedReference('d'.repeat(64));
    fake.parts.stored.set(gone.id, gone);
    const remove = () => fetch(`${fake.url}/v1/references/${gone.id}`, { method: 'DELETE' });
    expect((await remove()).status).toBe(204);
    expect(await problemOf(await remove())).toMatchObject({ status: 404, code: 'reference_not_found' });
  });

  it('gives its photo byte for byte, with its type by its bytes', async () => {
    const response = await fake.get(path('/image'));
    expect(response.headers.get('content-type')).toBe('image/jpeg');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(Buffer.from(await response.arrayBuffer())).toEqual(fake.parts.photo);
  });

  it('gives its size to HEAD', async () => {
    const response = await fetch(fake.url + path('/image'), { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(fake.parts.photo.length));
  });

  it('gives a thumbnail of at most 320 pixels without metadata, as WebP or JPEG', async () => {
    for (const [accept, format] of [
      ['image/webp,*/*', 'webp'],
      ['image/jpeg', 'jpeg'],
    ]) {
      const response = await fake.get(path('/thumbnail'), { accept: accept as string });
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
    const first = await fake.get(path(rest), headers);
    const etag = first.headers.get('etag') as string;
    const again = await conditionally(rest, { ...headers, 'if-none-match': etag });
    expect([again.status, again.body, again.headers.etag]).toEqual([304, '', etag]);
    expect(again.headers['cache-control']).toMatch(/^private/);
    expect((await conditionally(rest, { ...headers, 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('is sent again once its facts were corrected', async () => {
    const etag = (await fake.get(path(''))).headers.get('etag') as string;
    const before = fake.parts.stored.get(fake.parts.id) as StoredReference;
    fake.parts.stored.set(before.id, { ...before, author: 'bo' });
    expect((await conditionally('', { 'if-none-match': etag })).status).toBe(200);
    fake.parts.stored.set(before.id, before);
  });

  it('whose file is gone says so', async () => {
    const lost = storedReference('e'.repeat(64));
    fake.parts.stored.set(lost.id, lost);
    for (const rest of ['image', 'thumbnail']) {
      const problem = await problemOf(await fake.get(`/v1/references/${lost.id}/${rest}`));
      expect(problem).toMatchObject({ status: 404, code: 'image_not_found' });
    }
    fake.parts.stored.delete(lost.id);
  });
});

describe('a stored file that is no picture', () => {
  it('is given for download only, never to be shown', async () => {
    const own = await startFake();
    writeFileSync(join(own.parts.folder, 'photo'), '<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>');
    const response = await own.get(`/v1/references/${own.parts.id}/image`);
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(response.headers.get('content-disposition')).toMatch(/^attachment/);
    await own.running.close();
  });
});

describe('listing references', () => {
  it('goes from page to page until all were seen', async () => {
    const own = await startFake({ page_size_max: 2 });
    for (const digit of ['1', '2', '3', '4']) {
      const more = storedReference(digit.repeat(64));
      own.parts.stored.set(more.id, more);
    }
    const seen: string[] = [];
    let next: string | null = '/v1/references?country=PL';
    for (let pages = 0; next !== null && pages < 10; pages++) {
      const response: Response = await own.get(next);
      const page = referenceListSchema.parse(await response.json());
      seen.push(...page.references.map(({ id }) => id));
      const link: string | undefined = /<(.*)>; rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
      expect(link === undefined).toBe(page.cursor === null);
      next = link ?? null;
    }
    expect(seen.sort()).toEqual([...own.parts.stored.keys()].sort());
    await own.running.close();
  });

  it('is GeoJSON where that is asked for, longitude first', async () => {
    const response = await fake.get('/v1/references', { accept: 'application/geo+json' });
    expect(response.headers.get('content-type')).toMatch(/^application\/geo\+json/);
    const collection = featureCollectionSchema.parse(await response.json());
    const feature = collection.features.find(({ id }) => id === fake.parts.id);
    expect(feature?.geometry.coordinates).toEqual([18.9876543, 54.1234568]);
    expect(feature?.properties).toMatchObject({ country: 'PL', captured_at: '2024-05-17T12:30:00Z' });
  });

  it('hands its conditions over', async () => {
    const exclude = encodeURIComponent('{"author": "x"}');
    await fake.get(
      `/v1/references?bbox=170,-20,-170,20&near=1,2,3&country=pl,de&country=France&captured_after=2020-01-01&sequence=a&sequence=b&source=p/&exclude=${exclude}&limit=1`,
    );
    expect(lastCall('list')).toEqual({
      limit: 1,
      filter: {
        bbox: { west: 170, south: -20, east: -170, north: 20 },
        near: { lat: 1, lon: 2, km: 3 },
        country: ['PL', 'DE', 'FR'],
        capturedAfter: '2020-01-01',
        sequence: ['a', 'b'],
        source: ['p/'],
        exclude: { author: ['x'] },
      },
    });
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
    const problem = await problemOf(await fake.get(`/v1/references?${query}`));
    expect(problem).toMatchObject({ status: 400, code });
    if (at !== null) expect(problem.errors.map((error) => error.path)).toContain(at);
  });
});

describe('a server that coarsens', () => {
  it('moves every point to its grid and gives photos without their metadata', async () => {
    const coarse = await startFake({ round_km: 100 });
    const id = coarse.parts.id;
    const one = referenceSchema.parse(await (await coarse.get(`/v1/references/${id}`)).json());
    expect(one.point).not.toEqual({ lat: 54.1234568, lon: 18.9876543 });
    expect(one.sources[0]?.point).toEqual(one.point);
    const list = featureCollectionSchema.parse(
      await (await coarse.get('/v1/references', { accept: 'application/geo+json' })).json(),
    );
    expect(list.features[0]?.geometry.coordinates).toEqual([one.point.lon, one.point.lat]);
    const photo = Buffer.from(await (await coarse.get(`/v1/references/${id}/image`)).arrayBuffer());
    expect((await sharp(coarse.parts.photo).metadata()).exif).toBeDefined();
    expect((await sharp(photo).metadata()).exif).toBeUndefined();
    await coarse.running.close();
  });

  it.each([
    [1, 'Sopot'],
    [10, null],
  ])('rounded to %d km, names no place that would say more than the point', async (round_km, name) => {
    const coarse = await startFake({ round_km });
    const answer = await (await coarse.get(`/v1/references/${coarse.parts.id}`)).json();
    expect(placedReferenceSchema.parse(answer).place).toMatchObject({ name, region: 'Pomerania', distance_km: null });
    await coarse.running.close();
  });
});
