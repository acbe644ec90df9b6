// Many photos through the page against `streetdex locate DIR` over the same photos on the same machine, one after the other:
//   npm run bench:queue -- [--photos 2000]
// Prints the ratio of the times, then for half of the photos and for all of them, each in a new visit: script time, the heap
// after a collection, and how often each of the map's sources was loaded. Scenes are rendered once, into the temporary folder.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { root } from '../scripts/prepare.mjs';
import { serveIndex } from '../scripts/serve-demo.mjs';

const { values: flags } = parseArgs({ options: { photos: { type: 'string', default: '2000' } } });
declare global {
  interface Window {
    answers: number;
    /** Of each source of the map. */
    loads: Record<string, number>;
  }
}
const TIME_TARGET = 1.3;
const SCRIPT_TARGET = 2;
const HEAP_TARGET_KB = 4;
const SCENES = 5;

const home = join(tmpdir(), 'streetdex-bench-queue');
const data = join(home, 'data');
const index = join(home, 'index');
const photos = makeScenes(Number(flags.photos));
console.log(`${photos.length} photos, load average before: ${loadavg()[0]?.toFixed(1)}`);
// The captions are embedded once, before anything is measured.
streetdex(['locate', photos[0], '--index', index]);
const alone = locateFolder();
console.log(`streetdex locate DIR: ${alone.toFixed(1)} s`);
const { url, executablePath, stop } = await serveIndex(index, { STREETDEX_DATA_DIR: data });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
try {
  const half = await visit(photos.slice(0, photos.length >> 1));
  const all = await visit(photos);
  const more = photos.length - (photos.length >> 1);
  console.log(`page / locate DIR: ${(all.seconds / alone).toFixed(2)} (target ${TIME_TARGET})`);
  console.log(`script, all / half: ${(all.script / half.script).toFixed(2)} (target ${SCRIPT_TARGET})`);
  console.log(`heap: ${((all.heap - half.heap) / more / 1000).toFixed(2)} kB a photo (target ${HEAP_TARGET_KB})`);
} finally {
  await browser.close();
  await stop();
}

/** Gives a new page the photos and waits until each has its answer. */
async function visit(files: string[]) {
  const page = await browser.newPage({ viewport: { width: 1350, height: 940 } });
  await page.addInitScript(watch);
  await page.goto(url);
  await page.getByText(/reference photos in the index/).waitFor();
  await page.dispatchEvent('.map', 'pointerenter');
  await page.waitForSelector('.map-canvas[data-ready]');
  await page.waitForTimeout(1000);
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable');
  const metric = async (name: string) =>
    (await devtools.send('Performance.getMetrics')).metrics.find((one) => one.name === name)?.value ?? Number.NaN;
  const loadsBefore = await page.evaluate(() => ({ ...window.loads }));
  const scriptBefore = await metric('ScriptDuration');
  const startedMs = performance.now();
  await page.setInputFiles('.drop input[type=file]', files);
  await page.waitForFunction((wanted) => window.answers >= wanted, files.length, { polling: 250, timeout: 0 });
  const seconds = (performance.now() - startedMs) / 1000;
  await page.waitForTimeout(3000);
  const script = (await metric('ScriptDuration')) - scriptBefore;
  await devtools.send('HeapProfiler.collectGarbage');
  const heap = await metric('JSHeapUsedSize');
  const nodes = await metric('Nodes');
  const loads = await page.evaluate(() => window.loads);
  const news = Object.entries(loads).map(([name, times]) => `${name} ${times - (loadsBefore[name] ?? 0)}`);
  console.log(
    `page, ${files.length} photos: ${seconds.toFixed(1)} s, script ${script.toFixed(2)} s, heap ${(heap / 1e6).toFixed(1)} MB, ${nodes} nodes; loads of map sources: ${news.join(', ') || 'none'}`,
  );
  await page.close();
  return { seconds, script, heap };
}

/** Counts answers and what the map's workers are told to load. */
function watch() {
  window.answers = 0;
  window.loads = {};
  const { fetch } = window;
  window.fetch = async (...given) => {
    const response = await fetch(...given);
    if (response.ok && String(given[0]).endsWith('/v1/locate')) window.answers++;
    return response;
  };
  Worker.prototype.postMessage = new Proxy(Worker.prototype.postMessage, {
    apply(post, worker, given) {
      const [message] = given;
      if (message?.type === 'LD') {
        const name = message.data?.source ?? 'unnamed';
        window.loads[name] = (window.loads[name] ?? 0) + 1;
      }
      return Reflect.apply(post, worker, given);
    },
  });
}

/** Rendered towns with an index, and scenes of other towns to ask about. */
function makeScenes(count: number): string[] {
  const world = join(home, 'world');
  const asked = join(home, `asked-${count}`);
  if (!existsSync(join(index, 'manifest.json'))) {
    streetdex(['world', 'render', world, '--towns', '100', '--scenes', '4', '--seed', 'queue']);
    streetdex(['ingest', join(world, 'manifest.csv'), '--index', index]);
  }
  if (!existsSync(join(asked, 'manifest.csv'))) {
    const towns = String(Math.ceil(count / SCENES));
    streetdex(['world', 'render', asked, '--towns', towns, '--scenes', String(SCENES), '--seed', 'asked']);
  }
  const images = join(asked, 'images');
  const names = readdirSync(images).filter((name) => name.endsWith('.jpg'));
  return names.slice(0, count).map((name) => join(images, name));
}

/** Seconds of `locate` over a folder with just these photos. */
function locateFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'streetdex-queue-'));
  for (const [i, file] of photos.entries()) symlinkSync(file, join(folder, `${i}.jpg`));
  const startedMs = performance.now();
  streetdex(['locate', folder, '--index', index, '--csv']);
  rmSync(folder, { recursive: true });
  return (performance.now() - startedMs) / 1000;
}

function streetdex(args: string[]) {
  const { status } = spawnSync(process.execPath, [join(root, 'dist', 'cli', 'main.js'), ...args], {
    env: { ...process.env, STREETDEX_DATA_DIR: data },
    stdio: ['ignore', 'ignore', 'inherit'],
    maxBuffer: 2 ** 30,
  });
  if (status !== 0) throw new Error(`streetdex ${args.join(' ')} ended with code ${status}.`);
}
