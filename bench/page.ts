// How the page does in a browser: `npm run bench:page -- [--runs 3]`, after `npm run demo`. Lighthouse's scores of the
// first view and of the map's, then how long the page takes to show what a click or a key does. Lighthouse's packages are
// fetched once, into node_modules/.cache. Without a graphics card Chromium draws the map with the processor: the line
// "drawn by" says which it was.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright-core';
import { root } from '../scripts/prepare.mjs';
import { serveDemo } from '../scripts/serve-demo.mjs';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '3' } } });
declare global {
  interface Window {
    /** Milliseconds by interaction. */
    waits: Map<number, number>;
  }
}
/** What is read of Lighthouse's. */
interface Report {
  categories: Record<string, { score: number }>;
  audits: Record<string, { numericValue: number }>;
}
/** The last one that runs on Node 20. */
const LIGHTHOUSE = 'lighthouse@12.8.2';
const UNTHROTTLED = ['--preset=desktop', '--throttling-method=provided'];
const FIGURES = {
  'first-contentful-paint': 'first paint',
  'largest-contentful-paint': 'largest paint',
  'total-blocking-time': 'blocked',
  'cumulative-layout-shift': 'layout shift',
};
const median = (list: number[]) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

const program = installLighthouse();
const folder = mkdtempSync(join(tmpdir(), 'streetdex-page-'));
const { url, executablePath, photos, stop } = await serveDemo();
try {
  score('the first view, loopback, cold cache', '/', UNTHROTTLED);
  score('the same on a slow telephone (simulated 4G, processor at a quarter)', '/', []);
  score('the map of all references, loopback, cold cache', '/#/browse', UNTHROTTLED);
  score('docs, loopback, cold cache', '/docs', UNTHROTTLED);
  await interactions();
} finally {
  await stop();
  rmSync(folder, { recursive: true, force: true });
}

/** The median of the scores and of the figures. */
function score(what: string, path: string, flags: string[]) {
  const reports = Array.from({ length: Number(values.runs) }, () => lighthouse(path, flags));
  const scores = ['performance', 'accessibility', 'best-practices'].map(
    (name) => `${name} ${Math.round(100 * median(reports.map(({ categories }) => categories[name].score)))}`,
  );
  const figures = Object.entries(FIGURES).map(([id, name]) => {
    const value = median(reports.map(({ audits }) => audits[id].numericValue));
    return `${name} ${id.endsWith('shift') ? value.toFixed(3) : `${Math.round(value)} ms`}`;
  });
  console.log(`${what}: ${scores.join(', ')}; ${figures.join(', ')}`);
}

function lighthouse(path: string, flags: string[]): Report {
  const file = join(folder, 'report.json');
  const categories = '--only-categories=performance,accessibility,best-practices';
  const { status } = spawnSync(
    process.execPath,
    [program, `${url}${path}`, categories, ...flags, '--output=json', `--output-path=${file}`, '--quiet'].concat(
      '--chrome-flags=--headless=new --no-sandbox',
    ),
    { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, CHROME_PATH: executablePath } },
  );
  if (status !== 0) throw new Error(`Lighthouse ended with code ${status}.`);
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** From a click or key to the frame that shows what it did, as the browser measures it (Event Timing). */
async function interactions() {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1350, height: 940 } });
  await page.addInitScript(() => {
    window.waits = new Map();
    const note = (entry: PerformanceEntry & { interactionId?: number }) => {
      const { interactionId: id, duration } = entry;
      if (id) window.waits.set(id, Math.max(duration, window.waits.get(id) ?? 0));
    };
    const shortest = { type: 'event', durationThreshold: 16 };
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe(shortest);
  });
  await page.goto(url);
  console.log(`interactions, drawn by ${await page.evaluate(renderer)}:`);
  const took: number[] = [];
  const time = async (what: string, act: () => Promise<unknown>) => {
    await page.evaluate(() => window.waits.clear());
    await act();
    await page.waitForTimeout(1000);
    const waits = await page.evaluate(() => [...window.waits.values()]);
    // Below 16 ms, one frame, nothing is reported.
    took.push(Math.max(0, ...waits));
    console.log(`  ${what}: ${waits.length === 0 ? 'at most 16' : Math.max(...waits)} ms`);
  };
  const click = (selector: string) => () => page.locator(selector).first().click();
  await time('change the theme', click('.header-tools button'));
  for (const view of ['label', 'ingest', 'about', 'locate']) {
    await time(`open ${view}`, click(`nav a[href*="#/${view}"]`));
  }
  await page.setInputFiles('.drop input[type=file]', photos[0]);
  await page.waitForSelector('.answer[aria-busy="false"]');
  await page.waitForTimeout(5000);
  await time('choose a candidate', () => page.locator('.candidate').last().click());
  await time('open the hints', click('.hints summary'));
  await time('compare with a neighbour', click('.neighbours .thumb'));
  await time('zoom in both', () => page.keyboard.press('+'));
  await time('close the comparison', () => page.keyboard.press('Escape'));
  await time('change the theme, with the map', click('.header-tools button'));
  await time('open browse', click('nav a[href*="#/browse"]'));
  await time('back to locate', click('nav a[href*="#/locate"]'));
  console.log(`  median ${median(took)} ms, longest ${Math.max(...took)} ms`);
  await browser.close();
}

function renderer() {
  const gl = document.createElement('canvas').getContext('webgl2');
  const info = gl?.getExtension('WEBGL_debug_renderer_info');
  return (info && gl?.getParameter(info.UNMASKED_RENDERER_WEBGL)) ?? 'nothing';
}

function installLighthouse() {
  const home = join(root, 'node_modules', '.cache', 'streetdex-lighthouse');
  const file = join(home, 'node_modules', 'lighthouse', 'cli', 'index.js');
  if (existsSync(file)) return file;
  mkdirSync(home, { recursive: true });
  const args = ['install', '--prefix', home, '--no-audit', '--no-fund', '--loglevel=error', LIGHTHOUSE];
  if (spawnSync('npm', args, { stdio: 'inherit', shell: process.platform === 'win32' }).status === 0) return file;
  console.error(`bench:page is skipped: ${LIGHTHOUSE} can not be installed.`);
  process.exit(0);
}
