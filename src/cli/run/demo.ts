import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, DEFAULT_MODEL } from '../../app.js';
import { packageRoot } from '../../config/package-root.js';
import { packageVersion } from '../../config/package-version.js';
import type { Config } from '../../config/settings.js';
import { gatherQueries } from '../../evaluate/gather-queries.js';
import { tuneProfile } from '../../evaluate/tune-profile.js';
import { untilSignal } from '../../http/listen.js';
import { readProfile, writeProfile } from '../../locate/profile-file.js';
import { keepSamples } from '../../references/samples.js';
import type { Run } from '../command.js';
import { checkServer } from '../demo/check-server.js';
import { demoCluster } from '../demo/demo-cluster.js';
import { type DemoWorld, demoWorld, type WorldSize } from '../demo/demo-world.js';
import { endWithin } from '../end-within.js';
import { print } from '../print.js';
import { Progress } from '../progress.js';
import { withStopSignal } from '../stop-signal.js';
import { ingestWithProgress } from './ingest.js';
import { openServer, stopServer } from './open-server.js';

const WHOLE: WorldSize = { towns: 150, scenesPerTown: 8, queriesPerHalf: 12, tuneOn: [120, 120] };
const SMALL: WorldSize = { towns: 40, scenesPerTown: 4, queriesPerHalf: 20, tuneOn: [40, 80] };

export const demo: Run = async ({ config, on, text }) => {
  const cluster = text('cluster');
  return on('check') ? check(config, cluster) : show(config, text('photos'), cluster);
};

async function show(config: Config, photos: string | undefined, cluster: string | undefined): Promise<number> {
  const folder = join(packageRoot(), '.streetdex', 'demo');
  await using app = new App({ ...config, index: join(folder, 'index'), model: DEFAULT_MODEL }, { serves: true });
  const world = await prepareWorld(app, join(folder, 'world'), WHOLE);
  if (photos !== undefined) await ingestWithProgress(app, [photos], {}, false);
  const server = await openServer(app, { version: packageVersion() });
  const elsewhere = cluster === undefined ? null : await demoCluster(app, cluster, world, [0, 0]);
  await elsewhere?.agrees(server.url, world);
  const asked = untilSignal();
  print(welcome(server.url, world, app.indexFolder()));
  if (elsewhere !== null) print(`From the cluster, two more servers answer: ${elsewhere.urls.join(' and ')}.`);
  await asked;
  endWithin(Math.max(1, config.shutdown_timeout_s));
  await elsewhere?.close();
  await stopServer(app, server);
  return 0;
}

async function check(config: Config, cluster: string | undefined): Promise<number> {
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
    const server = await openServer(app, { version: packageVersion() });
    const elsewhere = cluster === undefined ? null : await demoCluster(app, cluster, world, [0, 0]);
    const holds =
      (await checkServer(elsewhere?.urls[0] ?? server.url, world)) &&
      ((await elsewhere?.agrees(server.url, world)) ?? true);
    await elsewhere?.close();
    await stopServer(app, server);
    print(holds ? 'The demo works.' : 'The demo does not work as it should: see the lines that say FAIL.');
    return holds ? 0 : 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function prepareWorld(app: App, folder: string, size: WorldSize): Promise<DemoWorld> {
  const world = await timed('Scenes', async () => demoWorld(folder, size, await app.gazetteer()));
  await timed('References', () => ingestWithProgress(app, [world.manifest], {}, false));
  await timed('Place names', () => embedCaptions(app));
  if (readProfile(app.indexFolder()) === null) await timed('Tuning', () => tuneIndex(app, world.tuneOn));
  await keepSamples(app.indexFolder(), world.samples);
  return world;
}

async function embedCaptions(app: App): Promise<void> {
  const progress = new Progress('preparing place names (once for this model)');
  await app.captions((done, total) => progress.count(done, total));
  progress.end();
}

/** Tunes as `streetdex tune` does, so that the first answer is calibrated. */
async function tuneIndex(app: App, manifest: string): Promise<void> {
  const progress = new Progress('looking at scenes to tune on');
  process.stderr.write('Tuning the index, so that answers say how far to rely on them …\n');
  await withStopSignal(progress, async (signal) => {
    const { queries } = await gatherQueries(app, { manifest, duplicates: 'keep' }, { signal });
    const { profile, report } = await tuneProfile(queries, await app.locator(), {
      model: (await app.index()).reader.modelId,
      index: 'demo',
      signal,
      onProgress: (_, done = 0, total = 0) => {
        if (total > 0) progress.count(done, total);
      },
    });
    if (report.outcome !== 'unchanged') writeProfile(app.indexFolder(), profile);
  });
}

/** Runs a stage of the demo and prints its time. */
async function timed<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  const result = await work();
  process.stderr.write(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  return result;
}

function welcome(url: string, world: DemoWorld, index: string): string {
  const [known, unknown] = [
    world.queries.find((query) => query.indexed),
    world.queries.find((query) => !query.indexed),
  ];
  return `
streetdex answers at ${url} with ${world.references} rendered street scenes of 150 towns.

Open ${url} in a browser, and click one of its three scenes, or drop a photo on it: ${known?.file}
(Another port: --port N. With photos of your own that have GPS: --photos DIR.)
The HTTP interface is described at ${url}/docs. Or try it in another terminal, from this folder:

  # where is this? (a new scene of ${known?.town}, ${known?.country}, whose streets are in the index)
  npx streetdex locate "${known?.file}" --index "${index}"

  # which references look like it?
  curl -s -F image=@"${known?.file}" ${url}/v1/similar

  # which of these countries? (a scene of ${unknown?.town}, ${unknown?.country}, which is not in the index)
  npx streetdex classify "${unknown?.file}" --labels "${labels(unknown?.country)}"

  # how good is it, where a photo's author is left out?
  npx streetdex evaluate --index "${index}" --leave-out author --limit 200 --report report.html

What an answer says: how far to rely on it; the likely places (candidates), each with the probability that the photo was
taken within 100 km of it; around the first, circles that contain the true place in 50 and in 90 of 100 cases (this index
was tuned; \`streetdex tune\` does that for yours); the reference scenes that look alike; and the place names that fit.
The pocket model knows only its own computer-drawn world, and its answers for real photos mean nothing: for those, add a
model such as StreetCLIP (see the README). It is not for locating people’s private photos.

Ctrl-C stops the server.`;
}

function labels(country: string | undefined): string {
  return [...new Set([country ?? 'Japan', 'Japan', 'France', 'Brazil', 'Kenya', 'Canada'])].slice(0, 5).join(',');
}
