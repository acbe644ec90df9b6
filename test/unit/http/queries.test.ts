import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { locateAnswerSchema, locateFeaturesSchema } from '../../../src/api/locate.js';
import {
  classifyAnswerSchema,
  embedAnswerSchema,
  similarAnswerSchema,
  similarFeaturesSchema,
} from '../../../src/api/search.js';
import { fault } from '../../../src/domain/errors.js';
import { present } from '../../../src/domain/present.js';
import { referenceId } from '../../../src/domain/reference.js';
import { toNumbers } from '../../../src/domain/unit-vector.js';
import { distanceKm } from '../../../src/geo/distance.js';
import type { HttpParts } from '../../../src/http/http-parts.js';
import { blobOf, DIMENSION, httpWorld, problemOf, type TestServer, type WorldPhoto } from '../../support/http-world.js';
import { makePhoto } from '../../support/make-photo.js';

const world = httpWorld();
let server: TestServer;
let image: Buffer;
beforeAll(async () => {
  server = await world.serve({ k_max: 50, labels_max: 3, body_bytes_max: 200_000 });
  image = await makePhoto(2000);
});

/** A unit vector of the model's dimension along one axis. */
const axis = (at: number) => Array.from({ length: DIMENSION }, (_, i) => (i === at ? 1 : 0));
const picture = () => blobOf(image);
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const locate = async (body: unknown) => locateAnswerSchema.parse(await (await server.json('/v1/locate', body)).json());
/** What of an answer does not depend on the clock. */
const timeless = <T extends { readonly took_ms: unknown }>({ took_ms: _took, ...answer }: T) => answer;
const filesOf = (found: readonly { readonly source: string | null }[]) => found.map(({ source }) => source).toSorted();

