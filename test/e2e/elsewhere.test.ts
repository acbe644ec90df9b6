import { expect, it } from '@jest/globals';
import type { Locator, Page } from 'playwright-core';
import { describeInBrowser } from './support/chromium.js';
import { locate, useStage } from './support/stage.js';
import { seriousFindings } from './support/visit.js';

const OSM = 'https://www.openstreetmap.org/';
const HOSTS = ['www.openstreetmap.org', 'www.google.com', 'www.mapillary.com', 'api.panoramax.xyz', 'www.google.com'];

describeInBrowser('a place elsewhere', () => {
  const { world, begin } = useStage();
  const query = (i: number) => world().queries[i] as string;

  /** Opens the links by keyboard, and checks their form; gives the position that they are of. */
  async function openedIn(page: Page, within: Locator): Promise<string> {
    const button = within.getByRole('button', { name: 'Open or copy this place' }).first();
    expect(await within.locator(`a[href^="${OSM}"]`).count()).toBe(0);
    expect(await button.getAttribute('aria-expanded')).toBe('false');
    await button.focus();
    await page.keyboard.press('Enter');
    await within.locator(`a[href^="${OSM}"]`).waitFor();
    expect(await button.getAttribute('aria-expanded')).toBe('true');
    // What it opens comes next in the order of the keyboard.
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('OpenStreetMap');
    const links = await within.locator('.elsewhere a').all();
    const point = /: (-?[\d.]+, -?[\d.]+)$/.exec((await button.textContent()) ?? '')?.[1] as string;
    const [lat, lon] = point.split(', ');
    const hosts: string[] = [];
    for (const link of links) {
      const href = (await link.getAttribute('href')) as string;
      hosts.push(new URL(href).hostname);
      expect(href).toContain(lat);
      expect(href).toContain(lon);
      expect(await link.getAttribute('rel')).toBe('noreferrer noopener');
      expect(await link.getAttribute('referrerpolicy')).toBe('no-referrer');
      expect(await link.getAttribute('target')).toBe('_blank');
    }
    expect(hosts).toEqual(HOSTS);
    expect(await seriousFindings(page)).toEqual([]);
    return point;
  }

  it('opens from a candidate, without a referrer, and asks nobody before', async () => {
    const page = await begin();
    await locate(page, query(0));
    const point = await openedIn(page, page.locator('.candidates'));
    expect(point).toBe(await page.locator('.candidate[aria-pressed=true] .candidate-point').textContent());
    const [lat, lon] = point.split(', ');
    const asked: { url: string; referer: string | undefined }[] = [];
    await page.context().route(`${OSM}**`, async (route) => {
      asked.push({ url: route.request().url(), referer: (await route.request().allHeaders()).referer });
      await route.fulfill({ contentType: 'text/html', body: '<title>A map</title>' });
    });
    const popup = page.context().waitForEvent('page');
    await page.locator('.candidates').getByRole('link', { name: 'OpenStreetMap' }).click();
    const opened = await popup;
    await opened.waitForURL(`${OSM}**`);
    expect(opened.url()).toBe(`${OSM}?mlat=${lat}&mlon=${lon}#map=17/${lat}/${lon}`);
    expect(await opened.evaluate(() => [document.referrer, window.opener])).toEqual(['', null]);
    expect(asked).toEqual([{ url: `${OSM}?mlat=${lat}&mlon=${lon}`, referer: undefined }]);
  });

  it('copies the place in three notations, also by hand where the browser has no clipboard', async () => {
    const page = await begin();
    await locate(page, query(0));
    const candidates = page.locator('.candidates');
    const point = await openedIn(page, candidates);
    const copied = async (name: string) => {
      await page.evaluate(() => navigator.clipboard.writeText(''));
      await candidates.getByRole('button', { name }).click();
      await page.waitForFunction(async () => (await navigator.clipboard.readText()) !== '');
      return page.evaluate(() => navigator.clipboard.readText());
    };
    expect(await copied('Copy in decimal degrees')).toBe(point);
    expect(await copied('Copy in degrees, minutes, seconds')).toMatch(
      /^\d+°\d+'\d+\.\d\d"[NS] \d+°\d+'\d+\.\d\d"[EW]$/,
    );
    expect(await copied('Copy as geo: link')).toBe(`geo:${point.replace(', ', ',')}`);
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await candidates.getByRole('button', { name: 'Copy as geo: link' }).click();
    expect(await candidates.locator('textarea').inputValue()).toBe(`geo:${point.replace(', ', ',')}`);
  });

  it('opens from a scene, its comparison and a reference', async () => {
    const page = await begin('', { viewport: { width: 1000, height: 900 } });
    await locate(page, query(0));
    const scene = page.locator('.neighbours li').first();
    const point = await openedIn(page, scene);
    await scene.locator('.thumb').click();
    const dialog = page.getByRole('dialog', { name: 'Compare' });
    expect(await openedIn(page, dialog)).toBe(point);
    await page.keyboard.press('Escape');
    await scene.locator('.source').click();
    await page.waitForSelector('.page[data-view=browse] .facts');
    expect(await openedIn(page, page.locator('article'))).toBe(point);
    expect(await page.locator('.facts td').first().textContent()).toBe(point);
  });
});
