// What a stranger notices while others do their worst: 64 at a time who do not read their answers, send a byte every five seconds,
// go away from 1,000 labels after a second, or send pictures that say they are huge, each one a second.
//   npm run bench:attackers -- [--calls 200] [--photos 30] [--attackers 64]
// Prints `GET /v1/index` (median and 99 %) and a photo's `locate` (median) at rest and under each, with the ratio. No rate limit.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { seededRandom } from '../dist/domain/seeded-random.js';
import { root } from '../scripts/prepare.mjs';

const { values: flags } = parseArgs({
  options: {
    calls: { type: 'string', default: '200' },
    photos: { type: 'string', default: '30' },
    attackers: { type: 'string', default: '64' },
  },
});
const INDEX_TARGET_MS = 100;
/** Attackers share an address, which is not the stranger's. */
const ELSEWHERE = '127.0.0.9';
const PHOTO_TARGET = 2;
const program = join(root, 'dist', 'cli', 'main.js');
const home = join(tmpdir(), 'streetdex-bench-attackers');
const index = join(home, 'index');
const world = join(home, 'world');
const environment = { ...process.env, STREETDEX_DATA_DIR: join(home, 'data'), STREETDEX_RATE_LIMIT_PER_MINUTE: '0' };
if (!existsSync(join(index, 'manifest.json'))) {
  streetdex(['world', 'render', world, '--towns', '60', '--scenes', '4', '--seed', 'attackers']);
  streetdex(['ingest', join(world, 'manifest.csv'), '--index', index]);
  streetdex(['world', 'render', join(home, 'asked'), '--towns', '20', '--scenes', '3', '--seed', 'asked']);
}
const asked = join(home, 'asked', 'images');
const photos = readdirSync(asked).map((name) => readFileSync(join(asked, name)));
const server = spawn(process.execPath, [program, 'serve', '--index', index, '--port', '0', '--log-level', 'silent'], {
  env: environment,
  stdio: ['ignore', 'pipe', 'inherit'],
});
const url = await new Promise<string>((resolve) => {
  server.stdout.on('data', (said) => {
    const [found] = /http:\/\/[\d.]+:\d+/.exec(String(said)) ?? [];
    if (found !== undefined) resolve(found);
  });
});
const { port } = new URL(url);
let over = false;
const sockets = new Set<Socket>();

try {
  const large = await addLargePhoto();
  await measure('warming up', async () => undefined);
  const rest = await measure('at rest', async () => undefined);
  const attacks: [string, () => Promise<void>][] = [
    ['do not read their answers', () => hold(`GET /v1/references/${large}/image HTTP/1.1\r\nHost: localhost\r\n\r\n`)],
    ['send a byte every 5 s', () => hold(slowBody('/v1/locate'), ' ')],
    ['the same to locate/batch', () => hold(slowBody('/v1/locate/batch'), ' ')],
    ['go away from 1,000 labels', goAway],
    ['say 100 megapixels in 38 bytes', sendBomb],
  ];
  for (const [name, attack] of attacks) {
    const under = await measure(name, attack);
    console.log(
      `  99 % of calls ${under.p99.toFixed(1)} ms (target ${INDEX_TARGET_MS}); photo ${(under.photo / rest.photo).toFixed(2)} times (target ${PHOTO_TARGET})`,
    );
  }
} finally {
  server.kill('SIGTERM');
  await once(server, 'exit');
}

