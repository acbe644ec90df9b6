import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { Server as HttpServer, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { healthSchema } from '../../../src/api/service.js';
import { hasCode } from '../../../src/domain/errors.js';
import { createServer } from '../../../src/http/create-server.js';
import { listen } from '../../../src/http/listen.js';
import { isLoopback } from '../../../src/http/same-origin.js';
import { blobOf, DIMENSION, httpWorld, problemOf, type TestServer } from '../../support/http-world.js';
import { makePhoto } from '../../support/make-photo.js';
import { eventually } from '../../support/references.js';

const world = httpWorld();

/** fetch chooses some headers itself; this sends what it is told. */
function ask(
  url: string,
  headers: Record<string, string>,
  method = 'GET',
): Promise<{ status: number; body: string; headers: Record<string, unknown> }> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(url, { method, headers }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

const codeOf = ({ body }: { body: string }) => (JSON.parse(body) as { code?: string }).code;

describe('Host and Origin', () => {
  let server: TestServer;
  let port: number;
  beforeAll(async () => {
    server = await world.serve({ allowed_hosts: ['photos.example', 'photos.example:8443'] });
    port = server.running.port;
  });

  it.each(['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST', 'photos.example', 'photos.example:8443'])(
    'a call under the name %s is answered',
    async (host) => {
      expect((await ask(`${server.url}/v1/index`, { host })).status).toBe(200);
      expect(
        (await ask(`${server.url}/v1/index`, { host: host.includes('photos') ? host : `${host}:${port}` })).status,
      ).toBe(200);
    },
  );

  it.each([
    'evil.example',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil.example:8443',
    'photos.example:1',
    '10.0.0.7',
    '127.0.0.1@evil.example',
  ])('a call under the name "%s" is refused, on every path', async (host) => {
    for (const path of ['/livez', '/docs', '/v1/index', '/nowhere']) {
      const answer = await ask(server.url + path, { host });
      expect([answer.status, codeOf(answer)]).toEqual([403, 'host_refused']);
    }
  });

  it.each([
    'http://evil.example',
    'null',
    'https://localhost.evil.example',
    'http://localhost:1',
    'file://localhost',
    'nonsense',
  ])('a page of %s is refused', async (origin) => {
    for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS']) {
      const answer = await ask(`${server.url}/v1/locate`, { origin }, method);
      expect([answer.status, codeOf(answer)]).toEqual([403, 'origin_refused']);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  it('a page of its own origin, or of an allowed one, may call', async () => {
    for (const origin of [server.url, 'https://photos.example', 'https://photos.example:8443']) {
      expect((await ask(`${server.url}/v1/index`, { origin })).status).toBe(200);
    }
  });

  it('a picture in a page elsewhere is refused, a followed link is not', async () => {
    const cross = { 'sec-fetch-site': 'cross-site' };
    const url = `${server.url}/docs`;
    expect(codeOf(await ask(url, { ...cross, 'sec-fetch-mode': 'no-cors' }))).toBe('origin_refused');
    expect((await ask(url, { ...cross, 'sec-fetch-mode': 'navigate' })).status).toBe(200);
    expect((await ask(url, { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'no-cors' })).status).toBe(200);
  });
});

describe('API keys', () => {
  let server: TestServer;
  const keyed = (key: string) => ({ authorization: `Bearer ${key}` });
  beforeAll(async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'keys-')), 'keys');
    const hash = createHash('sha256').update('from-file').digest('hex');
    writeFileSync(file, `# keys\n\nread:${hash.toUpperCase()}\r\n`);
    server = await world.serve({ api_keys: ['read:r-key', 'write:w:key', 'admin:a-key'], api_keys_file: file });
  });

  it('are needed for every call but the probes and the docs', async () => {
    for (const path of ['/livez', '/readyz', '/docs', '/openapi.json']) {
      expect((await server.get(path)).status).toBe(200);
    }
    for (const path of ['/v1/index', '/v1/places?q=x', '/v1/references', '/healthz', '/metrics']) {
      const response = await server.get(path);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/);
      expect(await problemOf(response)).toMatchObject({ status: 401, code: 'key_missing' });
    }
  });

  it('may come as Bearer or X-API-Key, from the settings or from the file of hashes', async () => {
    for (const key of ['r-key', 'w:key', 'a-key', 'from-file']) {
      expect((await server.get('/v1/index', keyed(key))).status).toBe(200);
      expect((await server.get('/v1/index', { 'x-api-key': key })).status).toBe(200);
    }
  });

  it.each(['', 'r-ke', 'r-key ', 'R-KEY', 'read:r-key'])(
    'that are not of this server are refused: "%s"',
    async (key) => {
      const problem = await problemOf(await server.get('/v1/index', { 'x-api-key': `${key}x` }));
      expect(problem).toMatchObject({ status: 401, code: 'key_unknown' });
      expect(problem.detail).not.toContain('r-key');
    },
  );

  it('reach as far as their scope', async () => {
    const url = `${server.url}/v1/references/${'0'.repeat(32)}`;
    const remove = (key: string) => fetch(url, { method: 'DELETE', headers: keyed(key) });
    expect(await problemOf(await remove('r-key'))).toMatchObject({ status: 403, code: 'scope_insufficient' });
    expect(await problemOf(await remove('w:key'))).toMatchObject({ status: 404 });
    expect(await problemOf(await remove('a-key'))).toMatchObject({ status: 404 });
  });

  it('never appear in the log', async () => {
    await server.get('/v1/index', keyed('a-key'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(server.log.length).toBeGreaterThan(0);
    expect(server.log.join('')).not.toMatch(/a-key|r-key|w:key/);
  });

  it.each([['secret'], ['root:secret'], ['read:'], [':secret']])(
    'that are written wrongly stop the start: %s',
    async (entry) => {
      const parts = world.parts({ api_keys: [entry] });
      expect(() => createServer(parts, { version: '1' })).toThrow(expect.objectContaining({ code: 'api_key_invalid' }));
      try {
        createServer(parts, { version: '1' });
      } catch (error) {
        expect((error as Error).message).not.toContain('secret');
      }
    },
  );

  it.each(['no-such-file', '.'])('a file that can’t be read stops the start: %s', async (name) => {
    const parts = world.parts({ api_keys_file: join(tmpdir(), name) });
    expect(() => createServer(parts, { version: '1' })).toThrow(
      expect.objectContaining({ code: 'api_keys_file_unreadable' }),
    );
  });

  it.each(['', '# none\n', 'read:abc\n'])('a file without a usable key stops the start: %j', async (text) => {
    const file = join(mkdtempSync(join(tmpdir(), 'keys-')), 'keys');
    writeFileSync(file, text);
    const parts = world.parts({ api_keys_file: file });
    expect(() => createServer(parts, { version: '1' })).toThrow(expect.objectContaining({ code: 'api_key_invalid' }));
  });
});

/** In place of two seconds. */
const LOOK_MS = 50;

describe('a file of API keys that changes under a running server', () => {
  const lineOf = (key: string) => `read:${createHash('sha256').update(key).digest('hex')}\n`;
  const logged = (server: TestServer, text: string) => server.log.filter((line) => line.includes(text)).length;
  let link: string;
  let file: string;
  let server: TestServer;
  beforeEach(async () => {
    link = join(mkdtempSync(join(tmpdir(), 'keys-')), 'mounted');
    file = join(link, 'keys');
    put(lineOf('old'));
    server = await world.serve({ api_keys_file: file, api_keys: ['read:fixed'] }, {}, { keysEveryMs: LOOK_MS });
    expect(await statuses()).toEqual([200, 401, 200]);
  });
  /** In one step, as Kubernetes mounts secrets: a look that falls between two steps would see, and log, a third state. */
  function put(content: string | 'no file' | 'a folder') {
    const next = mkdtempSync(join(tmpdir(), 'keys-'));
    if (content === 'a folder') mkdirSync(join(next, 'keys'));
    else if (content !== 'no file') writeFileSync(join(next, 'keys'), content);
    symlinkSync(next, `${link}.next`);
    renameSync(`${link}.next`, link);
  }
  const statuses = async () => {
    const answers: number[] = [];
    for (const key of ['old', 'new', 'fixed']) {
      answers.push((await server.get('/v1/index', { 'x-api-key': key })).status);
    }
    return answers;
  };

  it('is read again: a new key counts beside the old one, then alone, and those of the settings stay', async () => {
    put(lineOf('old') + lineOf('new'));
    expect(await eventually(() => logged(server, 'was read again') === 1)).toBe(true);
    expect(await statuses()).toEqual([200, 200, 200]);
    put(lineOf('new'));
    expect(await eventually(() => logged(server, 'was read again') === 2)).toBe(true);
    expect(await statuses()).toEqual([401, 200, 200]);
  });

  it('is read at once when that is asked for', async () => {
    server = await world.serve({ api_keys_file: file, api_keys: ['read:fixed'] });
    put(lineOf('new'));
    server.server.reload();
    expect(await eventually(() => logged(server, 'was read again') === 1, 1500)).toBe(true);
    expect(await statuses()).toEqual([401, 200, 200]);
  });

  it.each([
    ['nothing', ''],
    ['a line that is no key', `${lineOf('new')}read:secret-of-somebody\n`],
    ['no file', 'no file'],
    ['a folder', 'a folder'],
  ])(
    'leaves the keys as they are where it holds %s, with a sentence, and is heeded when it is mended',
    async (_, content) => {
      put(content);
      expect(await eventually(() => logged(server, 'the keys so far still count') === 1)).toBe(true);
      expect(await statuses()).toEqual([200, 401, 200]);
      expect(server.log.join('')).not.toContain('secret-of-somebody');
      put(lineOf('new'));
      expect(await eventually(() => logged(server, 'was read again') === 1)).toBe(true);
      expect(await statuses()).toEqual([401, 200, 200]);
    },
  );

  it.each(['nonsense', 'no file', 'a folder'])('is complained of once, not at every look: %s', async (content) => {
    put(content);
    expect(await eventually(() => logged(server, 'the keys so far still count') === 1)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 5 * LOOK_MS));
    expect(logged(server, 'the keys so far still count')).toBe(1);
  });
});

