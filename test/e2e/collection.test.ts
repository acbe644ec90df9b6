import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import type {
  Audit,
  Duplicates,
  LabelSets,
  Labels,
  PhotosToLabel,
  ReferenceList,
  TagCells,
} from '../../src/client/client.js';
import { describeInBrowser } from './support/chromium.js';
import { placeOnMap } from './support/map-pixels.js';
import { useStage } from './support/stage.js';
import { frames, hashOf, mapReady, mapStill, seriousFindings, soon } from './support/visit.js';

const PROBLEM = 'application/problem+json';
const SET = '#/collection?set=light';

describeInBrowser('the view of the collection', () => {
  const stage = useStage();
  const { begin } = stage;
  const get = async <T>(path: string) => (await fetch(`${stage.server().url}/v1/${path}`)).json() as Promise<T>;
  const post = (path: string, json: unknown) =>
    fetch(`${stage.server().url}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(json),
    });
  const labelled = async () => (await get<Labels>('labels/light')).photos;
  const thumbs = (page: Page) => page.locator('.neighbours .thumb').count();

  it('lists the sets, says why sentences are off, and tags with one', async () => {
    const page = await begin();
    await page.getByRole('link', { name: 'Collection', exact: true }).click();
    await page.getByText('This model knows no photos').waitFor();
    const damage = page.locator('.sets li', { hasText: 'Damage to buildings' });
    expect(await damage.textContent()).toContain('Its sentences are off. Label some photos, and train a probe.');
    expect(await seriousFindings(page)).toEqual([]);
    await damage.getByRole('link').click();
    await page.getByText(/A grade\. Ruin and rubble/).waitFor();
    expect(await page.getByRole('button', { name: /^Tag/ }).count()).toBe(0);
    await page.getByRole('link', { name: '← All label sets' }).click();
    await page.locator('.sets').getByRole('link', { name: 'Light', exact: true }).click();
    await soon(async () => (await hashOf(page)).startsWith(SET), true);
    await page.getByRole('button', { name: 'Tag by sentences' }).click();
    await page.getByText('240 of 240 photos tagged by sentences, which is weak').waitFor();
    await page.getByText(/^Share of photos whose likeliest label is “day”, by sentences$/).waitFor();
    expect(await page.title()).toBe('light · Collection · streetdex');
  });

  it('shows a label’s photos page by page, most or doubt first, and comes back from one of them', async () => {
    const page = await begin(SET);
    await soon(() => thumbs(page), 24);
    await page.getByRole('button', { name: 'Show more' }).click();
    await soon(() => thumbs(page), 48);
    await page.getByLabel('Order').selectOption('doubt');
    await page.getByRole('combobox', { name: 'Label', exact: true }).selectOption('night');
    await soon(() => thumbs(page), 24);
    expect(await hashOf(page)).toMatch(/label=night&order=doubt|order=doubt&label=night/);
    const asked = stage.requests().filter((request) => request.endsWith('/v1/tags/light/photos')).length;
    // 24 at once, 24 more, and those of the other order and label: never all of them.
    expect(asked).toBeLessThanOrEqual(4);
    expect(await seriousFindings(page)).toEqual([]);
    await page.locator('.neighbours .thumb').nth(2).click();
    await page.locator('.reference-photo').waitFor();
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await page.getByText(/likeliest label is “night”/).waitFor();
    expect(await hashOf(page)).not.toContain('id=');
  });

  it('reads the histogram bar by bar by the arrow keys', async () => {
    const { histogram } = await get<TagCells>('tags/light/cells?label=day');
    const page = await begin(`${SET}&label=day`);
    const bars = page.getByRole('slider', { name: 'How much of “day” photos have' });
    await bars.focus();
    await page.keyboard.press('ArrowRight');
    expect(await bars.getAttribute('aria-valuetext')).toBe(`0.05 to 0.10: ${histogram[1]} photos`);
    await page.keyboard.press('End');
    await page.getByText(`0.95 to 1.00: ${histogram[19]} photos`).waitFor();
  });

  it('colours the map by cells, says what is in the one under the pointer, and goes closer on a click', async () => {
    const page = await begin(`${SET}&label=day&at=30,10,2`);
    const answered = page.waitForResponse((response) => /\/v1\/tags\/light\/cells\?.*zoom=3\.4/.test(response.url()));
    await mapReady(page);
    const { features } = (await (await answered).json()) as TagCells;
    await mapStill(page);
    const map = await page.locator('.map-canvas').boundingBox();
    const place = await placeOnMap(page);
    const seen = features
      .map(({ geometry, properties }) => ({
        properties,
        at: place({ lat: geometry.coordinates[1] as number, lon: geometry.coordinates[0] as number }),
      }))
      .filter(({ at: [x, y] }) => x > 40 && y > 40 && x < (map?.width ?? 0) - 80 && y < (map?.height ?? 0) - 80);
    // The cell whose middle no other's disc may lie over.
    const most = seen.toSorted((a, b) => nearest(b, seen) - nearest(a, seen))[0];
    const [x, y] = most?.at ?? [0, 0];
    const cell = page.getByText(new RegExp(`^This cell: .* of ${most?.properties.photos} photos$`));
    // The map may still be about to draw it.
    await soon(async () => {
      await page.mouse.move((map?.x ?? 0) + x - 1, (map?.y ?? 0) + y);
      await page.mouse.move((map?.x ?? 0) + x, (map?.y ?? 0) + y);
      await frames(page, 3);
      return cell.isVisible();
    }, true);
    await page.mouse.click((map?.x ?? 0) + x, (map?.y ?? 0) + y);
    await soon(async () => Number(/at=[-\d.]+,[-\d.]+,([\d.]+)/.exec(await hashOf(page))?.[1]) > 4, true);
  });

  it('shows how far a tagging is, and what it came to when it is over', async () => {
    const answer = await get<LabelSets>('label-sets');
    const half = {
      ...{ ...answer, run: { set: 'light', done: 120, total: 240, error: null, ended: false } },
      sets: answer.sets.map((set) => (set.tags === null ? set : { ...set, tags: { ...set.tags, tagged: 120 } })),
    };
    const page = await begin();
    await page.route('**/v1/label-sets', (route) => route.fulfill({ json: half }));
    await page.evaluate((hash) => {
      location.hash = hash;
    }, SET);
    await page.getByText('Tagging with light · 120 of 240 photos').waitFor();
    expect(await page.getByRole('button', { name: /^Tag/ }).isDisabled()).toBe(true);
    await soon(() => thumbs(page), 24);
    const again = page.waitForRequest((request) => request.url().includes('/v1/tags/light/photos'));
    await page.unroute('**/v1/label-sets');
    await page.getByText('240 of 240 photos tagged by sentences').waitFor();
    await again;
  });

  it('labels a random sample by keyboard, skips, undoes, and keeps what the server has not taken', async () => {
    const page = await begin(`${SET}&part=label`, { expected: /500/ });
    await page.getByLabel('How many').fill('60');
    await page.getByRole('button', { name: 'Draw' }).click();
    await page.getByText('60 left').waitFor();
    expect(await hashOf(page)).toContain('sample=1');
    await page.getByText('Photo 1', { exact: true }).waitFor();
    await page.keyboard.press('1');
    await page.getByText('Photo 2', { exact: true }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('2');
    await page.getByText('58 left').waitFor();
    await soon(labelled, 2);
    await page.keyboard.press('z');
    await page.getByText('Photo 3', { exact: true }).waitFor();
    await page.getByText('59 left').waitFor();
    await soon(labelled, 1);
    await page.route('**/v1/labels/light', (route) =>
      route.request().method() === 'POST'
        ? route.fulfill({ status: 500, contentType: PROBLEM, json: { code: 'internal', status: 500 } })
        : route.continue(),
    );
    await page.keyboard.press('3');
    await page.getByText('Something went wrong on the server.').waitFor();
    await page.getByText('Photo 3', { exact: true }).waitFor();
    await page.getByText('59 left').waitFor();
    await page.unroute('**/v1/labels/light');
    await page.keyboard.press('ArrowLeft');
    await page.getByText('Photo 2', { exact: true }).waitFor();
    expect(await labelled()).toBe(1);
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('trains a probe on the labels, says how good it is, and tags by it', async () => {
    const { photos } = await get<PhotosToLabel>('labels/light/next?sample=1&limit=100');
    expect(photos.length).toBe(59);
    // What a probe can learn here: on which half of the world a street lies.
    for (const { id, point } of photos) {
      const labels = [point.lon > 20 ? 'day' : 'low_sun'];
      expect((await post('labels/light', { id, labels, chosen: 'random', sample: 1 })).status).toBe(204);
    }
    const page = await begin(`${SET}&part=label`);
    await page.getByText('Sample 1: 60 of 60 labelled, drawn from 240 photos').waitFor();
    await page.getByRole('button', { name: 'Train' }).click();
    await page.getByRole('columnheader', { name: 'Balanced accuracy' }).waitFor();
    const force = page.getByRole('button', { name: 'Use it anyway' });
    if ((await force.count()) > 0) await force.click();
    await page.getByText('Confusion', { exact: true }).click();
    const { probe } = await get<Labels>('labels/light');
    const right = await page.locator('.confusion td.right').allTextContents();
    expect(right.map(Number)).toEqual(probe?.tasks[0]?.confusion.map((row, i) => row[i]));
    await page.getByRole('button', { name: 'Tag by the probe' }).click();
    await page.getByText('240 of 240 photos tagged by a probe').waitFor();
    await page.getByRole('link', { name: 'Map and photos' }).click();
    await page.getByText(/^Mean probability of “day”, by a probe$/).waitFor();
  });

  it('shows shares with their intervals and notices, and what to do where nobody labelled at random', async () => {
    const page = await begin('#/collection?set=weather&part=shares', { expected: /409/ });
    await page.getByRole('link', { name: 'Draw a random sample' }).click();
    await page.getByRole('button', { name: 'Draw' }).waitFor();
    await page.goto(`${stage.server().url}/${SET}&part=shares`);
    await page.reload();
    await page.getByText('These are shares of the photos, not of the streets').waitFor();
    expect(await page.locator('.share-group').count()).toBe(1);
    await page.getByText('240 photos, 60 of them labelled at random').waitFor();
    expect(await page.locator('.share-group li').first().textContent()).toMatch(/^day.*% \(.*% to .*%\)/);
    await page.getByRole('combobox', { name: 'By', exact: true }).selectOption('country');
    await soon(async () => (await page.locator('.share-group').count()) > 1, true);
    expect(await hashOf(page)).toContain('by=country');
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('lists copies with the best to keep, and says where they are looked for', async () => {
    const page = await begin('#/collection');
    await page.getByRole('link', { name: 'Photos that are the same' }).click();
    await page.getByText('0 photos have been compared so far.').waitFor();
    await page.getByText('streetdex duplicates --index PATH').waitFor();
    const { references } = await get<ReferenceList>('references?limit=4');
    const photos = references.map(({ sha256: _sha256, sources: _sources, ...shown }) => shown);
    const group = (from: number) => ({
      ...{ keep: photos[from]?.id ?? '', because: 'pixels' as const },
      photos: photos.slice(from, from + 2),
    });
    const list = (from: number, cursor: string | null): Duplicates => ({
      ...{ groups: [group(from)], looked_at: 240, cursor },
    });
    await page.route('**/v1/duplicates?*', (route) =>
      route.fulfill({ json: route.request().url().includes('cursor=next') ? list(2, null) : list(0, 'next') }),
    );
    await page.reload();
    await page.getByText('240 photos have been compared so far.').waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await soon(() => thumbs(page), 4);
    const kept = page.locator('.same-group li', { hasText: 'Keep this one' }).locator('.thumb');
    expect(
      await kept.evaluateAll((links) => links.map((link) => /id=(\w+)/.exec((link as HTMLAnchorElement).href)?.[1])),
    ).toEqual([photos[0]?.id, photos[2]?.id]);
    await kept.first().click();
    await page.locator('.reference-photo').waitFor();
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await page.getByRole('heading', { name: 'Photos that are the same' }).waitFor();
  });

  it('lists what an audit found, shows where each may have been, and says how to audit', async () => {
    const page = await begin('#/collection');
    await page.getByRole('link', { name: 'Photos that may be elsewhere' }).click();
    await page.getByText('streetdex audit --index PATH').waitFor();
    const { references } = await get<ReferenceList>('references?limit=2');
    const [first, second] = references;
    const found = (of: typeof first, suggested: { lat: number; lon: number } | null) => ({
      ...{ id: of?.id ?? '', source: 'images/there.jpg', stated: { lat: 10, lon: 20 }, suggested },
      ...{ mistake: suggested === null ? ('elsewhere' as const) : ('sign' as const), ratio: suggested && 120.4 },
      ...{ false_alarm_probability: 0.02, country_only: suggested === null, thumbnail: of?.thumbnail ?? '' },
    });
    const audit: Audit = {
      implausible: [found(first, { lat: -10, lon: 20 }), found(second, null)],
      report: {
        ...{ expected_false_alarms: 4.2, photos: 240, country_only: 3, author_left_in: null },
        audited_at: '2026-01-01T00:00:00Z',
      },
      cursor: null,
    };
    await page.route('**/v1/audit?*', (route) => route.fulfill({ json: audit }));
    await page.reload();
    await page.getByText('If all were where they say, about 4.2 would be listed all the same.').waitFor();
    const rows = page.locator('.findings li');
    const [sign, elsewhere] = await rows.allTextContents();
    // 20° of a meridian on a sphere of 6371 km: 2,224 km.
    expect(sign).toContain('A sign may have been lost');
    expect(sign).toContain('rather -10.00000, 20.00000, 2,224 km away, which fits 120 times as well');
    expect(elsewhere).toContain('little but the country could be checked');
    await rows.first().getByRole('button', { name: 'Show on the map: there.jpg' }).click();
    await soon(async () => {
      const [lat, lon, zoom] = (/at=([-\d.,]+)/.exec(await hashOf(page))?.[1] ?? '').split(',').map(Number);
      return Math.abs(lat ?? 99) < 1 && Math.abs((lon ?? 99) - 20) < 1 && (zoom ?? 0) > 3;
    }, true);
    expect(await seriousFindings(page)).toEqual([]);
    await rows.first().locator('.thumb').click();
    await page.locator('.reference-photo').waitFor();
    await page.getByRole('button', { name: 'Back to the list' }).click();
    await page.getByRole('heading', { name: 'Photos that may be elsewhere' }).waitFor();
  });

  it('speaks German', async () => {
    const page = await begin(SET, { locale: 'de-DE' });
    await page.getByText('240 von 240 Fotos mit einer Sonde ausgewertet').waitFor();
    await page.getByText('Mittlere Wahrscheinlichkeit von „day“, nach einer Sonde').waitFor();
    await page.getByRole('link', { name: 'Anteile' }).click();
    await page.getByText('Aus Benennungen zufällig gezogener Fotos.').waitFor();
  });
});

interface Placed {
  readonly at: readonly [x: number, y: number];
}

/** How far the nearest other is, in pixels. */
function nearest(of: Placed, all: readonly Placed[]): number {
  return Math.min(...all.filter((one) => one !== of).map(({ at: [x, y] }) => Math.hypot(x - of.at[0], y - of.at[1])));
}
