import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { describeInBrowser } from './support/chromium.js';
import { useStage } from './support/stage.js';

const PHOTOS = 400;
/** Large enough that a run takes many seconds: decoding is what costs. */
const [WIDTH, HEIGHT] = [4000, 3000];

describeInBrowser('runs in the page', () => {
  const stage = useStage(
    ({ more }) => ({ STREETDEX_INGEST_ROOTS: `slow=${slowFolder(more)}` }),
    async ({ index, more }) => {
      await makeSlow(slowFolder(more));
      return index;
    },
  );
  const references = async (): Promise<number> => {
    const answer = await fetch(`${stage.server().url}/v1/index`);
    return ((await answer.json()) as { references: number }).references;
  };

  it('shows how far a run is, stops it where one says so, and keeps what it had done', async () => {
    const page = await stage.begin('#/ingest');
    const before = await references();
    await start(page);
    await page.locator('.run').first().getByRole('progressbar').waitFor();
    const early = await doneAbove(page, 0);
    expect(await doneAbove(page, early)).toBeGreaterThan(early);
    await page.getByRole('button', { name: 'Cancel' }).click();
    const said = await status(page, /^Cancelled · /);
    const done = Number(/ (\d+) of 400/.exec(said)?.[1]);
    expect(done).toBeGreaterThan(early);
    expect(done).toBeLessThan(PHOTOS);
    expect(await page.locator('.run').first().textContent()).toContain(`added ${done}`);
    expect(await page.locator('.run').first().getByRole('progressbar').count()).toBe(0);
    expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0);
    expect((await references()) - before).toBe(done);
  });

  it('follows a run that was there before the page: a page loaded anew shows it go on', async () => {
    const page = await stage.begin('#/ingest');
    await start(page);
    const early = await doneAbove(page, 0);
    await page.reload();
    const later = await doneAbove(page, early);
    await page.getByRole('link', { name: 'About' }).click();
    await page.getByRole('link', { name: 'Ingest' }).click();
    await doneAbove(page, later);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await status(page, /^Cancelled · /);
  });

  it('says that the server is gone when it ends during a run, what became of the run, and goes on with it', async () => {
    const page = await stage.begin('#/ingest', { expected: /ERR_|Failed to load/ });
    await start(page);
    await doneAbove(page, 0);
    await stage.restart('kill', async () => {
      await page.getByText('The server does not answer').waitFor();
    });
    await status(page, /^Interrupted by a restart/);
    await page.getByText('The server does not answer').waitFor({ state: 'detached' });
    expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0);
    await start(page);
    await doneAbove(page, 0);
    expect(await page.locator('.run').first().textContent()).toMatch(/unchanged \d/);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await status(page, /^Cancelled · /);
  });

  it('hears of a restart that was over before it asked again', async () => {
    const page = await stage.begin('#/ingest', { expected: /ERR_/ });
    await start(page);
    await doneAbove(page, 0);
    let back: () => void = () => undefined;
    const isBack = new Promise<void>((resolve) => {
      back = resolve;
    });
    await page.route('**/events', async (route) => {
      await isBack;
      await route.continue();
    });
    await stage.restart('kill');
    back();
    await status(page, /^Interrupted by a restart/);
    expect(await page.getByRole('button', { name: 'Cancel' }).count()).toBe(0);
  });
});

const slowFolder = (more: string): string => join(dirname(more), 'slow');

async function makeSlow(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const gps = { GPSLatitudeRef: 'N', GPSLatitude: '10/1 0/1 0/1', GPSLongitudeRef: 'E', GPSLongitude: '20/1 0/1 0/1' };
  const background = { r: 90, g: 120, b: 60 };
  const photo = await sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background } })
    .withExif({ IFD3: gps })
    .jpeg({ quality: 20 })
    .toBuffer();
  // What follows a JPEG's end is part of the file and not of the picture.
  for (let i = 0; i < PHOTOS; i++) writeFileSync(join(folder, `${i}.jpg`), Buffer.concat([photo, Buffer.from(`${i}`)]));
}

async function start(page: Page): Promise<void> {
  await page.getByLabel('Folder or manifest on the server').fill('slow');
  await page.getByRole('button', { name: 'Start' }).click();
  await status(page, /^Running/);
}

/** What the newest run says of itself, once it says something like `wanted`. */
async function status(page: Page, wanted: RegExp): Promise<string> {
  const newest = page.locator('.run').first().locator('.run-state');
  await newest.filter({ hasText: wanted }).waitFor();
  return (await newest.textContent()) ?? '';
}

/** How many photos the newest run has done, once they are more than `photos`. */
async function doneAbove(page: Page, photos: number): Promise<number> {
  const done = await page.waitForFunction((few) => {
    const said = document.querySelector('.run .run-state')?.textContent ?? '';
    const found = Number(/^Running · (\d+) of/.exec(said)?.[1] ?? 0);
    return found > few && found;
  }, photos);
  return Number(await done.jsonValue());
}
