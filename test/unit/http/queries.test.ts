import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { locateAnswerSchema, locateFeaturesSchema } from '../../../src/api/locate.js';
import {
  classifyAnswerSchema,
  embedAnswerSchema,
  similarAnswerSchema,
  similarFeaturesSchema,
} from '../../../src/api/search.js';
import { fault } from '../../../src/domain/errors.js';
import { type FakeServer, problemOf, startFake } from './fake-parts.js';

let fake: FakeServer;
beforeAll(async () => {
  fake = await startFake({ k_max: 50, labels_max: 3, body_bytes_max: 200_000 });
});
afterAll(async () => {
  await fake.running.close();
});

const picture = () => new Blob([new Uint8Array([0xff, 0xd8, 0xff, 1, 2, 3])], { type: 'image/jpeg' });
const lastCall = (verb: string) => fake.parts.calls.filter((call) => call.verb === verb).at(-1)?.args;

describe('a query', () => {
  it('may be a form with a picture and options', async () => {
    const options = JSON.stringify({
      weights: { alpha: 1, beta: 0 },
      candidates: 2,
      k: 7,
      include_self: true,
      include_embedding: true,
    });
    const response = await fake.form('/v1/locate', { image: picture(), options });
    expect(response.status).toBe(200);
    const answer = locateAnswerSchema.parse(await response.json());
    expect(answer.query.sha256).toMatch(/^[0-9a-f]{64}$/);
    const [input, given] = lastCall('locate') as [{ kind: string; bytes: Buffer }, unknown];
    expect([...input.bytes]).toEqual([0xff, 0xd8, 0xff, 1, 2, 3]);
    expect(given).toEqual({
      overrides: { alpha: 1, beta: 0 },
      candidates: 2,
      neighbours: 7,
      includeSelf: true,
      includeEmbedding: true,
    });
  });

  it('may carry its options as a file of JSON, as a browser sends a Blob', async () => {
    const options = new Blob(['{"k": 3}'], { type: 'application/json' });
    const response = await fake.form('/v1/locate', { image: picture(), options });
    expect(response.status).toBe(200);
    expect(lastCall('locate')?.[1]).toEqual({ neighbours: 3 });
  });

  it.each([
    ['image_base64', { image_base64: Buffer.from('picture').toString('base64') }, 'image'],
    ['text', { text: 'a narrow street' }, 'text'],
    ['embedding', { embedding: [1, 0, 0, 0] }, 'embedding'],
  ])('may be JSON with %s', async (_name, query, kind) => {
    const response = await fake.json('/v1/embed', query);
    expect(response.status).toBe(200);
    embedAnswerSchema.parse(await response.json());
    expect(lastCall('resolveQuery')?.[0]).toMatchObject({ kind });
  });

  it('says which reference it is', async () => {
    const response = await fake.json('/v1/similar', { reference_id: fake.parts.id });
    const answer = similarAnswerSchema.parse(await response.json());
    expect(answer.query.reference_id).toBe(fake.parts.id);
  });

  it('hands its filter over in the words of the index', async () => {
    await fake.json('/v1/locate', {
      text: 'x',
      utility: 'geoscore',
      filter: {
        bbox: [170, -20, -170, 20],
        near: { lat: 1, lon: 2, km: 3 },
        country: 'pl',
        captured_after: '2020-01-01',
        captured_before: '2021-01-01T00:00:00Z',
        source: ['a/', 'b/'],
      },
      exclude: { sequence: 's', author: ['x'], ids: [fake.parts.id] },
    });
    expect(lastCall('locate')?.[1]).toEqual({
      overrides: { utility: 'geoscore' },
      filter: {
        bbox: { west: 170, south: -20, east: -170, north: 20 },
        near: { lat: 1, lon: 2, km: 3 },
        country: ['PL'],
        capturedAfter: '2020-01-01',
        capturedBefore: '2021-01-01T00:00:00Z',
        source: ['a/', 'b/'],
        exclude: { sequence: ['s'], author: ['x'], ids: [fake.parts.id] },
      },
    });
  });

  it('hands over what the asker knows', async () => {
    await fake.json('/v1/locate', {
      text: 'x',
      hints: {
        ...{
          country: ['Deutschland', 'AT'],
          exclude_country: 'us',
          bbox: [170, -20, -170, 20],
          exclude_bbox: [0, 0, 1, 1],
        },
        near: { lat: -33.9, lon: 18.4, uncertainty_km: 50 },
      },
    });
    expect(lastCall('locate')?.[1]).toEqual({
      hints: {
        country: ['DE', 'AT'],
        excludeCountry: ['US'],
        bbox: { west: 170, south: -20, east: -170, north: 20 },
        excludeBbox: { west: 0, south: 0, east: 1, north: 1 },
        near: { lat: -33.9, lon: 18.4, uncertaintyKm: 50 },
      },
    });
    await fake.json('/v1/locate', { text: 'x', hints: {} });
    expect(lastCall('locate')?.[1]).toEqual({});
  });

  it.each<[string, unknown, number, string, string | null]>([
    ['an unknown hint', { text: 'a', hints: { town: 'x' } }, 400, 'request_invalid', 'hints.town'],
    ['a country that is none', { text: 'a', hints: { country: 'Atlantis' } }, 400, 'request_invalid', 'hints.country'],
    [
      'a rough point that is exact',
      { text: 'a', hints: { near: { lat: 1, lon: 2, uncertainty_km: 0 } } },
      400,
      'request_invalid',
      'hints.near.uncertainty_km',
    ],
    ['no query', {}, 400, 'query_missing', null],
    ['two queries', { text: 'a', embedding: [1] }, 400, 'query_ambiguous', 'text'],
    ['an unknown field', { text: 'a', colour: 1 }, 400, 'request_invalid', 'colour'],
    ['an unknown field of a filter', { text: 'a', filter: { town: 'x' } }, 400, 'request_invalid', 'filter.town'],
    [
      'a latitude of 91',
      { text: 'a', filter: { near: { lat: 91, lon: 0, km: 1 } } },
      400,
      'request_invalid',
      'filter.near.lat',
    ],
    ['a box upside down', { text: 'a', filter: { bbox: [0, 10, 1, 5] } }, 400, 'request_invalid', 'filter.bbox'],
    [
      'a date that is none',
      { text: 'a', filter: { captured_after: '2024-13-40' } },
      400,
      'request_invalid',
      'filter.captured_after',
    ],
    ['exclude twice', { text: 'a', filter: { exclude: {} }, exclude: {} }, 400, 'request_invalid', 'exclude'],
    ['a weight below 0', { text: 'a', weights: { alpha: -1 } }, 400, 'request_invalid', 'weights.alpha'],
    ['base64 that is none', { image_base64: '***' }, 400, 'image_base64_invalid', 'image_base64'],
    [
      'a data: URL as base64',
      { image_base64: 'data:image/png;base64,AAAA' },
      400,
      'image_base64_invalid',
      'image_base64',
    ],
    ['an embedding of another dimension', { embedding: [1, 2] }, 400, 'dimension_mismatch', null],
    ['an embedding of zeros', { embedding: [0, 0, 0, 0] }, 400, 'embedding_invalid', null],
    ['a reference that is not there', { reference_id: '0'.repeat(32) }, 404, 'reference_not_found', null],
    [
      'a URL where none is allowed',
      { image_url: 'https://example.com/a.jpg' },
      403,
      'image_url_not_allowed',
      'image_url',
    ],
    ['a URL that is none', { image_url: 'nonsense' }, 400, 'image_url_invalid', 'image_url'],
    [
      'a picture that is none',
      { image_base64: Buffer.from('TEXT').toString('base64') },
      422,
      'unsupported_format',
      null,
    ],
    ['a list as body', [1], 400, 'request_invalid', ''],
    ['broken JSON', '{"text": ', 400, 'json_invalid', null],
    ['no body', '', 400, 'json_invalid', null],
    ['JSON of great depth', `${'['.repeat(40)}${']'.repeat(40)}`, 400, 'json_too_complex', null],
  ])('with %s is refused', async (_name, body, status, code, path) => {
    const response = await fake.json('/v1/locate', body);
    const problem = await problemOf(response);
    expect([problem.status, problem.code]).toEqual([status, code]);
    if (path !== null) expect(problem.errors.map((error) => error.path)).toContain(path);
  });

  it('of another content type is refused with 415', async () => {
    for (const type of ['text/plain', 'image/jpeg', 'application/x-www-form-urlencoded']) {
      const response = await fake.json('/v1/embed', 'x', { 'content-type': type });
      expect(await problemOf(response)).toMatchObject({ status: 415, code: 'content_type_unsupported' });
    }
  });

  it('that is compressed is refused with 415, so that no bomb is unpacked', async () => {
    const response = await fake.json('/v1/embed', '{"text":"a"}', { 'content-encoding': 'gzip' });
    expect(await problemOf(response)).toMatchObject({ status: 415, code: 'content_encoding_unsupported' });
  });

  it('that finds the encoder busy is told when to come again', async () => {
    const response = await fake.json('/v1/embed', { text: 'busy' });
    expect(await problemOf(response)).toMatchObject({ status: 429, code: 'encoder_busy' });
    expect(response.headers.get('retry-after')).toBe('2');
  });

  it('that meets a fault of ours learns nothing of the inside, but the log has it', async () => {
    const response = await fake.json('/v1/embed', { text: 'broken' });
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 500, code: 'internal', errors: [] });
    expect(JSON.stringify(problem)).not.toContain('secret of the house');
    await new Promise((resolve) => setImmediate(resolve));
    expect(fake.log.find((line) => line.includes(problem.request_id))).toContain('secret of the house');
  });

  it('that meets a fault of the operator learns nothing of his folders', async () => {
    const own = await startFake(
      {},
      { similar: () => Promise.reject(fault('index_not_found', 'None at /srv/secret.')) },
    );
    const problem = await problemOf(await own.json('/v1/similar', { text: 'x' }));
    expect(problem).toMatchObject({ status: 500, code: 'index_not_found' });
    expect(JSON.stringify(problem)).not.toContain('/srv/secret');
  });

  it('leaves no trace of its words in the log', async () => {
    await fake.json('/v1/embed', { text: 'a very private query' });
    await fake.get('/v1/places?q=privateplace');
    await new Promise((resolve) => setImmediate(resolve));
    expect(fake.log.join('')).not.toMatch(/private/);
  });
});

