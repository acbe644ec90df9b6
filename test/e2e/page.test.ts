import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import sharp from 'sharp';
import { describeInBrowser } from './support/chromium.js';
import { locate, useStage } from './support/stage.js';
import { frames, hashOf, mapReady, mapStill, seriousFindings, soon } from './support/visit.js';

describeInBrowser('the page', () => {
  const { world, server, begin, serve, requests, restart } = useStage(({ more }) => ({
    STREETDEX_INGEST_ROOTS: `more=${more}`,
  }));

  /** Every pixel of the map: whether it is nearer to the colour of land than to that of water. */
  async function landOn(page: Page): Promise<boolean[]> {
    const { data, info } = await sharp(await page.locator('.map').screenshot())
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    return Array.from({ length: info.width * info.height }, (_, i) => {
      const [red = 0, , blue = 0] = data.subarray(3 * i, 3 * i + 3);
      return blue - red < 6;
    });
  }

  const query = (i: number) => world().queries[i] as string;
  const asked = (path: string) => requests().filter((request) => request === path).length;
  const texts = (page: Page, selector: string) => page.locator(selector).allTextContents();

  it('answers a photo with numbered candidates, what both sides say, pictures of neighbours and captions', async () => {
    const page = await begin();
    await locate(page, query(0));
    expect(await page.locator('.candidate').count()).toBeGreaterThanOrEqual(1);
    expect(await page.locator('.candidate .number').first().textContent()).toBe('1');
    expect(await page.locator('.candidate').first().textContent()).toMatch(
      /\d+(\.\d+)?%.*50% circle [\d.,]+ km, 90% circle [\d.,]+ km/,
    );
    expect(await page.locator('.sides tbody tr').count()).toBe(2);
    expect(await page.locator('.neighbours li').count()).toBeGreaterThan(3);
    const loaded = await page
      .locator('.neighbours img')
      .first()
      .evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth));
    expect(loaded).toBeGreaterThan(0);
    expect(await page.locator('.neighbours .source').first().getAttribute('href')).toMatch(
      /^#\/browse\?id=[0-9a-f]{32}/,
    );
    expect(await page.locator('.bars li').count()).toBeGreaterThan(0);
    expect(await page.locator('.doubts').first().textContent()).toMatch(/index/);
    expect(await page.locator('.model-note').textContent()).toMatch(
      /pocket.*knows only its own computer-drawn world.*private photos/i,
    );
  });

  it('shows the world at once, and the live map at the same place when the pointer or the keyboard comes to it', async () => {
    const page = await begin();
    await page.getByText(/reference photos in the index/).waitFor();
    await page.waitForLoadState('networkidle');
    const ofTheMap = () => requests().filter((request) => request.includes('map-room'));
    expect(ofTheMap()).toEqual([]);
    const picture = await landOn(page);
    await mapReady(page);
    await page.waitForLoadState('networkidle');
    expect(ofTheMap()).not.toEqual([]);
    expect(await page.locator('.map-world').isVisible()).toBe(false);
    const land = picture.filter(Boolean).length / picture.length;
    expect(land).toBeGreaterThan(0.2);
    expect(land).toBeLessThan(0.8);
    // Coasts are coarser, and names and borders are missing.
    const isSame = async () => {
      const map = await landOn(page);
      return picture.filter((isLand, i) => isLand === map[i]).length / picture.length > 0.93;
    };
    await soon(isSame, true);

    const other = await begin();
    await other.getByText(/reference photos in the index/).waitFor();
    await other.locator('.map-canvas').focus();
    await other.waitForSelector('.map-canvas[data-ready]');
    expect(await other.evaluate(() => document.activeElement?.tagName)).toBe('CANVAS');
  });

  it.each(['map-room', 'maplibre-gl-worker'])('opens the map again where its %s could not be fetched', async (part) => {
    const page = await begin('', { expected: /ERR_FAILED|Worker failed/ });
    let refused = 0;
    await page.route(new RegExp(`${part}[^/]*js$`), (route) => (refused++ === 0 ? route.abort() : route.continue()));
    await page.dispatchEvent('.map', 'pointerenter');
    await soon(() => refused, 2);
    await page.waitForSelector('.map-canvas[data-ready]');
    // Not the picture of the world, but the map itself.
    expect(await page.locator('.map-world').isVisible()).toBe(false);
    expect(await page.locator('.map-canvas canvas').count()).toBe(1);
    await soon(async () => (await landOn(page)).filter(Boolean).length > 10_000, true);
  });

  it('links list and map: pointing at a neighbour marks it on the map, and at a mark its row', async () => {
    const page = await begin();
    await mapReady(page);
    await locate(page, query(0));
    await page.locator('.candidate').first().hover();
    expect(await page.locator('.candidate.pointed').count()).toBe(1);
    await page.mouse.move(5, 5);
    const canvas = (await page.locator('.map-canvas').boundingBox()) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    // The first candidate lies in the middle of what the map shows of it.
    for (let tries = 0; tries < 40 && (await page.locator('.candidate.pointed').count()) === 0; tries++) {
      await page.mouse.move(canvas.x + canvas.width / 2 + (tries % 2), canvas.y + canvas.height / 2);
      await frames(page, 15);
    }
    expect(await page.locator('.candidate.pointed .number').textContent()).toBe('1');
  });

  it('takes several photos as a queue, by drop as well, and lets go of one', async () => {
    const page = await begin();
    await page.setInputFiles('.drop input[type=file]', [query(0), query(1)]);
    const bytes = [...readFileSync(query(2))];
    await page.evaluate((data) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(data)], 'dropped.jpg', { type: 'image/jpeg' }));
      dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true }));
      const pasted = new DataTransfer();
      pasted.items.add(new File([new Uint8Array(data)], 'pasted.jpg', { type: 'image/jpeg' }));
      dispatchEvent(new ClipboardEvent('paste', { clipboardData: pasted }));
    }, bytes);
    await page.waitForFunction(() => {
      const states = [...document.querySelectorAll('.queue-state')].map(({ textContent }) => textContent ?? '');
      return states.length === 4 && states.every((text) => text.includes(','));
    });
    expect(await texts(page, '.queue-name')).toEqual([
      basename(query(0)),
      basename(query(1)),
      'dropped.jpg',
      'pasted.jpg',
    ]);
    await page.getByRole('button', { name: 'Remove: dropped.jpg' }).click();
    expect(await page.locator('.queue-row').count()).toBe(3);
  });

  it('keeps to the photo that came last while it is looked at, whatever the map does', async () => {
    const page = await begin();
    await mapReady(page);
    await locate(page, query(0));
    await page.route('**/v1/locate', () => undefined);
    await page.setInputFiles('.drop input[type=file]', query(1));
    await page.getByRole('progressbar').waitFor();
    const before = await hashOf(page);
    await page.locator('.map-canvas canvas').focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction((hash) => location.hash !== hash, before);
    expect(await page.locator('.queue-row.chosen .queue-name').textContent()).toBe(basename(query(1)));
    await page.unrouteAll();
  });

  it('can be told to stop while it waits for a slow encoder', async () => {
    const page = await begin();
    await page.route('**/v1/locate', () => undefined);
    await page.setInputFiles('.drop input[type=file]', query(0));
    await page.getByRole('progressbar').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect(await page.locator('.notice').textContent()).toContain('Cancelled');
    await page.unroute('**/v1/locate');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.waitForSelector('.answer');
  });

  it('says in a sentence what is wrong with a file', async () => {
    const page = await begin('', { expected: /status of 4\d\d/ });
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>document.title="hacked"</script></svg>';
    const files = [
      { name: 'letter.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('Dear Sir') },
      { name: '"><img src=x onerror=document.title=1>.svg', mimeType: 'image/svg+xml', buffer: Buffer.from(svg) },
      { name: 'empty.png', mimeType: 'image/png', buffer: Buffer.alloc(0) },
      { name: 'cut.jpg', mimeType: 'image/jpeg', buffer: readFileSync(query(0)).subarray(0, 900) },
    ];
    for (const [i, file] of files.entries()) {
      await page.setInputFiles('.drop input[type=file]', file);
      await page.waitForFunction((n) => document.querySelectorAll('.queue-state').length === n || n === 1, i + 1);
      const alert = page.locator('.panel .notice.warn[role=alert]');
      await alert.waitFor();
      expect((await alert.textContent())?.length).toBeGreaterThan(20);
    }
    expect(await page.title()).toBe('Locate · streetdex');
    expect(await page.locator('.answer').count()).toBe(0);
  });

  it('compares the photo with a neighbour, zoomed and panned together, and goes to the next by key', async () => {
    const page = await begin();
    await locate(page, query(0));
    await page.locator('.neighbours .thumb').first().click();
    const dialog = page.getByRole('dialog', { name: 'Compare' });
    await dialog.waitFor();
    const transforms = () =>
      page.locator('.pane-inner').evaluateAll((panes) => panes.map((pane) => (pane as HTMLElement).style.transform));
    await dialog.getByRole('button', { name: 'Zoom in' }).click();
    await page.keyboard.press('ArrowRight');
    const [left, right] = await transforms();
    expect(left).toMatch(/scale\(1\.3\)/);
    expect(right).toBe(left);
    const before = await page.locator('.compare figcaption').nth(1).textContent();
    await page.keyboard.press('n');
    expect(await page.locator('.compare figcaption').nth(1).textContent()).not.toBe(before);
    expect(await seriousFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
  });

  it('takes hints, a country, not a country and a drawn box, without embedding again', async () => {
    const page = await begin();
    let uploads = 0;
    page.on('request', (request) => {
      if (request.headers()['content-type']?.startsWith('multipart/')) uploads++;
    });
    await mapReady(page);
    await locate(page, query(0));
    await page.getByText('What you know about the place').click();
    await page.getByLabel('It is in').selectOption('JP');
    await page.getByText(/Without the hints, .* of the probability/).waitFor();
    await page.waitForFunction(() => location.hash.includes('hint_country=JP'));
    await page.getByLabel('It is not in').selectOption('US');
    await page.getByRole('button', { name: /Remove: It is not in United States/ }).waitFor();
    await page.getByRole('button', { name: 'Draw a box' }).click();
    const map = (await page.locator('.map-canvas').boundingBox()) as {
      x: number;
      y: number;
      width: number;
      height: number;
    };
    await page.mouse.move(map.x + 150, map.y + 150);
    await page.mouse.down();
    await page.mouse.move(map.x + 400, map.y + 400, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('button', { name: 'Remove: Box' }).waitFor();
    await page.waitForFunction(() => location.hash.includes('hint_bbox='));
    await page.getByRole('button', { name: 'Draw a circle' }).click();
    await page.mouse.move(map.x + 200, map.y + 200);
    await page.mouse.down();
    await page.mouse.move(map.x + 300, map.y + 200, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('button', { name: /Remove: About/ }).waitFor();
    await page.getByRole('button', { name: 'Remove all hints' }).click();
    await page.waitForFunction(() => !location.hash.includes('hint_'));
    await page.waitForSelector('.answer[aria-busy="false"]');
    expect(uploads).toBe(1);
    expect(asked('POST /v1/locate')).toBeGreaterThanOrEqual(5);
  });

  it('browses references by area: clusters on the map, narrowed by filters, down to one photo with its facts', async () => {
    const page = await begin('#/browse');
    await mapReady(page);
    await page.getByText('references in view').waitFor();
    await page.waitForSelector('.neighbours img');
    expect(asked('GET /v1/coverage')).toBeGreaterThanOrEqual(1);
    await page.getByText('Filters').click();
    await page.getByLabel('Country').selectOption('FR');
    await page.waitForFunction(() => {
      const names = [...document.querySelectorAll('.neighbour-facts > span:first-child')].map((one) => one.textContent);
      return names.length > 0 && names.every((name) => name === 'France');
    });
    await page.getByLabel('Part of a sequence').check();
    await page.getByText('No references here with these filters.').waitFor();
    await page.getByLabel('Part of a sequence').uncheck();
    await page.locator('.neighbours .thumb').first().click();
    await page.waitForSelector('.facts');
    expect(await page.locator('.facts').textContent()).toMatch(/Position.*France.*CC0/s);
    await page.getByRole('heading', { name: 'Similar scenes' }).waitFor();
    await page.waitForSelector('.neighbours img');
    await page.getByRole('link', { name: 'Locate this photo' }).click();
    await page.waitForSelector('.answer[aria-busy="false"]');
    expect(await page.locator('.doubts').first().textContent()).toContain('itself in the index');
    expect(asked('POST /v1/embed')).toBe(0);
  });

  it('searches scenes by words and goes to places by name', async () => {
    const page = await begin('#/browse');
    await mapReady(page);
    await page.getByLabel('Search scenes by words').fill('narrow street with palm trees');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: /Scenes for .*palm trees/ }).waitFor();
    await page.waitForSelector('.neighbours li');
    await page.waitForFunction(() => location.hash.includes('q=narrow+street'));
    await page.getByLabel('Go to a place').fill('Nairobi');
    await page
      .getByRole('button', { name: /^Nairobi/ })
      .first()
      .click();
    await page.waitForFunction(() => /at=-1\.\d+,36\.\d+/.test(location.hash));
  });

  it('takes a caption of 10,000 characters for what it is: too long, in a sentence', async () => {
    const page = await begin(`#/browse?q=${'palm+'.repeat(2000)}`, { expected: /status of 4\d\d/ });
    await page.locator('.panel .notice.warn').waitFor();
    expect(await page.locator('.panel .notice.warn').textContent()).toMatch(/text/i);
  });

  it('labels a photo by what one types, and by the set of countries', async () => {
    const page = await begin('#/label');
    await page.getByRole('button', { name: 'Label it' }).click();
    expect(await page.locator('.notice.warn').textContent()).toContain('Choose a photo');
    await page.setInputFiles('.panel input[type=file]', query(0));
    await page.getByLabel('Labels, one a line or with commas').fill('Japan, France\nBrazil');
    await page.getByRole('button', { name: 'Label it' }).click();
    await page.waitForSelector('.labels li');
    const shares = (await texts(page, '.labels .bar-share')).map((text) => Number.parseFloat(text));
    expect(shares).toHaveLength(3);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeGreaterThan(98);
    await page.getByLabel('Which labels').selectOption('countries');
    await page.getByRole('button', { name: 'Label it' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.labels li').length === 30);
    expect(asked('POST /v1/embed')).toBe(1);
  });

  it('shares an answer: the address brings it back, and it goes out as GeoJSON, as text and as one file', async () => {
    const page = await begin();
    await mapReady(page);
    await locate(page, query(3));
    const answer = await page.locator('.candidates').textContent();
    const copied = async (name: string) => {
      await page.getByRole('button', { name }).click();
      await page.getByText('Copied.').first().waitFor();
      return page.evaluate(() => navigator.clipboard.readText());
    };
    const geojson = JSON.parse(await copied('Copy GeoJSON')) as {
      type: string;
      features: { geometry: { type: string } }[];
    };
    expect(geojson.type).toBe('FeatureCollection');
    expect(new Set(geojson.features.map(({ geometry }) => geometry.type))).toEqual(new Set(['Point', 'Polygon']));
    expect(await copied('Copy text')).toMatch(/1\. .*\(-?\d+\.\d{5}, -?\d+\.\d{5}\).*images\//s);
    const link = await copied('Copy link');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save report' }).click();
    const html = readFileSync(await (await download).path(), 'utf8');
    expect(html).toContain('data:image/jpeg;base64,');
    expect(html).toContain('data:image/png;base64,');
    expect(html).not.toMatch(/<script|src="(?!data:)|href=/);
    await page.goto('about:blank');
    await page.goto(link);
    await page.waitForSelector('.answer[aria-busy="false"]');
    expect(await page.locator('.candidates').textContent()).toBe(answer);
  });

  it('says when the server is gone, waits, and goes on by itself when it is back', async () => {
    const page = await begin('', { expected: /ERR_CONNECTION|Failed to load resource/ });
    await mapReady(page);
    await restart('stop', async () => {
      await page.setInputFiles('.drop input[type=file]', query(4));
      await page.getByText('The server does not answer. The page asks again').waitFor();
    });
    await page.waitForSelector('.answer[aria-busy="false"]', { timeout: 30_000 });
    expect(await page.getByText('The server does not answer').count()).toBe(0);
  });

  it('goes on by itself when what answers crashed and was started again, with the photo that was in hand', async () => {
    const page = await begin('', { expected: /Failed to load resource/ });
    await mapReady(page);
    const crash = async (route: Route) => {
      server().crash();
      await route.continue();
    };
    await page.route('**/v1/locate', crash, { times: 1 });
    await page.setInputFiles('.drop input[type=file]', query(4));
    await page.getByText(/The server (does not answer|is starting)/).waitFor();
    await page.waitForSelector('.answer[aria-busy="false"]', { timeout: 30_000 });
    expect(await page.getByText(/The server (does not answer|is starting)/).count()).toBe(0);
  });

  it('speaks German where the browser does, and keeps what one chooses', async () => {
    const page = await begin('', { locale: 'de-DE' });
    await page.getByRole('button', { name: 'Fotos wählen' }).waitFor();
    expect(await page.getAttribute('html', 'lang')).toBe('de');
    await page.getByLabel('Sprache').selectOption('en');
    await page.getByRole('button', { name: 'Choose photos' }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Choose photos' }).waitFor();
  });

  it('is dark where the system is, and light when one says so', async () => {
    const page = await begin('', { colorScheme: 'dark' });
    const theme = () => page.getAttribute('html', 'data-theme');
    expect(await theme()).toBe('dark');
    await page.getByRole('button', { name: 'Light colours' }).click();
    expect(await theme()).toBe('light');
  });

  /** A scene that the index is sure of has one candidate alone. */
  async function withSeveralCandidates(url: URL): Promise<string> {
    for (const file of world().queries) {
      const form = new FormData();
      form.set('image', new Blob([new Uint8Array(readFileSync(file))]));
      const answer = (await (await fetch(url, { method: 'POST', body: form })).json()) as { candidates: unknown[] };
      if (answer.candidates.length > 1) return file;
    }
    throw new Error('Each scene has one candidate alone.');
  }

  it('is used by keyboard alone: skip link first, then every view, an answer and its comparison', async () => {
    const page = await begin();
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Choose photos');
    await locate(page, await withSeveralCandidates(new URL('/v1/locate', page.url())));
    await page.locator('.candidate').nth(1).focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.candidate').nth(1).getAttribute('aria-pressed')).toBe('true');
    await page.locator('.neighbours .thumb').first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
  });

  it.each(['light', 'dark'] as const)('axe finds nothing serious in any view, %s', async (colorScheme) => {
    const page = await begin('', { colorScheme });
    await mapReady(page);
    await locate(page, query(0));
    const found: Record<string, string[]> = { locate: await seriousFindings(page) };
    for (const view of ['browse', 'label', 'ingest', 'about']) {
      await page.evaluate((hash) => (location.hash = hash), `#/${view}`);
      await page.waitForSelector(`.page[data-view=${view}] h2`);
      await frames(page);
      found[view] = await seriousFindings(page);
    }
    expect(found).toEqual({ locate: [], browse: [], label: [], ingest: [], about: [] });
  });

  it('fits a phone: nothing is wider than the screen, and the layout does not jump', async () => {
    const page = await begin('', { viewport: { width: 375, height: 740 } });
    await page.evaluate(`globalThis.shift = 0; new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shift += entry.value;
    }).observe({ type: 'layout-shift', buffered: true })`);
    await mapReady(page);
    await page.getByText(/reference photos in the index/).waitFor();
    expect(await page.evaluate('globalThis.shift')).toBeLessThan(0.05);
    await locate(page, query(0));
    for (const view of ['locate', 'browse', 'label', 'ingest', 'about']) {
      await page.evaluate((hash) => (location.hash = hash), `#/${view}`);
      await page.waitForSelector(`.page[data-view=${view}] h2`);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(375);
    }
    // A view without a map leaves it where it was.
    const at = async () => (await hashOf(page)).split('at=')[1];
    await page.evaluate(() => (location.hash = '#/browse?at=10.0000,20.0000,1.00'));
    await page.waitForSelector('.page[data-view=browse] h2');
    await frames(page);
    expect(await at()).toBe('10.0000,20.0000,1.00');
    await page.getByRole('link', { name: 'About', exact: true }).click();
    await page.waitForSelector('.page[data-view=about] h2');
    await frames(page);
    expect(await at()).toBe('10.0000,20.0000,1.00');
    expect(await seriousFindings(page)).toEqual([]);
  });

  it('goes where one clicked, whatever else is written in the address before the browser says that it changed', async () => {
    const page = await begin('#/label?set=places');
    await page.locator('.panel select').waitFor();
    // In one task each, so that hashchange comes after both.
    await page.evaluate(`{
      location.hash = '#/browse?at=10.0000,20.0000,4.00';
      const set = document.querySelector('.panel select');
      set.value = 'countries';
      set.dispatchEvent(new Event('change', { bubbles: true }));
    }`);
    await page.waitForSelector('.page[data-view=browse] h2');
    expect(await hashOf(page)).toBe('#/browse?at=10.0000,20.0000,4.00');
    await mapReady(page);
    await page.evaluate(() => (location.hash = '#/browse?at=50.0000,10.0000,5.00'));
    await mapStill(page);
    await page.evaluate(`{
      location.hash = '#/about?at=50.0000,10.0000,5.00';
      document.querySelector('.maplibregl-ctrl-zoom-in').click();
    }`);
    await page.waitForSelector('.page[data-view=about] h2');
    expect(await hashOf(page)).toBe('#/about?at=50.0000,10.0000,6.00');
    await page.evaluate(() => (location.hash = '#/locate?at=54.0000,18.0000,6.00'));
    await page.waitForSelector('.page[data-view=locate] h2');
    await page.goBack();
    await page.waitForSelector('.page[data-view=about] h2');
    expect(await hashOf(page)).toBe('#/about?at=50.0000,10.0000,6.00');

    const nowhere = await begin('#/browse?at=1e9,nowhere');
    await mapReady(nowhere);
    await nowhere.evaluate(() => (location.hash = '#/browse?at=91,x,,'));
    await nowhere.waitForFunction(() => /at=25\.0000,10\.0000,/.test(location.hash));
  });

  it('keeps what one types where the browser takes no more changes of the address for a while', async () => {
    const page = await begin('#/label');
    const field = page.locator('.panel textarea');
    await field.waitFor();
    await page.evaluate(`{
      const replace = history.replaceState.bind(history);
      let calls = 0;
      history.replaceState = (...given) => {
        if (++calls > 5) throw new DOMException('Attempt to use history.replaceState() too often', 'SecurityError');
        replace(...given);
      };
      globalThis.allow = () => (history.replaceState = replace);
    }`);
    await field.pressSequentially('harbour, hill, street');
    expect(await field.inputValue()).toBe('harbour, hill, street');
    expect(await hashOf(page)).toBe('#/label?labels=harbo');
    await page.evaluate('allow()');
    await page.waitForFunction(() => location.hash === '#/label?labels=harbour,+hill,+street');
    await page.reload();
    expect(await field.inputValue()).toBe('harbour, hill, street');
  });

  it('is honest about the model, its licence and what it is not for', async () => {
    const page = await begin('#/about');
    const text = (await page.locator('.about').textContent()) ?? '';
    expect(text).toContain('It is not for locating people’s private photos');
    expect(text).toContain('CC BY-NC 4.0');
    expect(text).toContain('computer-drawn scenes of a made-up world and knows nothing else');
    await page.getByText(/pocket; licence: Apache-2\.0/).waitFor();
  });

  it('ingests an allowed folder, follows it to its end, and gives the reason of what failed', async () => {
    const page = await begin('#/ingest', { expected: /status of 4\d\d/ });
    const field = page.getByLabel('Folder or manifest on the server');
    await field.fill('more/manifest.csv');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.waitForFunction(() => /Done/.test(document.querySelector('.run [role=status]')?.textContent ?? ''));
    await page.waitForFunction(() => /broken\.jpg/.test(document.querySelector('.failures')?.textContent ?? ''));
    expect(await page.locator('.run').first().textContent()).toMatch(/added 3/);
    await field.fill('../etc');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.locator('.panel .notice.warn').waitFor();
  });

  it('narrows what failed, shows its picture, saves it as a table, and tries it again', async () => {
    const page = await begin('#/ingest');
    const later = join(world().more, 'later');
    mkdirSync(later);
    copyFileSync(query(0), join(later, 'scene.jpg'));
    writeFileSync(join(later, 'broken.jpg'), 'no picture');
    await page.getByLabel('Folder or manifest on the server').fill('more/later');
    await page.getByRole('button', { name: 'Start' }).click();
    const rows = page.locator('.failures tbody tr');
    await rows.filter({ hasText: 'more/later/scene.jpg' }).locator('img').waitFor();
    await page.getByLabel('Text in file or reason').fill('nowhere');
    await rows.first().waitFor({ state: 'detached' });
    await page.getByLabel('Text in file or reason').fill('SCENE');
    await page.getByLabel('Kind').selectOption('no_position');
    await rows.filter({ hasText: 'later/scene.jpg' }).waitFor();
    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as CSV' }).click();
    const saved = await saving;
    expect(saved.suggestedFilename()).toBe('failures.csv');
    expect(readFileSync(await saved.path(), 'utf8')).toMatch(
      /^root,path,code,reason,at\r\nmore\/later,scene\.jpg,no_position,/,
    );
    writeFileSync(join(later, 'labels.csv'), 'file,lat,lon\nscene.jpg,48,16\n');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.run').first().getByText('added 1', { exact: true }).waitFor();
    await rows.filter({ hasText: 'later/scene.jpg' }).waitFor({ state: 'detached' });
  });

  it('explains the first step where the index is empty, and answers by place names beside it', async () => {
    const empty = await serve({}, world().emptyIndex);
    const page = await begin('', { at: empty.url });
    await page.getByRole('heading', { name: 'The index is empty' }).waitFor();
    expect(await page.locator('.first-step').textContent()).toContain('streetdex ingest');
    await locate(page, query(0));
    expect(await page.locator('.answer').count()).toBe(1);
    expect(await page.locator('.neighbours img').count()).toBe(0);
    expect(await page.locator('.first-step').count()).toBe(1);
  });

  it('asks for a key where the server has keys, and then works, pictures included', async () => {
    const keyed = await serve({ STREETDEX_API_KEYS: 'read:swordfish' });
    const page = await begin('', { at: keyed.url, expected: /status of 401/ });
    await page.getByLabel('This server asks for an API key').fill('swordfish');
    await page.getByRole('button', { name: 'Use it' }).click();
    await locate(page, query(0));
    await page.waitForFunction(() =>
      (document.querySelector('.neighbours img') as HTMLImageElement | null)?.src.startsWith('blob:'),
    );
  });
});
