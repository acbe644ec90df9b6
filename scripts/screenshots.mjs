// `node scripts/screenshots.mjs`: pictures of the page's main views for the README and docs, into docs/screenshots.
// Needs the demo's index (`npm run demo` makes it) and the system's Chromium (CHROMIUM names one elsewhere).
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import sharp from 'sharp';
import { root } from './prepare.mjs';
import { serveDemo } from './serve-demo.mjs';

const out = join(root, 'docs', 'screenshots');
mkdirSync(out, { recursive: true });
const { url, executablePath, photos, stop } = await serveDemo();
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
await stop();

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
  await act(page);
  if (await page.locator('.map').isVisible()) await page.waitForSelector('.map-canvas[data-ready]');
  await page.waitForLoadState('networkidle');
  await page.waitForTimeout(3000);
  await sharp(await page.screenshot())
    .webp({ quality: 80 })
    .toFile(join(out, `${name}.webp`));
  await context.close();
  console.error(`docs/screenshots/${name}.webp`);
}