describe('a form', () => {
  it.each<[string, Record<string, Blob | string>, number, string, string]>([
    ['without a picture', { options: '{}' }, 400, 'image_missing', 'image'],
    ['with the picture as text', { image: 'not a file' }, 400, 'multipart_invalid', 'image'],
    ['with an empty picture', { image: new Blob([]) }, 422, 'image_empty', ''],
    ['with options that are no JSON', { image: picture(), options: '{k' }, 400, 'options_invalid', 'options'],
    ['with options that do not fit', { image: picture(), options: '{"k": -1}' }, 400, 'request_invalid', 'k'],
    ['with a query beside the picture', { image: picture(), options: '{"text": "a"}' }, 400, 'request_invalid', 'text'],
    ['with another part', { image: picture(), more: 'x' }, 400, 'multipart_invalid', 'more'],
    ['with another file', { image: picture(), second: picture() }, 400, 'multipart_invalid', 'second'],
  ])('%s is refused', async (_name, given, status, code, path) => {
    const problem = await problemOf(await fake.form('/v1/locate', given));
    expect([problem.status, problem.code]).toEqual([status, code]);
    if (path !== '') expect(problem.errors.map((error) => error.path)).toContain(path);
  });

  it('with two pictures is refused', async () => {
    const form = new FormData();
    form.append('image', picture(), 'a.jpg');
    form.append('image', picture(), 'b.jpg');
    const response = await fetch(`${fake.url}/v1/locate`, { method: 'POST', body: form });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'multipart_invalid' });
  });

  it('with options given twice is refused', async () => {
    const form = new FormData();
    form.append('image', picture(), 'a.jpg');
    form.append('options', '{}');
    form.append('options', '{}');
    const response = await fetch(`${fake.url}/v1/locate`, { method: 'POST', body: form });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'multipart_invalid' });
  });

  it('without a boundary is refused', async () => {
    const response = await fake.json('/v1/locate', 'x', { 'content-type': 'multipart/form-data' });
    expect(await problemOf(response)).toMatchObject({ status: 400 });
  });

  it('that ends too early is refused', async () => {
    const body = '--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc';
    const response = await fake.json('/v1/locate', body, { 'content-type': 'multipart/form-data; boundary=b' });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'multipart_invalid' });
  });
});