describe('a query', () => {
  it('may be a form with a picture and options', async () => {
    const options = JSON.stringify({
      weights: { alpha: 1, beta: 0, gamma: 0 },
      candidates: 1,
      k: 2,
      include_self: true,
      include_embedding: true,
    });
    const { bytes, id, point } = world.photo('berlin');
    const response = await server.form('/v1/locate', { image: blobOf(bytes), options });
    expect(response.status).toBe(200);
    const answer = locateAnswerSchema.parse(await response.json());
    expect(answer.query).toEqual({ sha256: sha256(bytes), reference_id: id });
    expect(answer.blend).toMatchObject({ alpha: 1, beta: 0, gamma: 0 });
    expect(answer.candidates.map((candidate) => candidate.point)).toEqual([point]);
    expect(answer.neighbours).toHaveLength(2);
    expect(answer.neighbours[0]?.id).toBe(id);
    const { vector } = await world.parts().resolveQuery({ kind: 'reference', id });
    expect(answer.embedding).toEqual(toNumbers(vector));
  });

  it('may carry its options as a file of JSON, as a browser sends a Blob', async () => {
    const options = new Blob(['{"k": 3}'], { type: 'application/json' });
    const response = await server.form('/v1/locate', { image: picture(), options });
    expect(response.status).toBe(200);
    expect(locateAnswerSchema.parse(await response.json()).neighbours).toHaveLength(3);
  });

  it('gets the answer that the application gives', async () => {
    const parts = world.parts();
    const expected = await parts.locate({ kind: 'image', bytes: image }, { candidates: 2, posterior: true });
    const response = await server.form('/v1/locate', {
      image: picture(),
      options: '{"candidates": 2, "posterior": true}',
    });
    const { neighbours, ...answer } = timeless(locateAnswerSchema.parse(await response.json()));
    const { neighbours: near, ...whole } = timeless(expected);
    expect(answer).toEqual(whole);
    expect(neighbours).toEqual(near.map((one) => ({ ...one, thumbnail: `/v1/references/${one.id}/thumbnail` })));
  });

  it.each([
    ['image_base64', () => ({ image_base64: image.toString('base64') }), () => ({ kind: 'image', bytes: image })],
    ['text', () => ({ text: 'a narrow street' }), () => ({ kind: 'text', text: 'a narrow street' })],
    ['embedding', () => ({ embedding: axis(3) }), () => ({ kind: 'embedding', embedding: axis(3) })],
    [
      'reference_id',
      () => ({ reference_id: world.photo('suva').id }),
      () => ({ kind: 'reference', id: world.photo('suva').id }),
    ],
  ] satisfies [string, () => object, () => Parameters<HttpParts['resolveQuery']>[0]][])(
    'may be JSON with %s',
    async (_name, body, input) => {
      const response = await server.json('/v1/embed', body());
      expect(response.status).toBe(200);
      const { embedding, query } = embedAnswerSchema.parse(await response.json());
      const resolved = await world.parts().resolveQuery(input());
      expect(embedding).toEqual(toNumbers(resolved.vector));
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
      expect(query).toEqual({ sha256: resolved.sha256, reference_id: resolved.referenceId });
    },
  );

  it('says which reference it is', async () => {
    const { id, bytes } = world.photo('gdansk');
    const response = await server.json('/v1/similar', { reference_id: id });
    const answer = similarAnswerSchema.parse(await response.json());
    expect(answer.query).toEqual({ sha256: sha256(bytes), reference_id: id });
    expect(referenceId(sha256(bytes))).toBe(id);
  });

  const has = (names: readonly string[]) => (photo: WorldPhoto) => names.some((name) => photo.file.includes(name));
  it.each<[string, object, (photo: WorldPhoto) => boolean]>([
    ['a box across 180°', { filter: { bbox: [170, -20, -170, 20] } }, has(['suva'])],
    ['a circle', { filter: { near: { lat: 54.352, lon: 18.646, km: 1 } } }, has(['gdansk'])],
    ['a country in small letters', { filter: { country: 'pl' } }, ({ country }) => country === 'PL'],
    [
      'times',
      { filter: { captured_after: '2020-06-30', captured_before: '2021-12-31T00:00:00Z' } },
      has(['berlin', 'suva']),
    ],
    ['sources', { filter: { source: ['b/', 'a/p'] } }, has(['b/', 'a/p'])],
    ['a walk', { filter: { sequence: 'walk' } }, ({ sequence }) => sequence === 'walk'],
    ['no walk', { filter: { has_sequence: false } }, ({ sequence }) => sequence === null],
    ['what it excludes', { exclude: { sequence: 'walk', author: ['cy'] } }, has(['gdansk', 'berlin', 'cape-town'])],
    ['both', { filter: { country: ['PL', 'DE'], exclude: { author: 'ann' } } }, has(['pier', 'berlin'])],
  ])('lets only those references speak that its filter means: %s', async (_name, options, isMeant) => {
    const meant = world.photos.filter(isMeant);
    const { neighbours } = await locate({ text: 'a street', k: 100, ...options });
    // A walk's frames are one witness, its best.
    const walks = new Set(meant.map(({ sequence, file }) => sequence ?? file));
    expect(neighbours).toHaveLength(walks.size);
    for (const { source } of neighbours) expect(meant.map(({ file }) => file)).toContain(source);
    const response = await server.json('/v1/similar', { text: 'a street', ...options });
    expect(filesOf(similarAnswerSchema.parse(await response.json()).results)).toEqual(
      meant.map(({ file }) => file).toSorted(),
    );
  });

  it('leaves out the references that it names', async () => {
    const ids = [world.photo('berlin').id, world.photo('suva').id];
    const { neighbours } = await locate({ text: 'a street', exclude: { ids } });
    expect(neighbours.length).toBeGreaterThan(0);
    expect(neighbours.filter(({ id }) => ids.includes(id))).toEqual([]);
  });

  it('may be answered for another purpose, and with cosines weighed otherwise', async () => {
    const overrides = { utility: 'geoscore', retrieval_kernel: 'vo' } as const;
    const expected = await world.parts().locate({ kind: 'text', text: 'x' }, { overrides, posterior: true });
    const { blend, posterior } = await locate({ text: 'x', posterior: true, ...overrides });
    expect(blend).toEqual(expected.blend);
    expect(blend.utility).toBe('geoscore');
    expect(posterior).toEqual(expected.posterior);
    expect(posterior).not.toEqual((await locate({ text: 'x', posterior: true, utility: 'geoscore' })).posterior);
  });

  it('is answered with what the asker knows', async () => {
    const hints = {
      country: ['Deutschland', 'FJ'],
      exclude_country: 'za',
      bbox: [170, -20, -170, 60],
      exclude_bbox: [0, 0, 1, 1],
      near: { lat: -17.8, lon: 178.1, uncertainty_km: 50 },
    };
    const answer = await locate({ text: 'x', hints });
    expect(answer.hints?.given).toEqual({ ...hints, country: ['DE', 'FJ'], exclude_country: ['ZA'] });
    expect(answer.candidates[0]?.place.iso2).toBe('FJ');
    expect((await locate({ text: 'x', hints: {} })).hints).toBeNull();
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
    [
      'an embedding whose length is beyond numbers',
      { embedding: Array(DIMENSION).fill(1e308) },
      400,
      'embedding_invalid',
      null,
    ],
    [
      'an embedding whose length is lost',
      { embedding: [1e-320, ...Array(DIMENSION - 1).fill(0)] },
      400,
      'embedding_invalid',
      null,
    ],
    ['an embedding of zeros', { embedding: Array(DIMENSION).fill(0) }, 400, 'embedding_invalid', null],
    ['a reference that is not there', { reference_id: '0'.repeat(32) }, 404, 'reference_not_found', null],
    [
      'a URL where none is allowed',
      { image_url: 'https://example.com/a.jpg' },
      403,
      'image_url_not_allowed',
      'image_url',
    ],
    ['a URL that is none', { image_url: 'nonsense' }, 400, 'image_url_invalid', 'image_url'],
    ['a picture that is none', { image_base64: Buffer.from('TEXT').toString('base64') }, 422, 'not_an_image', null],
    ['a picture without its end', { image_base64: '/9j/4AAQ' }, 422, 'image_truncated', null],
    [
      'hints of no place',
      { text: 'a', hints: { country: 'PL', exclude_country: 'PL' } },
      400,
      'hints_contradictory',
      null,
    ],
    ['a list as body', [1], 400, 'request_invalid', ''],
    ['broken JSON', '{"text": ', 400, 'json_invalid', null],
    ['no body', '', 400, 'json_invalid', null],
    ['JSON of great depth', `${'['.repeat(40)}${']'.repeat(40)}`, 400, 'json_too_complex', null],
  ])('with %s is refused', async (_name, body, status, code, path) => {
    const response = await server.json('/v1/locate', body);
    const problem = await problemOf(response);
    expect([problem.status, problem.code]).toEqual([status, code]);
    if (path !== null) expect(problem.errors.map((error) => error.path)).toContain(path);
  });

  it('of another content type is refused with 415', async () => {
    for (const type of ['text/plain', 'image/jpeg', 'application/x-www-form-urlencoded']) {
      const response = await server.json('/v1/embed', 'x', { 'content-type': type });
      expect(await problemOf(response)).toMatchObject({ status: 415, code: 'content_type_unsupported' });
    }
  });

  it('that is compressed is refused with 415, so that no bomb is unpacked', async () => {
    const response = await server.json('/v1/embed', '{"text":"a"}', { 'content-encoding': 'gzip' });
    expect(await problemOf(response)).toMatchObject({ status: 415, code: 'content_encoding_unsupported' });
  });

  it('that finds the encoder busy is told when to come again', async () => {
    const busy = async () => {
      throw fault('encoder_busy', 'The encoder is busy.', { retryAfterS: 2 });
    };
    const response = await (await world.serve({}, { resolveQuery: busy })).json('/v1/embed', { text: 'x' });
    expect(await problemOf(response)).toMatchObject({ status: 429, code: 'encoder_busy' });
    expect(response.headers.get('retry-after')).toBe('2');
  });

  it('that meets a fault of ours learns nothing of the inside, but the log has it', async () => {
    const broken = async () => {
      throw new Error('secret of the house');
    };
    const own = await world.serve({}, { resolveQuery: broken });
    const response = await own.json('/v1/embed', { text: 'x' });
    const problem = await problemOf(response);
    expect(problem).toMatchObject({ status: 500, code: 'internal', errors: [] });
    expect(JSON.stringify(problem)).not.toContain('secret of the house');
    await new Promise((resolve) => setImmediate(resolve));
    expect(own.log.find((line) => line.includes(problem.request_id))).toContain('secret of the house');
  });

  it('that meets a fault of the operator learns nothing of his folders', async () => {
    const own = await world.serve(
      {},
      { similar: () => Promise.reject(fault('index_not_found', 'None at /srv/secret.')) },
    );
    const problem = await problemOf(await own.json('/v1/similar', { text: 'x' }));
    expect(problem).toMatchObject({ status: 500, code: 'index_not_found' });
    expect(JSON.stringify(problem)).not.toContain('/srv/secret');
  });

  it('leaves no trace of its words in the log', async () => {
    await server.json('/v1/embed', { text: 'a very private query' });
    await server.get('/v1/places?q=privateplace');
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.log.join('')).not.toMatch(/private/);
  });
});

