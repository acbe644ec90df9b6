// POST /v1/locate at and beyond the encoder's saturation, against `streetdex serve` in a process of its own:
//   npm run bench:saturate -- [--folder DIR] [--model pocket] [--seconds N] [--queue N] [--in-flight N] [--json]
// Clients in number of 1, 2 and 4 times the queue send one rendered scene after the other over connections that stay
// open; who is refused comes back when `Retry-After` says, or with --impatient MS so many milliseconds later. The p99 of
// those answered should stay under (queue + 1) times what decode, preprocessing and encoder of one photo take alone, and
// the others be refused at once. Making index and photos takes a minute; --folder keeps them.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({
  options: {
    folder: { type: 'string', default: join(tmpdir(), 'streetdex-bench-saturate') },
    model: { type: 'string', default: 'pocket' },
    seconds: { type: 'string', default: '15' },
    queue: { type: 'string', default: '32' },
    'in-flight': { type: 'string', default: '64' },
    impatient: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
type Alone = Awaited<ReturnType<typeof measureAlone>>;
type Level = Awaited<ReturnType<typeof saturate>>;
interface Result {
  model: string;
  queue: number;
  photos: number;
  load_before: number;
  alone: Alone;
  levels: Level[];
}
const CLI = 'dist/cli/main.js';
const ALONE = 80;
const WARM_UP_MS = 3000;
const LEVELS = [1, 2, 4];
const queue = Number(flags.queue);
const { folder } = flags;
mkdirSync(folder, { recursive: true });

render('references', '120', '1');
render('queries', '40', '2');
const index = join(folder, `index-${flags.model.replaceAll('/', '-')}`);
if (!existsSync(join(index, 'manifest.json')))
  streetdex('ingest', join(folder, 'references', 'manifest.csv'), '--index', index, '--model', flags.model);
const bodies = readdirSync(join(folder, 'queries'), { encoding: 'utf8', recursive: true })
  .filter((name) => name.endsWith('.jpg'))
  .map((name) => form(readFileSync(join(folder, 'queries', name))));

const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
const server = await startServer();
try {
  const alone = await measureAlone();
  const levels: Level[] = [];
  for (const level of LEVELS) levels.push(await saturate(level * queue, alone.ms));
  report({ model: flags.model, queue, photos: bodies.length, load_before: loadavg()[0] ?? 0, alone, levels });
} finally {
  agent.destroy();
  server.child.kill();
  await server.ended;
}

/** One photo after the other: what its answer says that decode, preprocessing and encoder took. */
async function measureAlone() {
  const took: Record<'decode' | 'preprocess' | 'encode' | 'total' | 'sum', number[]> = {
    ...{ decode: [], preprocess: [], encode: [], total: [], sum: [] },
  };
  for (let i = -10; i < ALONE; i++) {
    const { status, body } = await post(bodies[(i + 10) % bodies.length]);
    if (status !== 200) throw new Error(`Expected an answer, got ${status}: ${body}`);
    const ms = JSON.parse(body).took_ms;
    if (ms.encode === 0) throw new Error('The photo is in the index: nothing was encoded.');
    if (i < 0) continue;
    for (const name of ['decode', 'preprocess', 'encode', 'total'] as const) took[name].push(ms[name]);
    took.sum.push(ms.decode + ms.preprocess + ms.encode);
  }
  const [decode, preprocess, encode, total, ms] = Object.values(took).map((all) => quantile(all, 0.5));
  return { decode, preprocess, encode, total, ms };
}

async function saturate(clients: number, aloneMs: number) {
  const answered: number[] = [];
  const refused: number[] = [];
  const codes: Record<string, number> = {};
  const from = performance.now() + WARM_UP_MS;
  const until = from + 1000 * Number(flags.seconds);
  const client = async (n: number) => {
    // Not all in the same instant.
    await wait((n * 1000) / clients);
    for (let i = n; performance.now() < until; i++) {
      const started = performance.now();
      const { status, headers, body } = await post(bodies[i % bodies.length]);
      const ms = performance.now() - started;
      if (status !== 200 && status !== 429) throw new Error(`Expected an answer or 429, got ${status}: ${body}`);
      if (started >= from) {
        (status === 200 ? answered : refused).push(ms);
        if (status === 429) {
          const { code } = JSON.parse(body);
          codes[code] = (codes[code] ?? 0) + 1;
        }
      }
      if (status === 429) await wait(flags.impatient ? Number(flags.impatient) : 1000 * Number(headers['retry-after']));
    }
  };
  const cpu = (async () => {
    await wait(WARM_UP_MS);
    const before = await cpuSeconds();
    await wait(1000 * Number(flags.seconds));
    return (await cpuSeconds()) - before;
  })();
  await Promise.all(Array.from({ length: clients }, (_, n) => client(n)));
  const limitMs = (queue + 1) * aloneMs;
  return {
    clients,
    per_second: round(answered.length / Number(flags.seconds)),
    // On a busy machine the processor's time says more than the clock does.
    cpu_ms: round((1000 * (await cpu)) / answered.length),
    answered: { count: answered.length, p50: quantile(answered, 0.5), p99: quantile(answered, 0.99) },
    refused: {
      share: round(refused.length / (answered.length + refused.length)),
      ...(refused.length > 0 && { p50: quantile(refused, 0.5), p99: quantile(refused, 0.99), codes }),
    },
    limit_ms: round(limitMs),
    ratio: round(quantile(answered, 0.99) / limitMs),
  };
}

function report(result: Result) {
  if (flags.json) return console.log(JSON.stringify(result, null, 2));
  const { alone, levels } = result;
  console.log(
    `${result.model}, a queue of ${queue}, load before ${round(result.load_before)}; one photo alone: decode ${alone.decode} + preprocess ${alone.preprocess} + encode ${alone.encode}, median ${alone.ms} ms (the whole answer ${alone.total} ms)`,
  );
  for (const { clients, per_second, cpu_ms, answered, refused, limit_ms, ratio } of levels) {
    const codes = Object.entries(refused.codes ?? {}).map(([code, count]) => `${count} ${code}`);
    const no =
      codes.length === 0
        ? 'none refused'
        : `${round(100 * refused.share)} % refused, p50 ${refused.p50}, p99 ${refused.p99} ms (${codes.join(', ')})`;
    console.log(
      `${String(clients).padStart(4)} clients: ${per_second} answers a second of ${cpu_ms} ms CPU, p50 ${answered.p50}, p99 ${answered.p99} ms; p99 / (${queue + 1} x ${alone.ms} = ${limit_ms} ms) = ${ratio}; ${no}`,
    );
  }
}

/** Of all threads of the server. */
async function cpuSeconds() {
  const text = await (await fetch(new URL('/metrics', server.url))).text();
  return Number(/^process_cpu_seconds_total (\S+)/m.exec(text)?.[1]);
}

async function startServer() {
  const child = spawn(process.execPath, [CLI, 'serve', '--index', index, '--model', flags.model, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env,
      STREETDEX_RATE_LIMIT_PER_MINUTE: '0',
      STREETDEX_QUEUE_MAX: String(queue),
      STREETDEX_IN_FLIGHT_MAX: flags['in-flight'],
    },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(said);
      if (found) resolve(found[0]);
    });
    ended.then((code) => reject(new Error(`The server ended with ${code}.`)));
  });
  for (;;) {
    const ready = await fetch(`${url}/readyz`).catch(() => null);
    if (ready?.ok) return { child, ended, url: new URL(url) };
    await wait(200);
  }
}