describe('a body that is too large', () => {
  it('is refused by its declared length', async () => {
    const response = await fake.json('/v1/embed', { text: 'x'.repeat(300_000) });
    expect(await problemOf(response)).toMatchObject({ status: 413, code: 'body_too_large' });
  });

  it.each(['application/json', 'multipart/form-data; boundary=b'])('is refused without one: %s', async (type) => {
    const start = '--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\n';
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += 1;
        controller.enqueue(new TextEncoder().encode(sent === 1 ? start : 'x'.repeat(10_000)));
        if (sent > 40) controller.close();
      },
    });
    const response = await fetch(`${fake.url}/v1/embed`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
      duplex: 'half',
    } as RequestInit);
    expect(await problemOf(response)).toMatchObject({ status: 413, code: 'body_too_large' });
  });
});

describe('an answer as GeoJSON', () => {
  const asked = (accept: string, path = '/v1/locate') => fake.json(path, { text: 'x' }, { accept });

  it('has the candidates, their circles and the neighbours as features, and the rest beside them', async () => {
    const response = await asked('application/geo+json');
    expect(response.headers.get('content-type')).toMatch(/^application\/geo\+json/);
    const { features, ...beside } = locateFeaturesSchema.parse(await response.json());
    expect(features.map(({ properties, geometry }) => [properties.kind, geometry.type])).toEqual([
      ['candidate', 'Point'],
      ['circle', 'Polygon'],
      ['circle', 'Polygon'],
      ['known', 'Point'],
      ['neighbour', 'Point'],
    ]);
    expect(features[0]?.geometry.coordinates).toEqual([18.5666667, 54.4444444]);
    expect(features[0]?.properties).toMatchObject({ rank: 1, probability: 0.62, name: 'Sopot', iso2: 'PL' });
    const { candidates, neighbours, ...whole } = locateAnswerSchema.parse(await (await asked('*/*')).json());
    expect([candidates.length, neighbours.length]).toEqual([1, 1]);
    expect(beside).toEqual({ type: 'FeatureCollection', ...whole });
  });

  it.each([
    ['application/geo+json', 'geo+json'],
    ['application/json;q=0.5, application/geo+json', 'geo+json'],
    ['application/geo+json;q=0.5, application/json', 'json'],
    ['application/geo+json, application/json', 'geo+json'],
    ['*/*', 'json'],
    ['text/html', 'json'],
  ])('is given to who accepts %s as %s, in every call that has both', async (accept, type) => {
    const answers = [
      await asked(accept),
      await asked(accept, '/v1/similar'),
      await fake.get('/v1/references', { accept }),
    ];
    for (const response of answers) {
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(new RegExp(`^application/${type.replace('+', '\\+')}`));
      expect(response.headers.get('vary')).toContain('Accept');
    }
  });

  it('rounds its points and circles as every answer does', async () => {
    const own = await startFake({ round_km: 100 });
    const response = await own.json('/v1/locate', { text: 'x' }, { accept: 'application/geo+json' });
    const { features } = locateFeaturesSchema.parse(await response.json());
    expect(features[0]?.geometry.coordinates).not.toEqual([18.5666667, 54.4444444]);
    expect(features[0]?.properties).toMatchObject({ radius_50_km: 100, name: null, distance_km: null });
    expect(features[1]?.properties).toMatchObject({ kind: 'circle', holds: 0.5, radius_km: 100 });
    await own.running.close();
  });
});

