import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { describeInBrowser } from './support/chromium.js';
import { useStage } from './support/stage.js';
import { makeTown, TOWN, TOWN_REFERENCES } from './support/town.js';
import { mapReady, soon } from './support/visit.js';

/** What a map and a list can show and a reader take in. */
const CLUSTERS_MAX = 600;
const LISTED_MAX = 100;
const ELEMENTS_MAX = 900;

describeInBrowser('the page with 10,000 references in view', () => {
  const stage = useStage(undefined, makeTown);
  const at = (zoom: number) => `#/browse?at=${TOWN.lat},${TOWN.lon},${zoom}`;

  it('shows clusters that change with the view, never a mark for each, and lists a page at a time, none twice', async () => {
    const page = await stage.begin(at(11));
    const { coverage, lists } = listen(page);
    await page.getByText('10,400 references in view').waitFor();
    for (const listed of [24, 48, 72]) {
      await page
        .locator('.neighbours li')
        .nth(listed - 1)
        .waitFor();
      const shown = await page
        .locator('.neighbours img')
        .evaluateAll((all) => all.map((one) => one.getAttribute('src')));
      expect(new Set(shown).size).toBe(listed);
      if (listed < 72) await page.getByRole('button', { name: 'Show more' }).click();
    }
    expect(await elements(page)).toBeLessThan(ELEMENTS_MAX);
    await page.evaluate((hash) => (location.hash = hash), at(14));
    await page.reload();
    await page.waitForFunction(() => /[1-9],\d{3} ref/.test(document.querySelector('.panel h3')?.textContent ?? ''));
    await soon(async () => coverage.at(-1)?.references === (await inView(page)), true);
    // All of them were in view at once, and were never sent or drawn one by one.
    const [wide, near] = [coverage[0], coverage.at(-1)];
    expect(wide?.references).toBe(TOWN_REFERENCES);
    expect(wide?.features).toBeLessThanOrEqual(CLUSTERS_MAX);
    expect(near?.references).toBeGreaterThan(1000);
    expect(near?.features).toBeGreaterThan(wide?.features as number);
    expect(near?.features).toBeLessThanOrEqual(CLUSTERS_MAX);
    expect(Math.max(...lists)).toBeLessThanOrEqual(LISTED_MAX);
  });

  it('pans: what lies in the new view is counted and listed, and the page does not grow', async () => {
    const page = await stage.begin(at(12));
    await mapReady(page);
    await page.locator('.neighbours img').nth(23).waitFor();
    const before = { said: await inView(page), first: await firstPicture(page), elements: await elements(page) };
    expect(before.said).toBeGreaterThan(1000);
    for (let i = 0; i < 2; i++) await drag(page, -280, 60);
    await page.waitForFunction(
      (first) => document.querySelector<HTMLImageElement>('.neighbours img')?.src !== first,
      before.first,
    );
    const after = await inView(page);
    expect(after).toBeGreaterThan(0);
    expect(after).toBeLessThan(before.said);
    expect(await elements(page)).toBeLessThan(before.elements + 20);
    for (let i = 0; i < 4; i++) await drag(page, -360, 0);
    await page.getByText('No references here with these filters.').waitFor();
  });
});

/** The sizes of what the map and the list were given. */
function listen(page: Page) {
  const coverage: { references: number; features: number }[] = [];
  const lists: number[] = [];
  page.on('response', async (response) => {
    const { pathname } = new URL(response.url());
    if (!/^\/v1\/(coverage|references)$/.test(pathname)) return;
    const body = (await response.json().catch(() => null)) as {
      references: number | unknown[];
      features?: unknown[];
    } | null;
    if (Array.isArray(body?.references)) lists.push(body.references.length);
    else if (body !== null) {
      coverage.push({ references: body.references as number, features: body.features?.length ?? 0 });
    }
  });
  return { coverage, lists };
}

const elements = (page: Page) => page.evaluate(() => document.querySelectorAll('*').length);
const firstPicture = (page: Page) =>
  page
    .locator('.neighbours img')
    .first()
    .evaluate((one: HTMLImageElement) => one.src);

async function inView(page: Page): Promise<number> {
  const said = (await page.getByText('references in view').textContent()) ?? '';
  return Number(/([\d,]+) references/.exec(said)?.[1]?.replaceAll(',', ''));
}

async function drag(page: Page, byX: number, byY: number): Promise<void> {
  const box = await page.locator('.map-canvas').boundingBox();
  const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + byX, y + byY, { steps: 5 });
  await page.mouse.up();
}
