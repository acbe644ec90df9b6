import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type { Coverage, PlacedReference } from '../../src/client/client.js';
import { describeInBrowser } from './support/chromium.js';
import { placeOnMap } from './support/map-pixels.js';
import { useStage } from './support/stage.js';
import { clickMark, frames, hashOf, mapReady, seriousFindings, soon } from './support/visit.js';

describeInBrowser('the references one by one', () => {
  const { begin } = useStage();

  const idIn = async (page: Page) => /[?&]id=([0-9a-f]{32})/.exec(await hashOf(page))?.[1];
  const mapIn = async (page: Page) => (/at=([-\d.,]+)/.exec(await hashOf(page))?.[1] ?? '').split(',').map(Number);
  /** What is shown of a reference is that of this id. */
  const shown = (page: Page, id: string) =>
    page.waitForFunction((of) => document.querySelector(`.reference-photo[src*="${of}"]`) !== null, id);
  const listed = (page: Page) =>
    page
      .locator('.neighbours .thumb')
      .evaluateAll((links) => links.map((link) => /id=([0-9a-f]{32})/.exec((link as HTMLAnchorElement).href)?.[1]));

  it('takes a cluster of one for the photo that it is', async () => {
    const page = await begin('#/browse?at=10.0000,10.0000,2.00');
    const { references } = (await page.evaluate(async () => (await fetch('v1/references?limit=2')).json())) as {
      references: { id: string }[];
    };
    const alone = references[1]?.id as string;
    const feature = (id: string, [lon, lat]: [number, number], count: number, reference_id: string | null) => ({
      type: 'Feature' as const,
      id,
      geometry: { type: 'Point' as const, coordinates: [lon, lat] },
      properties: { count, reference_id },
    });
    const coverage: Coverage = {
      type: 'FeatureCollection',
      resolution: 2,
      references: 301,
      features: [feature('cluster', [0, 10], 300, null), feature('cell', [20, 10], 1, alone)],
    };
    await page.route('**/v1/coverage?*', (route) => route.fulfill({ json: coverage }));
    await page.reload();
    await mapReady(page);
    await page.getByText('301 references in view').waitFor();
    const map = await page.locator('.map-canvas').boundingBox();
    const place = await placeOnMap(page);
    const onMap = async (lat: number, lon: number) => {
      const [x, y] = place({ lat, lon });
      return [(map?.x ?? 0) + x, (map?.y ?? 0) + y] as const;
    };
    const cluster = await onMap(10, 0);
    const photo = await onMap(10, 20);
    await clickMark(page, async () => photo);
    await page.waitForFunction((id) => location.hash.includes(`id=${id}`), alone);
    await shown(page, alone);
    await page.waitForFunction(() => /,12\.00/.test(location.hash));
    await page.goBack();
    await page.getByText('301 references in view').waitFor();
    await page.waitForFunction(() => location.hash.includes('at=10.0000,10.0000,2.00'));
    await clickMark(page, async () => cluster);
    await page.waitForFunction(() => location.hash.includes('at=10.0000,0.0000,4.50'));
    expect(await idIn(page)).toBeUndefined();
  });

  it('moves the map to a reference, says place and time, and goes on in the order of the list', async () => {
    const page = await begin('#/browse?at=30.0000,10.0000,1.50');
    await mapReady(page);
    await page.locator('.neighbours .thumb').nth(3).waitFor();
    const [first, second, third] = (await listed(page)) as [string, string, string];
    const of = async (id: string) =>
      (await page.evaluate(async (one) => (await fetch(`v1/references/${one}`)).json(), id)) as PlacedReference;
    await page.locator('.neighbours .thumb').first().click();
    await shown(page, first);
    const { point, place, captured_at } = await of(first);
    const facts = (name: string) => page.locator('.facts tr', { hasText: name }).locator('td').innerText();
    expect(await facts('Place')).toContain(place.name);
    expect(await facts('Taken')).toMatch(new RegExp(`${captured_at?.slice(0, 4)}, ${captured_at?.slice(11, 16)}`));
    await page.waitForFunction(() => /,12\.00/.test(location.hash));
    expect((await mapIn(page))[0]).toBeCloseTo(point.lat, 2);
    expect((await mapIn(page))[1]).toBeCloseTo(point.lon, 2);

    // The map is near enough now, and keeps its zoom.
    await page.keyboard.press('n');
    await shown(page, second);
    await page.waitForFunction(
      (lat) => Math.abs(Number(/at=([-\d.]+)/.exec(location.hash)?.[1]) - lat) < 0.01,
      (await of(second)).point.lat,
    );
    expect((await mapIn(page))[2]).toBe(12);
    const next = page.getByRole('button', { name: 'Next', exact: true });
    await next.focus();
    await page.keyboard.press('Enter');
    await shown(page, third);
    expect(await page.getByText(/^3 of \d+$/).count()).toBe(1);
    await page.keyboard.press('p');
    await shown(page, second);

    // Back leads to the list as it was, and to the photo that one saw last.
    await page.goBack();
    await page.waitForFunction(() => location.hash.includes('at=30.0000,10.0000,1.50'));
    const leftAt = (id: string) =>
      page.waitForFunction((of) => document.activeElement?.getAttribute('href')?.includes(`id=${of}`), id);
    await leftAt(second);
    expect((await listed(page)).slice(0, 3)).toEqual([first, second, third]);
    await page.keyboard.press('Enter');
    await shown(page, second);
    await page.waitForFunction(() => /,12\.00/.test(location.hash));
    await page.getByRole('button', { name: /Back to the list/ }).click();
    await page.waitForFunction(() => location.hash.includes('at=30.0000,10.0000,1.50'));
    await leftAt(second);
  });

  it.each(['before', 'after'] as const)(
    'stays with the list where one goes back to it while the map is about to leave, %s the browser says so',
    async (when) => {
      const list = '#/browse?at=30.0000,10.0000,1.50';
      const page = await begin(list);
      await mapReady(page);
      const photo = page.locator('.neighbours .thumb').first();
      await photo.waitFor();
      // The map acts on what it is told after a frame: here that frame comes when the test says so.
      await page.evaluate(() => {
        const held: FrameRequestCallback[] = [];
        const { requestAnimationFrame } = window;
        Object.assign(window, { held, drawing: requestAnimationFrame });
        window.requestAnimationFrame = (act) => held.push(act);
      });
      await photo.click();
      await page.waitForSelector('.reference-photo');
      await soon(() => page.evaluate(() => (window as unknown as { held: unknown[] }).held.length > 0), true);
      await page.evaluate(
        ([address, heard]) => {
          location.hash = address;
          if (heard === 'after') dispatchEvent(new HashChangeEvent('hashchange'));
          const { setTimeout } = window;
          Object.assign(window, { setTimeout: (act: () => void) => act() });
          for (const act of (window as unknown as { held: FrameRequestCallback[] }).held) act(performance.now());
          Object.assign(window, {
            setTimeout,
            requestAnimationFrame: (window as unknown as { drawing: unknown }).drawing,
          });
        },
        [list, when] as const,
      );
      await page.waitForSelector('.neighbours .thumb');
      await frames(page);
      expect(await hashOf(page)).toBe(list);
    },
  );

  it('shows a reference in its own size, until Escape', async () => {
    const page = await begin('#/browse', { viewport: { width: 360, height: 280 } });
    await page.locator('.neighbours .thumb').first().click();
    await page.waitForSelector('.facts');
    const asked = await page.locator('.facts tr', { hasText: 'Size' }).locator('td').innerText();
    const opener = page.getByRole('button', { name: /Full size/ });
    await opener.focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Full size' });
    const picture = dialog.locator('img');
    await picture.evaluate((image: HTMLImageElement) => image.decode());
    const box = await picture.boundingBox();
    expect(`${box?.width} × ${box?.height}`).toBe(asked);
    expect(await seriousFindings(page)).toEqual([]);
    // What does not fit is scrolled to, by keyboard too.
    const frame = dialog.getByRole('region');
    await frame.focus();
    await page.keyboard.press('End');
    await page.waitForFunction(() => (document.querySelector('.full-size-frame')?.scrollTop ?? 0) > 0);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await opener.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(await seriousFindings(page)).toEqual([]);
  });
});