describe('similar', () => {
  it('gives references with what is known of them', async () => {
    const response = await fake.json('/v1/similar', {
      text: 'x',
      limit: 5,
      min_score: 0.5,
      exact: true,
      collapse: true,
      include_self: false,
      filter: { country: ['PL', 'DE'] },
    });
    const answer = similarAnswerSchema.parse(await response.json());
    expect(answer.exact).toBe(true);
    expect(answer.results[0]).toMatchObject({
      id: fake.parts.id,
      point: { lat: 54.1234568, lon: 18.9876543 },
      source: 'a/b.jpg',
      thumbnail: `/v1/references/${fake.parts.id}/thumbnail`,
    });
    expect(lastCall('similar')?.[1]).toEqual({
      limit: 5,
      minScore: 0.5,
      exact: true,
      collapse: true,
      includeSelf: false,
      filter: { country: ['PL', 'DE'] },
    });
  });

  it('is GeoJSON where that is asked for', async () => {
    const headers = { accept: 'application/geo+json' };
    const response = await fake.json('/v1/similar', { text: 'x' }, headers);
    expect(response.headers.get('content-type')).toMatch(/^application\/geo\+json/);
    const { features } = similarFeaturesSchema.parse(await response.json());
    expect(features[0]).toMatchObject({
      ...{ type: 'Feature', id: fake.parts.id },
      geometry: { type: 'Point', coordinates: [18.9876543, 54.1234568] },
      properties: { score: 0.999, source: 'a/b.jpg' },
    });
  });

  it('refuses more results than the operator allows', async () => {
    const problem = await problemOf(await fake.json('/v1/similar', { text: 'x', limit: 51 }));
    expect(problem).toMatchObject({ status: 400, code: 'limit_out_of_range' });
    expect((await fake.json('/v1/similar', { text: 'x', limit: 50 })).status).toBe(200);
  });
});

