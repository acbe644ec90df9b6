import { once } from 'node:events';
import { request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import express from 'express';
import { settingsSchema } from '../../../src/config/settings.js';
import { bodyReader } from '../../../src/http/read-body.js';
import { eventually } from '../../support/references.js';
import { type FakeServer, fakeParts, problemOf, startFake } from './fake-parts.js';

const picture = (...bytes: number[]) => new Blob([new Uint8Array([0xff, 0xd8, 0xff, ...bytes])]);

function add(fake: FakeServer, key: string | null, byte = 1, lat = 54, apiKey?: string): Promise<Response> {
  const form = new FormData();
  form.append('image', picture(byte), 'a.jpg');
  form.append('metadata', JSON.stringify({ lat, lon: 18 }));
  const headers = {
    ...(key !== null && { 'idempotency-key': key }),
    ...(apiKey !== undefined && { 'x-api-key': apiKey }),
  };
  return fetch(`${fake.url}/v1/references`, { method: 'POST', headers, body: form });
}

const added = (fake: FakeServer) => fake.parts.calls.filter(({ verb }) => verb === 'addPhoto').length;

describe('a write with an Idempotency-Key', () => {
  it('is done once, and gets its first answer again although the form has another boundary', async () => {
    const fake = await startFake();
    const first = await add(fake, 'k1');
    const again = await add(fake, 'k1');
    expect([first.status, again.status, added(fake)]).toEqual([201, 201, 1]);
    expect(again.headers.get('location')).toBe(first.headers.get('location'));
    expect([first.headers.get('idempotent-replayed'), again.headers.get('idempotent-replayed')]).toEqual([
      null,
      'true',
    ]);
    expect(await again.json()).toEqual(await first.json());
    expect((await add(fake, 'k2')).status).toBe(200);
    expect((await add(fake, null)).status).toBe(200);
    expect(added(fake)).toBe(3);
    await fake.running.close();
  });

  it('is refused with another body', async () => {
    const fake = await startFake();
    await add(fake, 'k1');
    for (const [byte, lat] of [
      [2, 54],
      [1, 55],
    ]) {
      const problem = await problemOf(await add(fake, 'k1', byte, lat));
      expect([problem.status, problem.code]).toEqual([422, 'idempotency_key_reused']);
    }
    expect(added(fake)).toBe(1);
    await fake.running.close();
  });

  it('that is still worked on is not begun a second time', async () => {
    let open: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const { addPhoto, stored } = await fakeParts();
    let calls = 0;
    const fake = await startFake(
      {},
      {
        addPhoto: async (photo) => {
          calls++;
          await gate;
          const result = await addPhoto(photo);
          fake.parts.stored.set(result.id, stored.values().next().value as never);
          return result;
        },
      },
    );
    const first = add(fake, 'k1');
    while (calls === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    const problem = await problemOf(await add(fake, 'k1'));
    expect([problem.status, problem.code]).toEqual([409, 'idempotency_key_in_use']);
    open();
    expect([(await first).status, calls]).toEqual([201, 1]);
    await fake.running.close();
  });

  it('that failed may be tried again', async () => {
    const fake = await startFake();
    const form = new FormData();
    form.append('image', picture(9), 'a.jpg');
    const send = (body: FormData) =>
      fetch(`${fake.url}/v1/references`, { method: 'POST', headers: { 'idempotency-key': 'k' }, body });
    expect((await send(form)).status).toBe(422);
    expect((await add(fake, 'k', 9)).status).toBe(201);
    await fake.running.close();
  });

  it('is known to its own API key only', async () => {
    const fake = await startFake({ api_keys: 'write:one,write:two' });
    expect((await add(fake, 'k', 1, 54, 'one')).status).toBe(201);
    expect((await add(fake, 'k', 2, 54, 'two')).status).toBe(201);
    await fake.running.close();
  });

  it('must have a sane one', async () => {
    const fake = await startFake();
    expect((await problemOf(await add(fake, 'x'.repeat(256)))).code).toBe('idempotency_key_invalid');
    expect((await problemOf(await add(fake, 'a b'))).code).toBe('idempotency_key_invalid');
    await fake.running.close();
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

describe('answers', () => {
  it('are compressed where the caller takes that, pictures are not', async () => {
    const fake = await startFake();
    const plain = await raw(`${fake.url}/openapi.json`, 'GET', {});
    expect(plain.headers['content-encoding']).toBeUndefined();
    const br = await raw(`${fake.url}/openapi.json`, 'GET', { 'accept-encoding': 'gzip, br' });
    expect([br.headers['content-encoding'], br.headers.vary]).toEqual(['br', 'Accept-Encoding']);
    expect(brotliDecompressSync(br.body)).toEqual(plain.body);
    const gzip = await raw(`${fake.url}/openapi.json`, 'GET', { 'accept-encoding': 'gzip' });
    expect(gunzipSync(gzip.body)).toEqual(plain.body);
    expect(br.body.length).toBeLessThan(plain.body.length / 3);
    const image = `${fake.url}/v1/references/${fake.parts.id}/image`;
    expect((await raw(image, 'GET', { 'accept-encoding': 'br' })).headers['content-encoding']).toBeUndefined();
    await fake.running.close();
  });

  it('that are streams are not held back by a compressor', async () => {
    const fake = await startFake();
    const started = await fake.json('/v1/ingestions', { sources: ['photos'] });
    const { id } = (await started.json()) as { id: string };
    const first = await new Promise<string>((resolve, reject) => {
      const headers = { 'accept-encoding': 'gzip, br' };
      request(`${fake.url}/v1/ingestions/${id}/events`, { headers }, (response) => {
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
    await fake.running.close();
  });
});

describe('a server', () => {
  it('keeps a bounded number of event streams open, and takes another when one has ended', async () => {
    const fake = await startFake({ in_flight_max: 1000 });
    const started = await fake.json('/v1/ingestions', { sources: ['photos'] });
    const { id } = (await started.json()) as { id: string };
    const stop = new AbortController();
    const follow = () => fetch(`${fake.url}/v1/ingestions/${id}/events`, { signal: stop.signal });
    const open = await Promise.all(Array.from({ length: 64 }, follow));
    expect(open.every(({ status }) => status === 200)).toBe(true);
    const refused = await follow();
    expect(refused.headers.get('retry-after')).toBe('10');
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'too_many_streams' });
    await open[0]?.body?.cancel();
    expect(await eventually(async () => (await follow()).status === 200)).toBe(true);
    stop.abort();
    await fake.running.close();
  });

  it.each(['multipart/form-data; boundary=b', 'application/json'])(
    'does not wait for the rest of a body whose caller has gone (%s)',
    async (type) => {
      const read = bodyReader(1e6, 'options');
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
    const fake = await startFake({}, { addPhoto: async () => ({ id: '0'.repeat(32), outcome: 'added' }) });
    expect(await problemOf(await add(fake, null))).toMatchObject({ status: 500, code: 'reference_lost', errors: [] });
    await fake.running.close();
  });
});

describe('pages of other origins', () => {
  const origin = 'https://map.example';

  it('may not call the server', async () => {
    const fake = await startFake();
    const answer = await raw(`${fake.url}/v1/index`, 'GET', { origin });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([403, undefined]);
    await fake.running.close();
  });

  it('may where the operator says so, and only those', async () => {
    const fake = await startFake({ cors_origins: origin });
    const answer = await raw(`${fake.url}/v1/index`, 'GET', { origin });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, origin]);
    expect(answer.headers.vary).toMatch(/Origin/);
    for (const other of ['https://map.example.evil', 'http://map.example', 'null']) {
      const refused = await raw(`${fake.url}/v1/index`, 'GET', { origin: other });
      expect([refused.status, refused.headers['access-control-allow-origin']]).toEqual([403, undefined]);
    }
    await fake.running.close();
  });

  it('ask before they write, and need a key all the same', async () => {
    const fake = await startFake({ cors_origins: origin, api_keys: 'read:one' });
    const asked = await raw(`${fake.url}/v1/references`, 'OPTIONS', {
      ...{ origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'x-api-key' },
    });
    expect(asked.status).toBe(204);
    expect(asked.headers['access-control-allow-headers']).toMatch(/X-API-Key/);
    expect(asked.headers['access-control-allow-credentials']).toBeUndefined();
    const answer = await raw(`${fake.url}/v1/index`, 'GET', { origin });
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([401, origin]);
    await fake.running.close();
  });

  it('can not all be let in at once', () => {
    for (const cors_origins of ['*', 'map.example', 'https://map.example/path']) {
      expect(settingsSchema.safeParse({ cors_origins }).success).toBe(false);
    }
  });
});
