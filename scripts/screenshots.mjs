// `node scripts/screenshots.mjs`: pictures of the page's main views for the README and docs, into docs/screenshots.
// Needs the demo's index (`npm run demo` makes it) and the system's Chromium (CHROMIUM names one elsewhere).
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { prepare, root } from './prepare.mjs';

const demo = join(root, '.streetdex', 'demo');
const out = join(root, 'docs', 'screenshots');
const executablePath = [process.env.CHROMIUM ?? '', '/usr/bin/chromium', '/usr/bin/google-chrome'].find(existsSync);
if (!existsSync(join(demo, 'index', 'manifest.json')) || executablePath === undefined) {
  console.error('Expected the demo’s index (run `npm run demo` once) and a Chromium.');
  process.exit(2);
}
prepare();
mkdirSync(out, { recursive: true });
const { queries } = JSON.parse(readFileSync(join(demo, 'world', 'world.json'), 'utf8'));
const photos = queries.filter(({ indexed }) => indexed).map(({ file }) => file);

const server = spawn(
  process.execPath,
  ['dist/cli/main.js', 'serve', '--index', join(demo, 'index'), '--port', '0', '--log-level', 'error'],
  { cwd: root, env: { ...process.env, STREETDEX_RATE_LIMIT_PER_MINUTE: '0' }, stdio: ['ignore', 'pipe', 'inherit'] },
);
const url = await new Promise((resolve) => {
  server.stdout.on('data', (bytes) => {
    const found = /http:\/\/[\d.]+:\d+/.exec(String(bytes));
    if (found) resolve(found[0]);
  });
});
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader'],
});

const DESK = { width: 1360, height: 850 };
const PHONE = { width: 390, height: 844 };
await shoot('locate-light', { viewport: DESK, colorScheme: 'light' }, '', answer(0));
await shoot('locate-dark', { viewport: DESK, colorScheme: 'dark' }, '', answer(4));
await shoot('locate-phone', { viewport: PHONE, colorScheme: 'light', deviceScaleFactor: 2 }, '', answer(0));
await shoot('compare-light', { viewport: DESK, colorScheme: 'light' }, '', async (page) => {
  await answer(0)(page);
  await page.locator('.neighbours .thumb').first().click();
});
await shoot('browse-light', { viewport: DESK, colorScheme: 'light' }, '#/browse', references);
await shoot('browse-dark', { viewport: DESK, colorScheme: 'dark' }, '#/browse?at=48.0000,12.0000,3.60', references);
await shoot('browse-phone', { viewport: PHONE, colorScheme: 'dark', deviceScaleFactor: 2 }, '#/browse', references);
await shoot('label-light', { viewport: DESK, colorScheme: 'light' }, '#/label?set=countries', async (page) => {
  await page.setInputFiles('.panel input[type=file]', photos[0]);
  await page.getByRole('button', { name: 'Label it' }).click();
  await page.waitForSelector('.labels li');
});
await browser.close();
server.kill('SIGTERM');

function answer(i) {
  return async (page) => {
    await page.setInputFiles('.drop input[type=file]', photos[i]);
    await page.waitForSelector('.answer[aria-busy="false"]');
  };
}

async function references(page) {
  await page.waitForSelector('.neighbours img');
}

/** Waits until the map stands still and the pictures of neighbours are there. */
async function shoot(name, options, hash, act) {
  const context = await browser.newContext({ reducedMotion: 'reduce', locale: 'en-GB', ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  await page.goto(`${url}/${hash}`);
  await page.waitForSelector('.map-canvas[data-ready]', { state: 'attached' });
  await act(page);
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(3000);
  await sharp(await page.screenshot())
    .webp({ quality: 80 })
    .toFile(join(out, `${name}.webp`));
  await context.close();
  console.error(`docs/screenshots/${name}.webp`);
}