describe('classify', () => {
  it('gives a probability to each label', async () => {
    const labels = ['desert', 'forest'];
    const response = await fake.json('/v1/classify', { text: 'x', labels, template: 'A {label}.' });
    const answer = classifyAnswerSchema.parse(await response.json());
    expect(answer.labels.map(({ label }) => label)).toEqual(labels);
    expect(lastCall('classify')?.[1]).toEqual({ labels, template: 'A {label}.' });
  });

  it('takes a named set of labels', async () => {
    expect((await fake.json('/v1/classify', { text: 'x', label_set: 'countries' })).status).toBe(200);
    expect(lastCall('classify')?.[1]).toEqual({ labels: 'countries' });
  });

  it.each([
    ['no labels', {}, 'labels_missing'],
    ['labels and a set', { labels: ['a'], label_set: 'countries' }, 'labels_missing'],
    ['too many labels', { labels: ['a', 'b', 'c', 'd'] }, 'labels_too_many'],
    ['an empty label', { labels: [''] }, 'request_invalid'],
    ['a template without {label}', { labels: ['a'], template: 'x' }, 'request_invalid'],
  ])('refuses %s', async (_name, options, code) => {
    expect(await problemOf(await fake.json('/v1/classify', { text: 'x', ...options }))).toMatchObject({
      status: 400,
      code,
    });
  });
});

describe('embed', () => {
  it('gives a vector whose float32 values survive the JSON', async () => {
    const answer = embedAnswerSchema.parse(await (await fake.json('/v1/embed', { embedding: [1, 2, 3, 4] })).json());
    const length = Math.sqrt(30);
    expect(Float32Array.from(answer.embedding)).toEqual(Float32Array.from([1, 2, 3, 4], (v) => v * (1 / length)));
    expect(answer).toMatchObject({ dimension: 4, model: 'model-id' });
  });
});

describe('points', () => {
  it('have at most 7 decimals wherever they stand', async () => {
    const answer = locateAnswerSchema.parse(await (await fake.json('/v1/locate', { text: 'x' })).json());
    const points = [answer.candidates[0]?.point, answer.neighbours[0]?.point, answer.blend.retrieval_alone?.point];
    for (const point of points) expect(point).toEqual({ lat: 54.4444444, lon: 18.5666667 });
  });
});