describe('a form', () => {
  /** No more than the beginning of a picture: these are refused before one looks at it. */
  const begun = new Blob([new Uint8Array([0xff, 0xd8, 0xff])]);
  it.each<[string, Record<string, Blob | string>, number, string, string]>([
    ['without a picture', { options: '{}' }, 400, 'image_missing', 'image'],
    ['with the picture as text', { image: 'not a file' }, 400, 'multipart_invalid', 'image'],
    ['with an empty picture', { image: new Blob([]) }, 422, 'image_empty', ''],
    ['with options that are no JSON', { image: begun, options: '{k' }, 400, 'options_invalid', 'options'],
    ['with options that do not fit', { image: begun, options: '{"k": -1}' }, 400, 'request_invalid', 'k'],
    ['with a query beside the picture', { image: begun, options: '{"text": "a"}' }, 400, 'request_invalid', 'text'],
    ['with another part', { image: begun, more: 'x' }, 400, 'multipart_invalid', 'more'],
    ['with another file', { image: begun, second: begun }, 400, 'multipart_invalid', 'second'],
  ])('%s is refused', async (_name, given, status, code, path) => {
    const problem = await problemOf(await server.form('/v1/locate', given));
    expect([problem.status, problem.code]).toEqual([status, code]);
    if (path !== '') expect(problem.errors.map((error) => error.path)).toContain(path);
  });

  it('with two pictures is refused', async () => {
    const form = new FormData();
    form.append('image', picture(), 'a.jpg');
    form.append('image', picture(), 'b.jpg');
    const response = await fetch(`${server.url}/v1/locate`, { method: 'POST', body: form });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'multipart_invalid' });
  });

  it('with options given twice is refused', async () => {
    const form = new FormData();
    form.append('image', picture(), 'a.jpg');
    form.append('options', '{}');
    form.append('options', '{}');
    const response = await fetch(`${server.url}/v1/locate`, { method: 'POST', body: form });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'multipart_invalid' });
  });

  it('without a boundary is refused', async () => {
    const response = await server.json('/v1/locate', 'x', { 'content-type': 'multipart/form-data' });
    expect(await problemOf(response)).toMatchObject({ status: 400 });
  });

  it('that ends too early is refused', async () => {
    const body = '--b\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc';
    const response = await server.json('/v1/locate', body, { 'content-type': 'multipart/form-data; boundary=b' });
    expect(await problemOf(response)).toMatchObject({ status: 400, code: 'multipart_invalid' });
  });
});

