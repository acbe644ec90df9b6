import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import express from 'express';
import { settingsSchema } from '../../../src/config/settings.js';
import { BODY_RATE, Bodies } from '../../../src/http/bodies.js';
import type { HttpParts } from '../../../src/http/http-parts.js';
import { bodyReader } from '../../../src/http/read-body.js';
import { AllowedRoots } from '../../../src/ingest/allowed-roots.js';
import { Ingestions } from '../../../src/ingest/ingestions.js';
import { blobOf, httpWorld, problemOf, type TestServer } from '../../support/http-world.js';
import { makePhoto } from '../../support/make-photo.js';
import { eventually } from '../../support/references.js';

const world = httpWorld();

async function add(server: TestServer, key: string | null, seed: number, lat = 54, apiKey?: string): Promise<Response> {
  const form = new FormData();
  form.append('image', blobOf(await makePhoto(5000 + seed)), 'a.jpg');
  form.append('metadata', JSON.stringify({ lat, lon: 18 }));
  const headers = {
    ...(key !== null && { 'idempotency-key': key }),
    ...(apiKey !== undefined && { 'x-api-key': apiKey }),
  };
  return fetch(`${server.url}/v1/references`, { method: 'POST', headers, body: form });
}

/** A server of the real application that counts how often it adds a photo. */
async function counting(settings = {}, before: () => Promise<void> = async () => undefined) {
  const { addPhoto } = world.parts();
  let calls = 0;
  const parts: Partial<HttpParts> = {
    addPhoto: async (photo) => {
      calls++;
      await before();
      return addPhoto(photo);
    },
  };
  return { server: await world.serve(settings, parts), added: () => calls };
}

describe('a write with an Idempotency-Key', () => {
  it('is done once, and gets its first answer again although the form has another boundary', async () => {
    const { server, added } = await counting();
    const first = await add(server, 'k1', 1);
    const again = await add(server, 'k1', 1);
    expect([first.status, again.status, added()]).toEqual([201, 201, 1]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ]);
    expect(await again.json()).toEqual(await first.json());
    expect((await add(server, 'k2', 1)).status).toBe(200);
    expect((await add(server, null, 1)).status).toBe(200);
    expect(added()).toBe(3);
  });

  it('is refused with another body', async () => {
    const { server, added } = await counting();
    await add(server, 'k1', 2);
    for (const [seed, lat] of [
      [3, 54],
      [2, 55],
    ] as const) {
      const problem = await problemOf(await add(server, 'k1', seed, lat));
      expect([problem.status, problem.code]).toEqual([422, 'idempotency_key_reused']);
    }
    expect(added()).toBe(1);
  });

  it('that is still worked on is not begun a second time', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { server, added } = await counting({}, () => gate);
    const first = add(server, 'k1', 4);
    while (added() === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const problem = await problemOf(await add(server, 'k1', 4));
    expect([problem.status, problem.code]).toEqual([409, 'idempotency_key_in_use']);
    open();
    expect([(await first).status, added()]).toEqual([201, 1]);
  });

  it('that failed may be tried again', async () => {
    const server = await world.serve();
    const form = new FormData();
    form.append('image', blobOf(await makePhoto(5005)), 'a.jpg');
    const headers = { 'idempotency-key': 'k' };
    const refused = await fetch(`${server.url}/v1/references`, { method: 'POST', headers, body: form });
    expect(await problemOf(refused)).toMatchObject({ status: 422, code: 'no_position' });
    expect((await add(server, 'k', 5)).status).toBe(201);
  });

  it('is known to its own API key only', async () => {
    const server = await world.serve({ api_keys: 'write:one,write:two' });
    expect((await add(server, 'k', 6, 54, 'one')).status).toBe(201);
    expect((await add(server, 'k', 7, 54, 'two')).status).toBe(201);
  });

  it('must have a sane one', async () => {
    const server = await world.serve();
    expect((await problemOf(await add(server, 'x'.repeat(256), 8))).code).toBe('idempotency_key_invalid');
    expect((await problemOf(await add(server, 'a b', 8))).code).toBe('idempotency_key_invalid');
  });
});

