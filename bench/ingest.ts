// Wall time of an ingest against the CPU seconds of what it can't do without: decode, preprocessing, encoder, measured
// alone over the same photos in the same process; medians of rounds. Seeded; photos are made once.
//   npm run bench:ingest -- [--model DIR] [--photos N] [--rounds N] [--seed N] [--folder DIR] [--memory N] [--json]
// --memory N ingests N rendered photos instead and prints the resident size along the way.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import type { PreparedImage } from '../dist/clip/clip-model.js';
import { openClipModel } from '../dist/clip/open-clip-model.js';
import { countryAt } from '../dist/geo/country-at.js';
import type { IngestEvent } from '../dist/ingest/ingest-events.js';
import { runIngest } from '../dist/ingest/run-ingest.js';
import { openWriter } from '../dist/references/embedded/open-index.js';
import { grainyPicture } from './grainy-picture.js';

const { values: flags } = parseArgs({
  options: {
    model: { type: 'string', default: 'models/pocket' },
    photos: { type: 'string', default: '120' },
    rounds: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    folder: { type: 'string', default: join(tmpdir(), 'streetdex-bench-ingest') },
    memory: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const seed = Number(flags.seed);
const cores = availableParallelism();
const TARGET = 1.05;

const model = await openClipModel(flags.model, { throughput: true });
try {
  if (flags.memory === undefined) await compareTimes();
  else await watchMemory(Number(flags.memory));
} finally {
  await model.close();
}

async function compareTimes() {
  const results = [];
  for (const [width, height, share] of [
    [682, 512, 1],
    [3264, 2448, 0.5],
  ]) {
    const count = Math.max(8, Math.round(Number(flags.photos) * share));
    const folder = await makePhotos(width, height, count);
    const contents = readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    for (const content of contents.slice(0, 4)) await model.encode((await model.prepare(content)).tensor);
    const rounds: Awaited<ReturnType<typeof compareOnce>>[] = [];
    for (let round = 0; round < Number(flags.rounds); round++) rounds.push(await compareOnce(folder, contents));
    const median = (name: keyof (typeof rounds)[0]) =>
      rounds.map((one) => one[name]).sort((x, y) => x - y)[rounds.length >> 1];
    results.push({
      size: `${width}x${height}`,
      photos: count,
      rounds: rounds.length,
      prepare_cpu_ms: median('prepare_cpu_ms'),
      encode_cpu_ms: median('encode_cpu_ms'),
      encode_wall_ms: median('encode_wall_ms'),
      wall_ms: median('wall_ms'),
      cpu_ms: median('cpu_ms'),
      cpu_over_stages: median('cpu_over_stages'),
      ratio: median('ratio'),
      ratios: rounds.map(({ ratio }) => ratio),
      target: TARGET,
      load_before: loadavg()[0],
    });
  }
  if (flags.json) return console.log(JSON.stringify({ model: model.info.name, cores, results }));
  console.log(`${model.info.name}, ${cores} cores; ms per photo; load average before: ${loadavg()[0]?.toFixed(1)}`);
  for (const one of results) {
    console.log(
      `${one.size.padEnd(10)} ${one.photos} photos, ${one.rounds} rounds: decode+preprocess ${one.prepare_cpu_ms.toFixed(1)}, encoder ${one.encode_cpu_ms.toFixed(1)} CPU (alone ${one.encode_wall_ms.toFixed(1)} wall); ingest ${one.wall_ms.toFixed(1)} wall, ${one.cpu_ms.toFixed(1)} CPU (${one.cpu_over_stages.toFixed(3)} of the stages); wall / (stages / ${cores}) = ${one.ratio.toFixed(3)} (${one.ratios.map((ratio) => ratio.toFixed(2)).join(', ')}; target ${TARGET})`,
    );
  }
}

/** The stages and the ingest one after the other: the machine's speed drifts, so only neighbours are compared. */
async function compareOnce(folder: string, contents: Buffer[]) {
  const count = contents.length;
  let prepared: PreparedImage[] = [];
  // All cores at once, as in an ingest: of cores that are threads of one, each is slower while the other works.
  const prepareCpuS = await cpuSeconds(async () => {
    prepared = await Promise.all(contents.map((content) => model.prepare(content, { wait: true })));
  });
  const encodeStartMs = performance.now();
  const encodeCpuS = await cpuSeconds(() =>
    Promise.all(prepared.map(({ tensor }) => model.encode(tensor, { wait: true }))),
  );
  const encodeWallS = (performance.now() - encodeStartMs) / 1000;
  const stagesS = prepareCpuS + encodeCpuS;
  const startedMs = performance.now();
  const cpuS = await cpuSeconds(() => ingest(folder));
  const wallS = (performance.now() - startedMs) / 1000;
  return {
    prepare_cpu_ms: (1000 * prepareCpuS) / count,
    encode_cpu_ms: (1000 * encodeCpuS) / count,
    encode_wall_ms: (1000 * encodeWallS) / count,
    wall_ms: (1000 * wallS) / count,
    cpu_ms: (1000 * cpuS) / count,
    cpu_over_stages: cpuS / stagesS,
    ratio: wallS / (stagesS / cores),
  };
}

/** Resident size during one long run; vectors and graph are counted apart. */
async function watchMemory(count: number) {
  const folder = await makePhotos(160, 120, count);
  const sizes: { photos: number; mib: number }[] = [];
  let next = 0;
  await ingest(folder, (event) => {
    if (event.type !== 'progress' || event.done < next) return;
    next = event.done + Math.max(1, Math.round(count / 20));
    global.gc?.();
    sizes.push({ photos: event.done, mib: process.memoryUsage.rss() / 2 ** 20 });
  });
  const at = (photos: number) =>
    sizes.reduce((best, one) => (Math.abs(one.photos - photos) < Math.abs(best.photos - photos) ? one : best));
  const [quarter, end] = [at(count / 4), at(count)];
  // A vector lies in the graph and in its writer's buffers; 300 bytes are a point's links with M = 16.
  const perPhoto = model.info.dimension * 4 * 2 + 300;
  const vectorsMib = ((end.photos - quarter.photos) * perPhoto) / 2 ** 20;
  const growth = (end.mib - vectorsMib) / quarter.mib;
  if (flags.json) return console.log(JSON.stringify({ sizes, growth, vectors_mib: vectorsMib }));
  for (const one of sizes) console.log(`${String(one.photos).padStart(7)} photos  ${one.mib.toFixed(0)} MiB`);
  console.log(
    `resident at the end / after a quarter, ${vectorsMib.toFixed(0)} MiB of vectors and graph apart: ${growth.toFixed(3)} (target 1.05)`,
  );
}

async function ingest(folder: string, onEvent: (event: IngestEvent) => void = () => undefined) {
  const index = mkdtempSync(join(tmpdir(), 'streetdex-bench-index-'));
  const { id: modelId, name: modelName, dimension } = model.info;
  const writer = await openWriter(index, { modelId, modelName, dimension, buildAhead: true });
  try {
    const report = await runIngest({ sources: [folder], writer, model, countryAt, onEvent });
    if (report.failed > 0 || report.added === 0) throw new Error(JSON.stringify(report.failures.slice(0, 3)));
  } finally {
    await writer.close();
    rmSync(index, { recursive: true, force: true });
  }
}

async function cpuSeconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** JPEGs of smooth shapes with grain, each with a position in its EXIF; kept for the next run with the same seed. */
async function makePhotos(width: number, height: number, count: number): Promise<string> {
  const folder = join(flags.folder, `${width}x${height}-${seed}-${count}`);
  if (existsSync(join(folder, `${count - 1}.jpg`))) return folder;
  mkdirSync(folder, { recursive: true });
  for (let i = 0; i < count; i++) {
    const { data } = grainyPicture(width, height, seed * 100_003 + i);
    const exif = {
      IFD3: {
        GPSLatitudeRef: 'N',
        GPSLatitude: `${i % 60}/1 30/1 0/1`,
        GPSLongitudeRef: 'E',
        GPSLongitude: `${i % 170}/1 0/1 0/1`,
      },
    };
    const jpeg = await sharp(data, { raw: { width, height, channels: 3 } })
      .withExif(exif)
      .jpeg({ quality: 85 })
      .toBuffer();
    writeFileSync(join(folder, `${i}.jpg`), jpeg);
  }
  return folder;
}
