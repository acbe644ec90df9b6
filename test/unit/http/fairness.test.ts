import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { createServer } from '../../../src/http/create-server.js';
import { listen } from '../../../src/http/listen.js';
import type { ClassifyQuery } from '../../../src/search/classify.js';
import { blobOf, httpWorld, problemOf, TestServer } from '../../support/http-world.js';
import { eventually } from '../../support/references.js';

const world = httpWorld();
const sockets: Socket[] = [];
const servers: TestServer[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) await server.close();
});

/** A server with short limits, where they are what a test is about. */
async function serve(
  settings: Parameters<typeof world.parts>[0],
  { parts = {}, windowMs = 60_000, unreadMs = 60_000 }: { parts?: object; windowMs?: number; unreadMs?: number } = {},
): Promise<TestServer> {
  const log: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void log.push(line) });
  const bodyRate = { leastBytes: 1000, windowMs };
  const server = createServer(world.parts(settings, parts), { version: '1.2.3', logger, bodyRate });
  const running = new TestServer(server, await listen(server, { unreadMs }), log);
  servers.push(running);
  return running;
}

/** A connection that has sent this, and what came back. */
async function send(server: TestServer, text: string, from = '127.0.0.1') {
  const socket = connect({ port: server.running.port, host: '127.0.0.1', localAddress: from });
  sockets.push(socket);
  let answer = '';
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    answer += data;
  });
  await once(socket, 'connect');
  socket.write(text);
  return { socket, answer: () => answer };
}

/** The beginning of a call whose body does not come. */
const begun = (path: string, type = 'application/json') =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: 100000\r\n\r\n{`;

const locate = (server: TestServer) => server.form('/v1/locate', { image: blobOf(world.photo('gdansk').bytes) });

describe('who sends slowly', () => {
  it('holds no place of those that are worked on', async () => {
    const server = await serve({ in_flight_max: 2, queue_max: 1 });
    await Promise.all(Array.from({ length: 8 }, () => send(server, begun('/v1/locate'))));
    for (const path of ['/v1/index', '/v1/facets']) expect((await server.get(path)).status).toBe(200);
    expect((await locate(server)).status).toBe(200);
  });

  it('does not keep others from sending a batch', async () => {
    const server = await serve({});
    const type = 'multipart/form-data; boundary=x';
    await Promise.all(Array.from({ length: 3 }, () => send(server, begun('/v1/locate/batch', type))));
    const answer = await server.form('/v1/locate/batch', { image: blobOf(world.photo('gdansk').bytes) });
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('"answer"');
  });

  it('is told so after a while, and let go', async () => {
    const server = await serve({}, { windowMs: 200 });
    const slow = await send(server, begun('/v1/locate'));
    const drops = setInterval(() => slow.socket.write(' '), 20);
    await once(slow.socket, 'close').finally(() => clearInterval(drops));
    expect(slow.answer()).toContain('408 Request Timeout');
    expect(slow.answer()).toContain('body_too_slow');
    expect((await locate(server)).status).toBe(200);
  });
});

describe('who does not read', () => {
  it('holds no place of those that are worked on, and is let go after a while', async () => {
    const large = join(world.folder, 'large.jpg');
    writeFileSync(large, Buffer.alloc(32 * 1024 * 1024, 'x'));
    const index = await world.app.index();
    const photos = { file: async () => large };
    const parts = { index: async () => Object.assign(Object.create(index), { photos }) };
    const server = await serve({ in_flight_max: 2 }, { parts, unreadMs: 500 });
    const { id } = world.photo('sopot');
    for (let i = 0; i < 8; i++) {
      const deaf = await send(server, `GET /v1/references/${id}/image HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      expect(await eventually(() => deaf.answer() !== '')).toBe(true);
      expect(deaf.answer()).toContain('200 OK');
      deaf.socket.pause();
    }
    for (let i = 0; i < 5; i++) expect((await server.get('/v1/facets')).status).toBe(200);
    expect(await eventually(() => server.log.filter((line) => line.includes('"finished":false')).length === 8)).toBe(
      true,
    );
  });

  it('is not mistaken for who waits for work that takes long, or reads bit by bit', async () => {
    const large = join(world.folder, 'large.jpg');
    const bytes = 32 * 1024 * 1024;
    writeFileSync(large, Buffer.alloc(bytes, 'x'));
    const index = await world.app.index();
    const parts = {
      index: async () => Object.assign(Object.create(index), { photos: { file: async () => large } }),
      classify: () => new Promise((resolve) => setTimeout(() => resolve([]), 1500)),
    };
    const server = await serve({}, { parts, unreadMs: 400 });
    expect((await server.json('/v1/classify', { text: 'x', labels: ['a'] })).status).toBe(200);
    const { body } = await server.get(`/v1/references/${world.photo('sopot').id}/image`);
    let read = 0;
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      read += chunk.length;
      if (read % (4 * 1024 * 1024) < chunk.length) await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(read).toBe(bytes);
  });
});