async function measure(name: string, attack: () => Promise<void>) {
  over = false;
  const attackers = Array.from({ length: Number(flags.attackers) }, async () => {
    while (!over) {
      await attack().catch(() => undefined);
      if (name === 'at rest' || name === 'warming up') return;
    }
  });
  await wait(1500);
  const calls = await times(Number(flags.calls), async () => (await fetch(`${url}/v1/index`)).status);
  const located = await times(Number(flags.photos), async (i) => {
    const form = new FormData();
    form.append('image', new Blob([Uint8Array.from(photos[i % photos.length] ?? [])]), 'a.jpg');
    return (await fetch(`${url}/v1/locate`, { method: 'POST', body: form })).status;
  });
  over = true;
  for (const socket of sockets) socket.destroy();
  await Promise.all(attackers);
  console.log(
    `${name}: index ${at(calls.ms, 0.5).toFixed(1)} ms, 99 % ${at(calls.ms, 0.99).toFixed(1)} ms, photo ${at(located.ms, 0.5).toFixed(1)} ms; refused ${calls.refused} and ${located.refused}`,
  );
  return { p99: at(calls.ms, 0.99), photo: at(located.ms, 0.5) };
}

async function times(count: number, call: (i: number) => Promise<number>) {
  const ms: number[] = [];
  let refused = 0;
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    if ((await call(i)) !== 200) refused++;
    ms.push(performance.now() - started);
  }
  return { ms: ms.sort((a, b) => a - b), refused };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** Keeps a connection on which nothing is read, until the server ends it. */
async function hold(first: string, drop?: string): Promise<void> {
  const socket = connect({ port: Number(port), host: '127.0.0.1', localAddress: ELSEWHERE });
  sockets.add(socket);
  socket.on('error', () => undefined);
  const ended = new Promise((resolve) => socket.once('close', resolve));
  socket.write(first);
  if (drop === undefined) socket.pause();
  else socket.resume();
  const drops = drop === undefined ? undefined : setInterval(() => socket.write(drop), 5000);
  await ended;
  clearInterval(drops);
  sockets.delete(socket);
}

function slowBody(path: string): string {
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1000000\r\n\r\n--x\r\n`;
}

async function goAway(): Promise<void> {
  const labels = Array.from({ length: 1000 }, (_, i) => `a street of kind ${i}`);
  const body = JSON.stringify({ text: 'a street', labels });
  const headers = { 'content-type': 'application/json', 'content-length': body.length };
  const call = request(`${url}/v1/classify`, { method: 'POST', headers, localAddress: ELSEWHERE });
  call.on('error', () => undefined);
  call.on('response', (answer) => answer.resume());
  call.end(body);
  await wait(1000);
  call.destroy();
}

/** A lossless WebP's header of 10,000 by 10,000 pixels, and nothing behind it. */
async function sendBomb(): Promise<void> {
  const bytes = Buffer.alloc(38);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(30, 4);
  bytes.write('WEBPVP8L', 8, 'latin1');
  bytes.writeUInt32LE(18, 16);
  bytes[20] = 0x2f;
  bytes.writeUInt32LE(9_999 | (9_999 << 14), 21);
  const form = new FormData();
  form.append('image', new Blob([Uint8Array.from(bytes)]), 'a.webp');
  await (await fetch(`${url}/v1/locate`, { method: 'POST', body: form })).text();
  await wait(1000);
}

/** A picture of some 4 MB. Its id. */
async function addLargePhoto(): Promise<string> {
  const random = seededRandom(7);
  const noise = Buffer.from(Array.from({ length: 1600 * 1200 * 3 }, () => Math.floor(256 * random())));
  const bytes = await sharp(noise, { raw: { width: 1600, height: 1200, channels: 3 } })
    .jpeg({ quality: 95 })
    .toBuffer();
  const form = new FormData();
  form.append('image', new Blob([Uint8Array.from(bytes)]), 'large.jpg');
  form.append('metadata', JSON.stringify({ lat: 1, lon: 2 }));
  const answer = await fetch(`${url}/v1/references`, { method: 'POST', body: form });
  const { reference } = (await answer.json()) as { reference: { id: string } };
  return reference.id;
}

function streetdex(args: string[]): void {
  const { status } = spawnSync(process.execPath, [program, ...args], {
    env: environment,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw new Error(`streetdex ${args.join(' ')} ended with code ${status}.`);
}
