import { beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { calls } from '../../../src/api/calls.js';
import {
  healthSchema,
  indexAnswerSchema,
  placesAnswerSchema,
  problemSchema,
  readySchema,
} from '../../../src/api/service.js';
import { fault } from '../../../src/domain/errors.js';
import { describeApi, type JsonSchema, type OpenApiDocument } from '../../../src/http/openapi.js';
import type { EngineWatcher } from '../../../src/references/store.js';
import { DIMENSION, httpWorld, problemOf, type TestServer } from '../../support/http-world.js';

const world = httpWorld();
let server: TestServer;
beforeAll(async () => {
  server = await world.serve();
});

describe('the service', () => {
  it('tells what the index holds', async () => {
    const answer = indexAnswerSchema.parse(await (await server.get('/v1/index')).json());
    const [{ info }, index] = [await world.app.model(), await world.app.index()];
    expect(answer).toMatchObject({
      ...{ references: world.photos.length, sources: world.photos.length, failures: 1, conflicts: 0, samples: 0 },
      ...{
        model: info.id,
        model_name: 'tiny-clip',
        dimension: DIMENSION,
        precision: info.precision,
        notice: info.notice,
      },
      engine: await index.engine(),
      calibration: { calibrated: false },
      gazetteer: { countries: 5, cities: 6, attribution: 'GeoNames, CC BY 4.0' },
    });
    expect(answer.engine.kind).toBe('embedded');
  });

  it('searches places', async () => {
    const namesOf = async (query: string) => {
      const answer = placesAnswerSchema.parse(await (await server.get(`/v1/places?${query}`)).json());
      return answer.places.map(({ name, matched, level }) => [name, matched, level]);
    };
    expect(await namesOf('q=polska&level=country&country=pl&limit=3')).toEqual([['Poland', 'Polska', 'country']]);
    expect(await namesOf('q=polska&country=de')).toEqual([]);
    expect(await namesOf('q=polska&level=city')).toEqual([]);
    expect(await namesOf('q=gdansk')).toEqual([['Gdańsk', 'Gdańsk', 'city']]);
    expect((await namesOf('q=p')).length).toBeGreaterThan(1);
    expect(await namesOf('q=p&limit=1')).toHaveLength(1);
    for (const query of ['', 'q=', 'q=x&limit=0', 'q=x&limit=101', 'q=x&level=town', 'q=x&z=1']) {
      expect(await problemOf(await server.get(`/v1/places?${query}`))).toMatchObject({
        status: 400,
        code: 'request_invalid',
      });
    }
  });

  it('is ready when the model is warm and the index open, and not before', async () => {
    expect(readySchema.parse(await (await server.get('/readyz')).json())).toMatchObject({
      model: 'tiny-clip',
      references: world.photos.length,
    });
    const own = await world.serve({}, { model: () => new Promise(() => {}) });
    expect((await own.get('/livez')).status).toBe(200);
    const response = await own.get('/readyz');
    expect(response.headers.get('retry-after')).not.toBeNull();
    expect(await problemOf(response)).toMatchObject({ status: 503, code: 'not_ready' });
    expect(healthSchema.parse(await (await own.get('/healthz')).json())).toMatchObject({
      status: 'starting',
      model: null,
    });
    own.server.drain();
    expect(await problemOf(await own.get('/readyz'))).toMatchObject({ status: 503, code: 'shutting_down' });
  });

  it.each(['model', 'index'] as const)(
    'is not ready while what its %s needs can’t be kept alive, and says what',
    async (which) => {
      const part = await world.app[which]();
      let problem: string | null = 'Each decoder ends: TIFF (3).';
      const own = await world.serve(
        {},
        { [which]: async () => Object.assign(Object.create(part), { problem: () => problem }) },
      );
      expect(await problemOf(await own.get('/readyz'))).toMatchObject({
        ...{ status: 503, code: 'not_ready', detail: 'The server is not ready: Each decoder ends: TIFF (3).' },
      });
      expect(healthSchema.parse(await (await own.get('/healthz')).json())).toMatchObject({ status: 'failed' });
      problem = null;
      expect((await own.get('/readyz')).status).toBe(200);
    },
  );

  it('is not ready before the places are there, which answers name', async () => {
    const own = await world.serve({}, { gazetteer: () => new Promise(() => {}) });
    expect(await problemOf(await own.get('/readyz'))).toMatchObject({ status: 503, code: 'not_ready' });
  });

  it('stays up and unready when the index can not be opened', async () => {
    const own = await world.serve({}, { index: () => Promise.reject(new Error('broken')) });
    expect((await own.get('/livez')).status).toBe(200);
    expect(await problemOf(await own.get('/readyz'))).toMatchObject({ status: 503, code: 'not_ready' });
  });

  it('says what it waits for while that passes by itself, is asked again, and is ready when it has passed', async () => {
    const away = fault('cluster_unreachable', 'No node answers.', { retryAfterS: 5 });
    const index = await world.app.index();
    let down = true;
    const reader = Object.assign(Object.create(index.reader), {
      current: async () => {
        if (down) throw away;
        return true;
      },
    });
    let opened = 0;
    const own = await world.serve(
      {},
      {
        index: async () => {
          if (++opened === 1) throw away;
          return Object.assign(Object.create(index), { reader, problem: () => null });
        },
      },
    );
    for (let times = 0; times < 3; times++) {
      const response = await own.get('/readyz');
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
      expect(await problemOf(response)).toMatchObject({ code: 'cluster_unreachable', detail: 'No node answers.' });
    }
    expect(healthSchema.parse(await (await own.get('/healthz')).json())).toMatchObject({ status: 'failed' });
    down = false;
    expect((await own.get('/readyz')).status).toBe(200);
  });

  it('counts calls to a cluster, their errors and retries, and degraded answers', async () => {
    const index = await world.app.index();
    const watch = ({ call, degraded }: EngineWatcher) => {
      call({ kind: 'search', seconds: 0.02, outcome: 'retried' });
      call({ kind: 'search', seconds: 0.03, outcome: 'ok' });
      call({ kind: 'write', seconds: 2, outcome: 'failed' });
      degraded();
    };
    const own = await world.serve({}, { index: async () => Object.assign(Object.create(index), { watch }) });
    const text = await (await own.get('/metrics')).text();
    for (const line of [
      'streetdex_cluster_call_duration_seconds_count{call="search"} 2',
      'streetdex_cluster_errors_total{call="write"} 1',
      'streetdex_cluster_retries_total{call="search"} 1',
      'streetdex_cluster_degraded_total 1',
    ])
      expect(text).toContain(line);
  });

  it('is not ready any more when its index was brought over to another model, and says what to do', async () => {
    const index = await world.app.index();
    const reader = Object.assign(Object.create(index.reader), { current: async () => false });
    const own = await world.serve(
      {},
      { index: async () => Object.assign(Object.create(index), { reader, problem: () => null }) },
    );
    const problem = await problemOf(await own.get('/readyz'));
    expect(problem).toMatchObject({ status: 503, code: 'index_model_changed' });
    expect(problem.detail).toContain('Start the process again');
    expect(healthSchema.parse(await (await own.get('/healthz')).json())).toMatchObject({ status: 'failed' });
    expect((await own.get('/livez')).status).toBe(200);
  });

  it('has no sample but those of its index', async () => {
    expect(await problemOf(await server.get('/v1/samples/1'))).toMatchObject({ status: 404, code: 'sample_not_found' });
  });

  it('gives figures to Prometheus, by route and not by path', async () => {
    const { id } = world.photo('sopot');
    await server.get(`/v1/references/${id}`);
    const response = await server.get('/metrics');
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const text = await response.text();
    expect(text).toContain('streetdex_http_requests_total{method="GET",route="/v1/references/{id}",status="200"}');
    expect(text).toMatch(new RegExp(`^streetdex_references ${world.photos.length}$`, 'm'));
    expect(text).toMatch(/^streetdex_encoder_info{device="cpu"} 1$/m);
    expect(text).toMatch(/^streetdex_encoder_restarts_total 0$/m);
    expect(text).toMatch(/^streetdex_http_request_duration_seconds_bucket/m);
    expect(text).not.toContain(id);
  });

  it('tells Prometheus of a card, and of an encoder that was started again', async () => {
    const state = { device: 'webgpu', encoders: 1, batch: 8, restarts: 2 };
    const model = Object.create(await world.app.model(), { encoderState: { value: () => state } });
    const text = await (await (await world.serve({}, { model: async () => model })).get('/metrics')).text();
    expect(text).toMatch(/^streetdex_encoder_info{device="webgpu"} 1$/m);
    expect(text).toMatch(/^streetdex_encoder_restarts_total 2$/m);
  });
});

describe('every answer', () => {
  it('carries the caller’s request id where it is sane, else one of ours', async () => {
    expect((await server.get('/livez', { 'x-request-id': 'abc-1.2_3' })).headers.get('x-request-id')).toBe('abc-1.2_3');
    for (const given of ['a b', 'x'.repeat(65), '<script>']) {
      const response = await server.get('/nowhere', { 'x-request-id': given });
      const problem = await problemOf(response);
      expect(problem.request_id).toMatch(/^[0-9a-f-]{36}$/);
      expect(response.headers.get('x-request-id')).toBe(problem.request_id);
    }
  });

  it('is safe to open in a browser', async () => {
    for (const path of ['/livez', '/nowhere', '/v1/index']) {
      const { headers } = await server.get(path);
      expect(headers.get('content-security-policy')).toContain("default-src 'none'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-powered-by')).toBeNull();
    }
  });

  it('to an unknown path is a problem', async () => {
    for (const path of ['/v1', '/v2/locate', '/v1/references/a/b']) {
      const problem = problemSchema.parse(await (await server.get(path)).json());
      expect(problem).toMatchObject({ status: 404, code: 'not_found', instance: path });
    }
    expect(await problemOf(await server.get('/v1/references/%ff'))).toMatchObject({ status: 400 });
  });

  it('to another method is a problem that says which are offered', async () => {
    const cases = { '/v1/locate': 'POST', '/v1/index': 'GET, HEAD', '/v1/references': 'POST, GET, HEAD' };
    for (const [path, methods] of Object.entries(cases)) {
      const response = await fetch(server.url + path, { method: 'PATCH' });
      expect(response.headers.get('allow')).toBe(`${methods}, OPTIONS`);
      expect(await problemOf(response)).toMatchObject({ status: 405, code: 'method_not_allowed' });
      const options = await fetch(server.url + path, { method: 'OPTIONS' });
      expect([options.status, options.headers.get('allow')]).toEqual([204, `${methods}, OPTIONS`]);
    }
  });

  it('to HEAD has the headers of GET and no body', async () => {
    for (const path of ['/livez', '/v1/index', '/docs', '/openapi.json', '/v1/references']) {
      const head = await fetch(server.url + path, { method: 'HEAD' });
      const get = await server.get(path);
      expect([head.status, head.headers.get('content-type')]).toEqual([200, get.headers.get('content-type')]);
      expect(await head.text()).toBe('');
    }
  });
});

describe('the OpenAPI document', () => {
  const CALLS = [
    'POST /v1/locate',
    'POST /v1/locate/batch',
    'POST /v1/similar',
    'POST /v1/classify',
    'POST /v1/embed',
    'POST /v1/references',
    'GET /v1/references',
    'GET /v1/references/{id}',
    'DELETE /v1/references/{id}',
    'GET /v1/references/{id}/image',
    'GET /v1/references/{id}/thumbnail',
    'POST /v1/ingestions',
    'GET /v1/ingestions',
    'GET /v1/ingestions/{id}',
    'DELETE /v1/ingestions/{id}',
    'POST /v1/ingestions/{id}/retry',
    'GET /v1/ingestions/{id}/events',
    'GET /v1/failures',
    'GET /v1/failures/{id}/thumbnail',
    'GET /v1/coverage',
    'GET /v1/facets',
    'GET /v1/duplicates',
    'GET /v1/audit',
    'GET /v1/label-sets',
    'POST /v1/tags',
    'GET /v1/tags/{id}/cells',
    'GET /v1/tags/{id}/photos',
    'GET /v1/labels/{id}',
    'POST /v1/labels/{id}',
    'GET /v1/labels/{id}/next',
    'POST /v1/labels/{id}/samples',
    'POST /v1/probes/{id}',
    'POST /v1/shares/{id}',
    'GET /v1/places',
    'GET /v1/index',
    'GET /v1/samples/{n}',
    'GET /livez',
    'GET /readyz',
    'GET /healthz',
    'GET /metrics',
    'GET /openapi.json',
    'GET /docs',
  ];
  let api: OpenApiDocument;
  beforeAll(async () => {
    api = (await (await server.get('/openapi.json')).json()) as OpenApiDocument;
  });

  const operations = () =>
    Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({
        name: `${method.toUpperCase()} ${path}`,
        path,
        operation,
      })),
    );

  it('names every call once, each with its own id', () => {
    expect(api.openapi).toMatch(/^3\.1\./);
    expect(operations().map(({ name }) => name)).toEqual(CALLS);
    expect(Object.keys(calls)).toEqual(CALLS);
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^\w+$/);
  });

  it('says nothing of how an engine keeps references, but for what one says of itself', () => {
    const text = JSON.stringify(api).replaceAll(/"(engine|kind)":\{[^}]*\}/g, '');
    expect(text).not.toMatch(/tombstone|generation|last_change|hnsw|sqlite|\blabels? of rows|\block\b|weaviate/i);
  });

  it('refers only to what it holds', () => {
    const refs = [...JSON.stringify(api).matchAll(/"\$ref":"([^"]*)"/g)].map((match) => match[1] as string);
    expect(refs.length).toBeGreaterThan(20);
    for (const ref of refs) {
      const target = ref
        .replace(/^#\//, '')
        .split('/')
        .reduce<unknown>((node, key) => (node as JsonSchema | undefined)?.[key], api);
      expect([ref, typeof target]).toEqual([ref, 'object']);
    }
    expect(JSON.stringify(api)).not.toMatch(/"\$(schema|id|defs)"/);
  });

  it('describes every parameter of a path, every answer and every problem', () => {
    for (const { name, path, operation } of operations()) {
      const inPath = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect([name, inPath.map((parameter) => `{${parameter.name}}`)]).toEqual([name, path.match(/\{\w+\}/g) ?? []]);
      for (const parameter of inPath) expect(parameter.required).toBe(true);
      expect(Object.keys(operation.responses).some((status) => status.startsWith('2'))).toBe(true);
      for (const [status, { description, content }] of Object.entries(operation.responses)) {
        expect(description).not.toBe('');
        if (Number(status) >= 400) expect(Object.keys(content ?? {})).toEqual(['application/problem+json']);
      }
    }
  });

  it('says that a body holds exactly one query and no unknown field', () => {
    const content = api.paths['/v1/locate']?.post?.requestBody?.content ?? {};
    const json = content['application/json']?.schema as { oneOf: { required: string[] }[] };
    expect(json.oneOf.map(({ required }) => required[0])).toEqual([
      'image_base64',
      'image_url',
      'reference_id',
      'text',
      'embedding',
    ]);
    expect(api.components.schemas.LocateQuery).toMatchObject({ additionalProperties: false });
    expect(content['multipart/form-data']?.schema).toMatchObject({ required: ['image'] });
  });

  it('refuses to describe a schema without a name', () => {
    const route = {
      method: 'get' as const,
      path: '/x',
      scope: null,
      summary: 'x',
      answers: { 200: { description: 'x', content: { 'application/json': z.object({}) } } },
      problems: [],
      handle: async () => {},
    };
    expect(() => describeApi([route], '1')).toThrow(/no name/);
  });
});

describe('the docs', () => {
  it('are one page with every call, nothing from outside and no script', async () => {
    const response = await server.get('/docs');
    const page = await response.text();
    const csp = response.headers.get('content-security-policy') ?? '';
    for (const path of ['/v1/locate', '/v1/references/{id}/thumbnail', '/metrics']) expect(page).toContain(path);
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|src=/i);
    expect(csp).toMatch(/^default-src 'none'; style-src 'sha256-[A-Za-z0-9+/=]+';/);
  });

  it('carry the very style that their policy allows', async () => {
    const response = await server.get('/docs');
    const style = /<style>([\s\S]*)<\/style>/.exec(await response.text())?.[1] ?? '';
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(style));
    expect(response.headers.get('content-security-policy')).toContain(Buffer.from(digest).toString('base64'));
  });

  it('link only to places that they have', async () => {
    const page = await (await server.get('/docs')).text();
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1]));
    const links = [...page.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
    expect(links.length).toBeGreaterThan(20);
    for (const link of links) expect(ids).toContain(link);
  });
});