describe('who goes away', () => {
  it('is not worked for: a row of labels is told at once', async () => {
    const asked: ClassifyQuery[] = [];
    const parts = {
      classify: (_query: unknown, options: ClassifyQuery) => {
        asked.push(options);
        return new Promise(() => undefined);
      },
    };
    const server = await serve({}, { parts });
    const stop = new AbortController();
    const call = fetch(`${server.url}/v1/classify`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ text: 'x', labels: ['a'] }),
      signal: stop.signal,
    });
    expect(await eventually(() => asked.length === 1)).toBe(true);
    expect(asked[0]?.signal?.aborted).toBe(false);
    stop.abort();
    await expect(call).rejects.toThrow();
    expect(await eventually(() => asked[0]?.signal?.aborted === true)).toBe(true);
  });
});

describe('photos of callers who went away', () => {
  it('are not worked on where they still wait, and their places are free at once', async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const parts = {
      locate: (_input: unknown, options: { signal?: AbortSignal }) => {
        signals.push(options.signal);
        return new Promise((_, reject) => {
          options.signal?.addEventListener('abort', () => reject(new Error('gone')));
        });
      },
    };
    const server = await serve({ queue_max: 1 }, { parts });
    const stop = new AbortController();
    const form = () => {
      const body = new FormData();
      body.append('image', blobOf(world.photo('gdansk').bytes), 'a.jpg');
      return body;
    };
    const calls = [0, 1].map(() =>
      fetch(`${server.url}/v1/locate`, { method: 'POST', body: form(), signal: stop.signal }).catch(() => 'gone'),
    );
    expect(await eventually(() => signals.length === 2)).toBe(true);
    expect(await problemOf(await locate(server))).toMatchObject({ code: 'encoder_busy' });
    stop.abort();
    expect(await Promise.all(calls)).toEqual(['gone', 'gone']);
    expect(await eventually(() => signals.every((signal) => signal?.aborted === true))).toBe(true);
    const again = await fetch(`${server.url}/v1/similar`, { method: 'POST', body: form() });
    expect(again.status).toBe(200);
  });
});

// Elsewhere than on Linux an address of the loopback has to be made first.
const onLinux = process.platform === 'linux' ? it : it.skip;

describe('who opens very many connections', () => {
  onLinux('loses some of them, and nobody else does', async () => {
    const server = await serve({});
    const stranger = await send(server, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(await eventually(() => stranger.answer().includes('200 OK'))).toBe(true);
    const many = await Promise.all(Array.from({ length: 600 }, () => send(server, '', '127.0.0.9')));
    expect(
      await eventually(() => many.filter(({ socket }) => socket.destroyed || socket.readableEnded).length >= 80),
    ).toBe(true);
    expect((await server.get('/v1/index')).status).toBe(200);
    expect(stranger.socket.destroyed).toBe(false);
  });
});

describe('who asks for very much at once', () => {
  onLinux('leaves the last quarter of the places to others', async () => {
    const parts = { classify: () => new Promise(() => undefined) };
    const server = await serve({ in_flight_max: 8 }, { parts });
    const body = JSON.stringify({ text: 'x', labels: ['a'] });
    const call = `POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const many = await Promise.all(Array.from({ length: 12 }, () => send(server, call, '127.0.0.9')));
    expect(await eventually(() => many.filter(({ answer }) => answer().includes('429')).length === 6)).toBe(true);
    expect((await server.get('/v1/facets')).status).toBe(200);
    expect((await locate(server)).status).toBe(200);
    const other = await Promise.all(Array.from({ length: 3 }, () => send(server, call, '127.0.0.8')));
    expect(await eventually(() => other.filter(({ answer }) => answer().includes('429')).length === 1)).toBe(true);
  });
});

describe('bodies that are being sent', () => {
  it('are counted together: where they are too much, the one goes that nothing has come of for longest', async () => {
    const server = await serve({ body_bytes_max: 100_000 });
    const half = ' '.repeat(90_000);
    const bodies: Awaited<ReturnType<typeof send>>[] = [];
    // Four of the largest fit.
    for (let i = 0; i < 4; i++) {
      bodies.push(await send(server, begun('/v1/locate') + half));
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(bodies.map(({ answer }) => answer())).toEqual(bodies.map(() => ''));
    await send(server, begun('/v1/locate') + half);
    expect(await eventually(() => bodies[0]?.answer().includes('too_many_bytes_in_flight') === true)).toBe(true);
    expect(bodies[0]?.answer()).toContain('429 Too Many Requests');
    expect(bodies.slice(1).map(({ answer }) => answer())).toEqual(bodies.slice(1).map(() => ''));
  });

  it('too slowly or too many are problems with a sentence', async () => {
    const server = await serve({ body_bytes_max: 100_000 });
    const text = JSON.stringify({ text: 'x'.repeat(200_000) });
    expect(await problemOf(await server.json('/v1/embed', text))).toMatchObject({
      status: 413,
      code: 'body_too_large',
    });
  });
});