describe('a body that is too large', () => {
  it('is refused by its declared length', async () => {
    const response = await server.json('/v1/embed', { text: 'x'.repeat(300_000) });
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
    const response = await fetch(`${server.url}/v1/embed`, {
      method: 'POST',
      headers: { 'content-type': type },
      body,
      duplex: 'half',
    } as RequestInit);
    expect(await problemOf(response)).toMatchObject({ status: 413, code: 'body_too_large' });
  });
});

describe('an answer as GeoJSON', () => {
  const asked = (accept: string, path = '/v1/locate') => server.json(path, { text: 'x' }, { accept });

  it('has the candidates, their circles and the neighbours as features, and the rest beside them', async () => {
    const form = (accept: string) => {
      const body = new FormData();
      body.append('image', blobOf(world.photo('sopot').bytes), 'a.jpg');
      return fetch(`${server.url}/v1/locate`, { method: 'POST', headers: { accept }, body });
    };
    const response = await form('application/geo+json');
    expect(response.headers.get('content-type')).toMatch(/^application\/geo\+json/);
    const { features, ...beside } = locateFeaturesSchema.parse(await response.json());
    const { candidates, neighbours, ...whole } = locateAnswerSchema.parse(await (await form('*/*')).json());
    expect([candidates.length > 0, neighbours.length > 0, whole.known?.from]).toEqual([true, true, 'photo']);
    expect(features.map(({ properties, geometry }) => [properties.kind, geometry.type])).toEqual([
      ...candidates.flatMap(() => [
        ['candidate', 'Point'],
        ['circle', 'Polygon'],
        ['circle', 'Polygon'],
      ]),
      ['known', 'Point'],
      ...neighbours.map(() => ['neighbour', 'Point']),
    ]);
    const best = present(candidates[0]);
    expect(features[0]?.geometry.coordinates).toEqual([best.point.lon, best.point.lat]);
    expect(features[0]?.properties).toMatchObject({ rank: 1, probability: best.probability, ...best.place });
    expect(timeless({ ...beside, type: undefined })).toEqual(timeless({ ...whole, type: undefined }));
    expect(beside.type).toBe('FeatureCollection');
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
      await server.get('/v1/references', { accept }),
    ];
    for (const response of answers) {
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(new RegExp(`^application/${type.replace('+', '\\+')}`));
      expect(response.headers.get('vary')).toContain('Accept');
    }
  });

  it('rounds its points and circles as every answer does', async () => {
    const own = await world.serve({ round_km: 100 });
    const exact = locateFeaturesSchema.parse(await (await asked('application/geo+json')).json());
    const response = await own.json('/v1/locate', { text: 'x' }, { accept: 'application/geo+json' });
    const { features } = locateFeaturesSchema.parse(await response.json());
    const [lon, lat] = present(features[0]).geometry.coordinates as [number, number];
    const [exactLon, exactLat] = present(exact.features[0]).geometry.coordinates as [number, number];
    const moved = distanceKm({ lat, lon }, { lat: exactLat, lon: exactLon });
    expect(moved).toBeGreaterThan(0.1);
    expect(moved).toBeLessThan(100);
    expect(features[0]?.properties).toMatchObject({ name: null, distance_km: null });
    for (const { properties } of features.filter(({ properties: { kind } }) => kind === 'circle')) {
      expect(properties.radius_km).toBeGreaterThanOrEqual(100);
    }
  });
});

