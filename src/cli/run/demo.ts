import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, DEFAULT_MODEL } from '../../app.js';
import { packageRoot } from '../../config/package-root.js';
import type { Config } from '../../config/settings.js';
import { untilSignal } from '../../http/listen.js';
import type { Run } from '../command.js';
import { checkServer } from '../demo/check-server.js';
import { type DemoWorld, demoWorld, type WorldSize } from '../demo/demo-world.js';
import { print } from '../print.js';
import { ingestWithProgress } from './ingest.js';
import { startServer, stopServer } from './serve.js';

const WHOLE: WorldSize = { towns: 150, scenesPerTown: 8, queriesPerHalf: 12 };
const SMALL: WorldSize = { towns: 40, scenesPerTown: 4, queriesPerHalf: 20 };

export const demo: Run = async ({ config, on, text }) => (on('check') ? check(config) : show(config, text('photos')));

async function show(config: Config, photos: string | undefined): Promise<number> {
  const folder = join(packageRoot(), '.streetdex', 'demo');
  await using app = new App({ ...config, index: join(folder, 'index'), model: DEFAULT_MODEL });
  const world = await prepareWorld(app, join(folder, 'world'), WHOLE);
  if (photos !== undefined) await ingestWithProgress(app, [photos], {}, false);
  const server = await startServer(app);
  print(welcome(server.url, world, app.indexFolder()));
  await untilSignal();
  await stopServer(app, server);
  return 0;
}

async function check(config: Config): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'streetdex-demo-'));
  try {
    await using app = new App({
      ...config,
      index: join(folder, 'index'),
      model: DEFAULT_MODEL,
      port: 0,
      log_level: 'error',
    });
    const world = await prepareWorld(app, join(folder, 'world'), SMALL);
    const server = await startServer(app);
    const holds = await checkServer(server.url, world);
    await stopServer(app, server);
    print(holds ? 'The demo works.' : 'The demo does not work as it should: see the lines that say FAIL.');
    return holds ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepareWorld(app: App, folder: string, size: WorldSize): Promise<DemoWorld> {
  const world = await demoWorld(folder, size, await app.gazetteer());
  await ingestWithProgress(app, [world.manifest], {}, false);
  return world;
}

function welcome(url: string, world: DemoWorld, index: string): string {
  const [known, unknown] = [
    world.queries.find((query) => query.indexed),
    world.queries.find((query) => !query.indexed),
  ];
  return `
streetdex answers at ${url} with ${world.references} rendered street scenes of 150 towns.

Open ${url} in a browser, and drop a photo on it: ${known?.file}
The HTTP interface is described at ${url}/docs. Or try it in another terminal, from this folder:

  # where is this? (a new scene of ${known?.town}, ${known?.country}, whose streets are in the index)
  npx streetdex locate "${known?.file}" --index "${index}"

  # which references look like it?
  curl -s -F image=@"${known?.file}" ${url}/v1/similar

  # which of these countries? (a scene of ${unknown?.town}, ${unknown?.country}, which is not in the index)
  npx streetdex classify "${unknown?.file}" --labels "${labels(unknown?.country)}"

  # how good is it, where a photo's author is left out?
  npx streetdex evaluate --index "${index}" --leave-out author --limit 200 --report report.html

What an answer means: candidates with the probability that the photo was taken within 100 km of each; around the first,
circles meant to hold the truth with 50 % and 90 % (calibrated for an index by \`streetdex tune\`); the reference scenes that look alike, and the
captions that fit. The pocket model knows only this rendered world and nothing about real photos: for those, add a model
such as StreetCLIP (see the README). It is not for locating people's private photos.

Ctrl-C stops the server.`;
}

function labels(country: string | undefined): string {
  return [...new Set([country ?? 'Japan', 'Japan', 'France', 'Brazil', 'Kenya', 'Canada'])].slice(0, 5).join(',');
}