interface Reply {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: string;
}

/** `node:http` in place of `fetch`: the client takes its share of the same cores, and this one takes less. */
function post({ type, bytes }: ReturnType<typeof form>): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = server.url;
    const headers = { 'content-type': type, 'content-length': bytes.length };
    const call = request({ agent, hostname, port, method: 'POST', path: '/v1/locate', headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(pieces).toString() }),
      );
    });
    call.on('error', (error: NodeJS.ErrnoException) => {
      // The server let go of a connection that was idle for too long, just when it was used again.
      if (call.reusedSocket && error.code === 'ECONNRESET') post({ type, bytes }).then(resolve, reject);
      else reject(error);
    });
    call.end(bytes);
  });
}

function form(image: Buffer) {
  const boundary = 'saturate-saturate';
  const head = `--${boundary}\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.concat([Buffer.from(head), image, Buffer.from(`\r\n--${boundary}--\r\n`)]),
  };
}

function render(name: string, towns: string, seed: string) {
  const to = join(folder, name);
  if (existsSync(join(to, 'manifest.csv'))) return;
  rmSync(to, { recursive: true, force: true });
  streetdex('world', 'render', to, '--towns', towns, '--scenes', '8', '--seed', seed);
}

function streetdex(...args: string[]) {
  const { status } = spawnSync(process.execPath, [CLI, ...args], { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`streetdex ${args[0]} ended with ${status}.`);
}

function quantile(values: number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