interface Raw {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** By node:http: `fetch` sets Origin and decompresses by itself. */
function raw(url: string, method: string, headers: Record<string, string>): Promise<Raw> {
  return new Promise((resolve, reject) => {
    request(url, { method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** Ingestions that are busy until they are asked to stop. */
function heldIngestions(): Pick<HttpParts, 'ingestions'> {
  const ingestions = new Ingestions({
    roots: new AllowedRoots([world.photosFolder]),
    run: async ({ begun, signal }) => {
      begun();
      await once(signal, 'abort');
      throw signal.reason;
    },
    ...{ runs: async () => [], failed: async () => new Set(), isBeingWritten: async () => false },
  });
  return { ingestions };
}

describe('answers', () => {
  it('are compressed where the caller takes that, pictures are not', async () => {
    const server = await world.serve();
    const plain = await raw(`${server.url}/openapi.json`, 'GET', {});
    expect(plain.headers['content-encoding']).toBeUndefined();
    const br = await raw(`${server.url}/openapi.json`, 'GET', { 'accept-encoding': 'gzip, br' });
    expect([br.headers['content-encoding'], br.headers.vary]).toEqual(['br', 'Accept-Encoding']);
    expect(brotliDecompressSync(br.body)).toEqual(plain.body);
    const gzip = await raw(`${server.url}/openapi.json`, 'GET', { 'accept-encoding': 'gzip' });
    expect(gunzipSync(gzip.body)).toEqual(plain.body);
    expect(br.body.length).toBeLessThan(plain.body.length / 3);
    const image = `${server.url}/v1/references/${world.photo('sopot').id}/image`;
    expect((await raw(image, 'GET', { 'accept-encoding': 'br' })).headers['content-encoding']).toBeUndefined();
  });

  it('that are streams are not held back by a compressor', async () => {
    const server = await world.serve({}, heldIngestions());
    const started = await server.json('/v1/ingestions', { sources: ['photos'] });
    const { id } = (await started.json()) as { id: string };
    const first = await new Promise<string>((resolve, reject) => {
      const headers = { 'accept-encoding': 'gzip, br' };
      request(`${server.url}/v1/ingestions/${id}/events`, { headers }, (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
          if (!text.includes('"running"')) return;
          response.destroy();
          resolve(`${response.headers['content-encoding']} ${response.headers['content-type']}`);
        });
      })
        .on('error', reject)
        .end();
    });
    expect(first).toBe('undefined text/event-stream; charset=utf-8');
  });
});

describe('a server', () => {
  it('keeps a bounded number of event streams open, and takes another when one has ended', async () => {
    const server = await world.serve({ in_flight_max: 1000 }, heldIngestions());
    const started = await server.json('/v1/ingestions', { sources: ['photos'] });
    const { id } = (await started.json()) as { id: string };
    const stop = new AbortController();
    const follow = () => fetch(`${server.url}/v1/ingestions/${id}/events`, { signal: stop.signal });
    const open = await Promise.all(Array.from({ length: 64 }, follow));
    expect(open.every(({ status }) => status === 200)).toBe(true);
    const refused = await follow();
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'too_many_streams' });
    await open[0]?.body?.cancel();
    expect(await eventually(async () => (await follow()).status === 200)).toBe(true);
    stop.abort();
  });

  it.each(['multipart/form-data; boundary=b', 'application/json'])(
    'does not wait for the rest of a body whose caller has gone (%s)',
    async (type) => {
      const read = bodyReader({ bytesMax: 1e6, bodies: new Bodies({ ...BODY_RATE, bytesMax: 1e7 }) }, 'options');
      const app = express();
      const failed = new Promise((resolve) => {
        app.post('/', (given, response) => read(given, response).then(resolve, resolve));
      });
      const server = app.listen(0, '127.0.0.1');
      await once(server, 'listening');
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
      socket.write(`POST / HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: 1000\r\n\r\n--b\r\n`);
      await once(server, 'request');
      socket.destroy();
      expect(await failed).toMatchObject({ code: 'body_aborted' });
      server.close();
    },
  );

  it('says so when a reference that was just added is not there', async () => {
    const server = await world.serve({}, { addPhoto: async () => ({ id: '0'.repeat(32), outcome: 'added' }) });
    expect(await problemOf(await add(server, null, 9))).toMatchObject({
      status: 500,
      code: 'reference_lost',
      errors: [],
    });
  });
});

describe('pages of other origins', () => {
  const origin = 'https://map.example';

  it('may not call the server', async () => {
    const server = await world.serve();
    const answer = await raw(`${server.url}/v1/index`, 'GET', { origin });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([403, undefined]);
  });

  it('may where the operator says so, and only those', async () => {
    const server = await world.serve({ cors_origins: origin });
    const answer = await raw(`${server.url}/v1/index`, 'GET', { origin });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, origin]);
    expect(answer.headers.vary).toMatch(/Origin/);
    for (const other of ['https://map.example.evil', 'http://map.example', 'null']) {
      const refused = await raw(`${server.url}/v1/index`, 'GET', { origin: other });
      expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([403, undefined]);
    }
  });

  it('ask before they write, and need a key all the same', async () => {
    const server = await world.serve({ cors_origins: origin, api_keys: 'read:one' });
    const asked = await raw(`${server.url}/v1/references`, 'OPTIONS', {
      ...{ origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers['access-control-allow-headers']).toMatch(/X-API-Key/);
    expect(asked.headers['access-control-allow-credentials']).toBeUndefined();
    const answer = await raw(`${server.url}/v1/index`, 'GET', { origin });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([401, origin]);
  });

  it('can not all be let in at once', () => {
    for (const cors_origins of ['*', 'map.example', 'https://map.example/path']) {
      expect(settingsSchema.safeParse({ cors_origins }).success).toBe(false);
    }
  });
});