describe('limits', () => {
  it('refuse more requests at once than allowed, with Retry-After, but never a probe', async () => {
    const gates: (() => void)[] = [];
    const own = await world.serve(
      { in_flight_max: 2 },
      {
        classify: () =>
          new Promise((resolve) => {
            gates.push(() => resolve([]));
          }),
      },
    );
    const slow = () => own.json('/v1/classify', { text: 'x', labels: ['a'] });
    const running = [slow(), slow()];
    while (gates.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    const refused = await own.get('/v1/index');
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(await problemOf(refused)).toMatchObject({ status: 429, code: 'too_many_requests_in_flight' });
    for (const path of ['/livez', '/readyz', '/healthz', '/metrics']) expect((await own.get(path)).status).toBe(200);
    for (const open of gates) open();
    for (const response of await Promise.all(running)) expect(response.status).toBe(200);
    expect((await own.get('/v1/index')).status).toBe(200);
  });

  it('leave nothing taken when a caller goes away in the middle of an upload', async () => {
    const own = await world.serve({ in_flight_max: 1 });
    for (let i = 0; i < 3; i++) {
      const socket = connect(own.running.port, '127.0.0.1');
      socket.write(
        `POST /v1/locate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"text"`,
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.destroy();
    }
    expect(await eventually(() => own.log.filter((line) => line.includes('"finished":false')).length === 3)).toBe(true);
    const health = healthSchema.parse(await (await own.get('/healthz')).json());
    expect(health.requests_in_flight).toBe(0);
    expect((await own.get('/v1/index')).status).toBe(200);
  });

  describe('of photos in work', () => {
    let bytes: Buffer;
    beforeAll(async () => {
      bytes = await makePhoto(3000);
    });
    const photo = () => blobOf(bytes);

    /** A server whose encoder answers only when it is told to: `queue_max` 2, so that three photos find a place. */
    async function occupied() {
      const gates: (() => void)[] = [];
      const begun: unknown[] = [];
      const { locate } = world.parts();
      const own = await world.serve(
        { queue_max: 2 },
        {
          locate: async (input, options) => {
            begun.push(input);
            if (input.kind === 'image') await new Promise<void>((resolve) => gates.push(resolve));
            if (input.kind === 'image' && input.bytes.length === 5) throw new Error('broken');
            return locate(input, options);
          },
        },
      );
      const until = async (count: number) => {
        while (gates.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      return { own, gates, begun, until, locate: () => own.form('/v1/locate', { image: photo() }) };
    }

    it('refuse the next at once, with Retry-After, while those before it are answered', async () => {
      const { own, gates, begun, until, locate } = await occupied();
      const taken = [locate(), locate(), locate()];
      await until(3);
      const refused = await locate();
      expect(refused.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
      expect(await problemOf(refused)).toMatchObject({ status: 429, code: 'encoder_busy' });
      const asJson = await own.json('/v1/locate', { image_base64: bytes.toString('base64') });
      expect(await problemOf(asJson)).toMatchObject({ status: 429, code: 'encoder_busy' });
      expect(begun).toHaveLength(3);
      for (const open of gates) open();
      for (const response of await Promise.all(taken)) expect(response.status).toBe(200);
      const after = locate();
      await until(4);
      gates[3]?.();
      expect((await after).status).toBe(200);
    });

    it('refuse a form before it is read', async () => {
      const { own, gates, until, locate } = await occupied();
      const taken = [locate(), locate(), locate()];
      await until(3);
      const socket = connect(own.running.port, '127.0.0.1');
      const type = 'multipart/form-data; boundary=b';
      const head = `POST /v1/locate HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 100000\r\n\r\n--b`;
      socket.write(head);
      const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
      expect(answer).toMatch(/^HTTP\/1\.1 429 /);
      socket.destroy();
      for (const open of gates) open();
      await Promise.all(taken);
    });

    it('let queries pass that need no encoder', async () => {
      const { own, gates, until, locate } = await occupied();
      const taken = [locate(), locate(), locate()];
      await until(3);
      expect((await own.json('/v1/locate', { embedding: Array.from({ length: DIMENSION }, (_, i) => i) })).status).toBe(
        200,
      );
      expect((await own.json('/v1/similar', { reference_id: world.photo('sopot').id })).status).toBe(200);
      for (const open of gates) open();
      await Promise.all(taken);
    });

    it('give a place back after a failure, and not before the work of a caller who went away is done', async () => {
      const { own, gates, until, locate } = await occupied();
      const broken = own.form('/v1/locate', { image: new Blob([new Uint8Array(5)]) });
      await until(1);
      gates[0]?.();
      expect((await broken).status).toBe(500);
      const gone = new AbortController();
      const form = new FormData();
      form.append('image', photo(), 'a.jpg');
      const left = fetch(`${own.url}/v1/locate`, { method: 'POST', body: form, signal: gone.signal }).catch(() => null);
      const taken = [locate(), locate()];
      await until(4);
      gone.abort();
      await left;
      expect((await locate()).status).toBe(429);
      for (const open of gates) open();
      await Promise.all(taken);
      const after = locate();
      await until(5);
      gates[4]?.();
      expect((await after).status).toBe(200);
    });

    it('say to come back when the queue has been worked off', async () => {
      const { gates, until, locate } = await occupied();
      const first = locate();
      await until(1);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      gates[0]?.();
      await first;
      const taken = [locate(), locate(), locate()];
      await until(4);
      expect(Number((await locate()).headers.get('retry-after'))).toBeGreaterThanOrEqual(2);
      for (const open of gates) open();
      await Promise.all(taken);
    });
  });

  it('count calls a minute by key, and say so in draft-8 headers', async () => {
    const own = await world.serve({ rate_limit_per_minute: 2, api_keys: ['read:one', 'read:two'] });
    const call = (key: string) => own.get('/v1/index', { 'x-api-key': key });
    const first = await call('one');
    expect(first.status).toBe(200);
    expect(first.headers.get('ratelimit-policy')).toMatch(/q=2.*w=60/);
    expect(first.headers.get('ratelimit')).toMatch(/r=1/);
    await call('one');
    const third = await call('one');
    expect(Number(third.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await problemOf(third)).toMatchObject({ status: 429, code: 'rate_limited' });
    expect((await call('two')).status).toBe(200);
    for (let i = 0; i < 5; i++) expect((await own.get('/livez')).status).toBe(200);
  });
});

describe('binding', () => {
  it('says that a port is in use and what to do', async () => {
    const own = await world.serve();
    const parts = world.parts({ port: own.running.port });
    await expect(listen(createServer(parts, { version: '1' }))).rejects.toMatchObject({
      family: 'operator',
      code: 'port_in_use',
      message: expect.stringContaining('--port'),
    });
  });

  it.each(['0.0.0.0', '::', '10.1.2.3', 'example.com'])(
    'to %s is refused without keys, saying what to set',
    async (host) => {
      const server = createServer(world.parts({ host }), { version: '1' });
      const error = await listen(server).catch((thrown: unknown) => thrown);
      expect(hasCode(error, 'refuse_public_bind')).toBe(true);
      expect((error as Error).message).toContain('STREETDEX_API_KEYS');
    },
  );

  it('to every address works with keys, and the Host check holds there too', async () => {
    const own = await world.serve({ host: '0.0.0.0', api_keys: ['read:k'] });
    const url = `http://127.0.0.1:${own.running.port}/livez`;
    expect((await ask(url, {})).status).toBe(200);
    expect(codeOf(await ask(url, { host: 'evil.example' }))).toBe('host_refused');
  });

  it('to an address of another machine says so', async () => {
    const server = createServer(world.parts({ host: '192.0.2.1', api_keys: ['read:k'] }), { version: '1' });
    await expect(listen(server)).rejects.toMatchObject({ code: 'host_unavailable' });
  });

  it.each([
    ['EACCES', 'port_forbidden'],
    ['EMFILE', 'listen_failed'],
  ])('that the system refuses with %s is %s', async (refusal, code) => {
    const server = createServer(world.parts(), { version: '1' });
    const refused = jest.spyOn(HttpServer.prototype, 'listen').mockImplementation(function (this: HttpServer) {
      process.nextTick(() => this.emit('error', Object.assign(new Error('refused'), { code: refusal })));
      return this;
    });
    await expect(listen(server)).rejects.toMatchObject({ code });
    refused.mockRestore();
  });

  it.each([
    ['localhost', true],
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['[::1]', true],
    ['0.0.0.0', false],
    ['::', false],
    ['127.0.0.1.example.com', false],
    ['localhost.example.com', false],
  ])('%s is loopback: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe('shutting down', () => {
  it('finishes what runs, takes nothing new, and says so to probes on open connections', async () => {
    const gates: (() => void)[] = [];
    const own = await world.serve(
      {},
      {
        classify: () =>
          new Promise((resolve) => {
            gates.push(() => resolve([{ label: 'a', probability: 1, logit: 1 }]));
          }),
      },
    );
    const running = own.json('/v1/classify', { text: 'x', labels: ['a'] });
    while (gates.length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    const closed = own.running.close();
    await expect(ask(`${own.url}/livez`, {})).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    gates[0]?.();
    const response = await running;
    expect(response.status).toBe(200);
    expect(await closed).toBe(true);
  });

  it('does not wait for a connection on which nothing was ever asked', async () => {
    const own = await world.serve();
    const socket = connect(own.running.port, '127.0.0.1');
    await once(socket, 'connect');
    expect((await own.get('/livez')).status).toBe(200);
    const gone = once(socket, 'close');
    expect(await own.running.close()).toBe(true);
    await gone;
  });

  it('gives up on what does not finish within the limit', async () => {
    const own = await world.serve({ shutdown_timeout_s: 0.05 }, { classify: () => new Promise(() => {}) });
    const running = own.json('/v1/classify', { text: 'x', labels: ['a'] }).catch(() => 'cut off');
    const busy = async () =>
      ((await (await own.get('/healthz')).json()) as { requests_in_flight: number }).requests_in_flight;
    while ((await busy()) === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await own.running.close()).toBe(false);
    expect(await running).toBe('cut off');
  });
});