describe('similar', () => {
  const similar = async (body: object) =>
    similarAnswerSchema.parse(await (await server.json('/v1/similar', body)).json());

  it('gives what the application finds, with what is known of it', async () => {
    const asked = { limit: 5, filter: { country: ['PL', 'DE'] }, exact: true };
    const parts = world.parts();
    const found = await parts.similar(await parts.resolveQuery({ kind: 'text', text: 'x' }), asked);
    const { results, exact } = await similar({ text: 'x', ...asked });
    expect(exact).toBe(true);
    expect(results.map(({ id, score, group_size }) => [id, score, group_size])).toEqual(
      found.map(({ id, score, groupSize }) => [id, score, groupSize]),
    );
    const { id } = world.photo('sopot');
    expect(results.find((result) => result.id === id)).toMatchObject({
      point: { lat: 54.4418123, lon: 18.5601123 },
      ...{ source: 'a/sopot.jpg', author: 'ann', sequence: 'walk', licence: 'CC0', country: 'PL' },
      thumbnail: `/v1/references/${id}/thumbnail`,
    });
  });

  it('keeps to its limit, its least score, its groups, and to who leaves the query out', async () => {
    const query = { reference_id: world.photo('sopot').id };
    const all = (await similar(query)).results;
    expect(filesOf(all)).toEqual(world.photos.map(({ file }) => file).toSorted());
    expect(all[0]).toMatchObject({ id: query.reference_id });
    expect((await similar({ ...query, limit: 2 })).results).toEqual(all.slice(0, 2));
    const third = present(all[2]).score;
    expect((await similar({ ...query, min_score: third })).results).toEqual(all.filter(({ score }) => score >= third));
    expect((await similar({ ...query, include_self: false })).results).toEqual(all.slice(1));
    const collapsed = (await similar({ ...query, collapse: true })).results;
    expect(collapsed).toHaveLength(all.length - 1);
    expect(collapsed[0]).toMatchObject({ id: query.reference_id, group_size: 2 });
  });

  it('is GeoJSON where that is asked for', async () => {
    const headers = { accept: 'application/geo+json' };
    const response = await server.json('/v1/similar', { text: 'x' }, headers);
    expect(response.headers.get('content-type')).toMatch(/^application\/geo\+json/);
    const { features } = similarFeaturesSchema.parse(await response.json());
    const { results } = await similar({ text: 'x' });
    expect(features.map(({ id, properties }) => [id, properties.score])).toEqual(
      results.map(({ id, score }) => [id, score]),
    );
    expect(features.find(({ properties }) => properties.source === 'a/sopot.jpg')).toMatchObject({
      ...{ type: 'Feature', geometry: { type: 'Point', coordinates: [18.5601123, 54.4418123] } },
    });
  });

  it('refuses more results than the operator allows', async () => {
    const problem = await problemOf(await server.json('/v1/similar', { text: 'x', limit: 51 }));
    expect(problem).toMatchObject({ status: 400, code: 'limit_out_of_range' });
    expect((await server.json('/v1/similar', { text: 'x', limit: 50 })).status).toBe(200);
  });
});

describe('classify', () => {
  it.each<[string, object, Parameters<HttpParts['classify']>[1]]>([
    ['labels', { labels: ['desert', 'forest', 'city'] }, { labels: ['desert', 'forest', 'city'] }],
    [
      'a sentence of the caller',
      { labels: ['desert', 'forest'], template: 'A {label}.' },
      { labels: ['desert', 'forest'], template: 'A {label}.' },
    ],
    ['all countries', { label_set: 'countries' }, { labels: 'countries' }],
    ['the nearest places', { label_set: 'places' }, { labels: 'places' }],
  ])('gives its probability to each label, the likeliest first: %s', async (_name, body, asked) => {
    const parts = world.parts();
    const expected = await parts.classify(await parts.resolveQuery({ kind: 'text', text: 'x' }), asked);
    const { labels } = classifyAnswerSchema.parse(
      await (await server.json('/v1/classify', { text: 'x', ...body })).json(),
    );
    expect(labels).toEqual(expected);
    expect(labels.map(({ logit }) => logit)).toEqual(labels.map(({ logit }) => logit).toSorted((a, b) => b - a));
    expect(labels.reduce((sum, { probability }) => sum + probability, 0)).toBeCloseTo(1, 9);
  });

  it.each([
    ['no labels', {}, 'labels_missing'],
    ['labels and a set', { labels: ['a'], label_set: 'countries' }, 'labels_missing'],
    ['too many labels', { labels: ['a', 'b', 'c', 'd'] }, 'labels_too_many'],
    ['an empty label', { labels: [''] }, 'request_invalid'],
    ['a template without {label}', { labels: ['a'], template: 'x' }, 'request_invalid'],
  ])('refuses %s', async (_name, options, code) => {
    expect(await problemOf(await server.json('/v1/classify', { text: 'x', ...options }))).toMatchObject({
      status: 400,
      code,
    });
  });
});

describe('embed', () => {
  it('gives a vector whose float32 values survive the JSON', async () => {
    const given = Array.from({ length: DIMENSION }, (_, i) => i + 1);
    const answer = embedAnswerSchema.parse(await (await server.json('/v1/embed', { embedding: given })).json());
    const length = Math.hypot(...given);
    expect(Float32Array.from(answer.embedding)).toEqual(Float32Array.from(given, (v) => v * (1 / length)));
    expect(answer).toMatchObject({ dimension: DIMENSION, model: (await world.app.model()).info.id });
  });
});

describe('points', () => {
  it('have at most 7 decimals wherever they stand', async () => {
    const sides = ({ lat, lon }: { lat: number; lon: number }) => [lat, lon];
    const answer = await locate({ text: 'x', posterior: true, filter: { source: 'a/sopot' }, weights: { beta: 0 } });
    expect(answer.neighbours[0]?.point).toEqual({ lat: 54.4418123, lon: 18.5601123 });
    const points = [...answer.candidates, ...answer.neighbours, ...(answer.posterior ?? [])].map(({ point }) => point);
    const alone = present(answer.blend.retrieval_alone ?? undefined).point;
    for (const degrees of [...points, alone].flatMap(sides)) expect(degrees).toBe(Number(degrees.toFixed(7)));
  });
});
