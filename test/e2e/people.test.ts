import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { chromium, type Page } from 'playwright-core';
import { chromiumPath, describeInBrowser } from './support/chromium.js';
import { locate, useStage } from './support/stage.js';
import { frames, hashOf, mapReady, visit } from './support/visit.js';

const NARROW = { width: 320, height: 568 };

describeInBrowser('the page and its people', () => {
  const { world, server, begin } = useStage(({ more }) => ({ STREETDEX_INGEST_ROOTS: `more=${more}` }));
  const query = (i: number) => world().queries[i] as string;
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim());
  const said = (page: Page) => page.locator('.announcer').innerText();

  /** As a hand does it: the browser itself says what is in what it was given. */
  async function drop(page: Page, files: readonly string[], items: readonly { mimeType: string; data: string }[] = []) {
    const session = await page.context().newCDPSession(page);
    const data = { files: [...files], items: [...items], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await session.send('Input.dispatchDragEvent', { type, x: 200, y: 300, data });
    }
  }

  async function hints(page: Page) {
    await locate(page, query(0));
    await page.getByText('What you know about the place').click();
  }

  describe('what one gives it', () => {
    it('says in a sentence that a folder, or a file that has gone, can not be read', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'streetdex-drop-'));
      mkdirSync(join(folder, 'photos'));
      copyFileSync(query(0), join(folder, 'photo.jpg'));
      const page = await begin('', { expected: /ERR_FILE_NOT_FOUND|ERR_CONNECTION_REFUSED/ });
      await drop(page, [join(folder, 'photos')]);
      await page.getByText('This cannot be read: it is a folder').waitFor();
      expect(await page.getByText('The server does not answer').count()).toBe(0);

      // It waits for its turn behind two others, and goes meanwhile.
      await page.route('**/v1/locate', () => undefined);
      await page.setInputFiles('.drop input[type=file]', [query(1), query(2), join(folder, 'photo.jpg')]);
      await page.getByText('Waits for its turn').waitFor();
      rmSync(folder, { recursive: true });
      await page.unroute('**/v1/locate');
      await page.locator('.queue-row', { hasText: 'photo.jpg' }).getByText('Failed').waitFor();
      expect(await page.getByText('The server does not answer').count()).toBe(0);
    });

    it('takes a photo that is dropped in any view, and never leaves the page for it', async () => {
      const page = await begin('#/label?labels=Japan,France');
      await page.waitForSelector('.page[data-view=label] h2');
      await drop(page, [query(0)]);
      await page.getByRole('button', { name: 'Label it' }).click();
      await page.waitForSelector('.labels li');
      expect(await page.locator('.label-photo').textContent()).toBe(basename(query(0)));
      await page.getByRole('link', { name: 'About', exact: true }).click();
      await page.waitForSelector('.page[data-view=about] h2');
      await drop(page, [query(1)]);
      await page.waitForSelector('.page[data-view=locate] .answer[aria-busy="false"]');
      expect(await page.locator('.headline-name').textContent()).toBe(basename(query(1)));
      expect(page.context().pages()).toHaveLength(1);
    });

    it.each([
      ['text/plain', 'narrow street with palm trees'],
      ['text/uri-list', 'https://example.org/photo.jpg'],
    ])('says what to do where %s is dropped or pasted in place of a picture', async (mimeType, data) => {
      const page = await begin();
      await page.waitForSelector('.drop');
      await drop(page, [], [{ mimeType, data }]);
      const sentence = page.getByText('That was text or a link, not a picture.');
      await sentence.waitFor();
      expect(new URL(page.url()).origin).toBe(server().url);
      await page.getByRole('button', { name: 'Close' }).click();
      expect(await sentence.count()).toBe(0);
      await page.evaluate((text) => {
        const pasted = new DataTransfer();
        pasted.setData('text/plain', text);
        dispatchEvent(new ClipboardEvent('paste', { clipboardData: pasted }));
      }, data);
      await sentence.waitFor();
      await locate(page, query(0));
      expect(await sentence.count()).toBe(0);
    });

    it('leaves text to the field that it is pasted into', async () => {
      const page = await begin('#/label');
      await page.getByLabel('Labels, one a line or with commas').focus();
      await page.evaluate(() => navigator.clipboard.writeText('Japan, France'));
      await page.keyboard.press('Control+V');
      expect(await page.getByLabel('Labels, one a line or with commas').inputValue()).toBe('Japan, France');
      expect(await page.getByText('That was text or a link').count()).toBe(0);
    });
  });

  it('works without WebGL: every reference can be browsed, and a place gone to by its name', async () => {
    const browser = await chromium.launch({
      executablePath: chromiumPath() as string,
      args: ['--no-sandbox', '--disable-3d-apis'],
    });
    try {
      const { page, ...blind } = await visit(browser, server().url, '#/about', { expected: /WebGL/ });
      await page.getByRole('link', { name: 'Browse' }).click();
      await page.getByText('This browser cannot show the map').waitFor();
      await page.getByText('240 references in view').waitFor();
      expect(await page.locator('.neighbours li').count()).toBeGreaterThan(20);
      await page.getByLabel('Go to a place').fill('Nairobi');
      await page
        .getByRole('button', { name: /^Nairobi/ })
        .first()
        .waitFor();
      await page.keyboard.press('Enter');
      await page.waitForFunction(
        () => !/240 references/.test(document.querySelector('.panel section h3')?.textContent ?? '240 references'),
      );
      await page.evaluate(() => (location.hash = '#/locate'));
      await hints(page);
      await page.getByLabel('It is in').waitFor();
      expect(await page.getByRole('button', { name: 'Draw a box' }).count()).toBe(0);
      await blind.end();
    } finally {
      await browser.close();
    }
  });

  describe('by keyboard', () => {
    it('draws a circle: Enter sets its middle and its edge in the middle of the map', async () => {
      const page = await begin();
      await mapReady(page);
      await hints(page);
      await page.getByRole('button', { name: 'Draw a circle' }).focus();
      await page.keyboard.press('Enter');
      await page.getByText('Enter sets each point in its middle').waitFor();
      await page.waitForFunction(() => document.activeElement?.tagName === 'CANVAS');
      await page.keyboard.press('Enter');
      expect(await said(page)).toContain('The first point is set.');
      const before = await hashOf(page);
      await page.keyboard.press('ArrowRight');
      await page.waitForFunction((hash) => location.hash !== hash, before);
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: /Remove: About/ }).waitFor();
      expect(await focused(page)).toContain('Draw a circle');
      await page.waitForFunction(() => location.hash.includes('hint_near='));
    });
  });

  describe('without dragging', () => {
    it('draws a box by a click at two corners', async () => {
      const page = await begin();
      await mapReady(page);
      await hints(page);
      await page.getByRole('button', { name: 'Draw a box' }).click();
      const box = await page.locator('.map-canvas').boundingBox();
      const [x, y] = [(box?.x ?? 0) + 150, (box?.y ?? 0) + 150];
      await page.mouse.click(x, y);
      await page.mouse.move(x + 100, y + 120, { steps: 3 });
      expect(await hashOf(page)).not.toContain('hint_bbox');
      await page.mouse.click(x + 200, y + 200);
      await page.getByRole('button', { name: 'Remove: Box' }).waitFor();
    });

    it('moves the pictures of a comparison by buttons, and two fingers pinch them', async () => {
      const page = await begin('', { hasTouch: true });
      await locate(page, query(0));
      await page.locator('.neighbours .thumb').first().click();
      const dialog = page.getByRole('dialog', { name: 'Compare' });
      const transform = () =>
        page
          .locator('.pane-inner')
          .first()
          .evaluate(({ style }) => style.transform);
      await dialog.getByRole('button', { name: 'Zoom in' }).click();
      const zoomed = await transform();
      await dialog.getByRole('button', { name: 'Look further right' }).click();
      expect(await transform()).not.toBe(zoomed);
      await dialog.getByRole('button', { name: 'Whole picture' }).click();
      const box = await page.locator('.pane').first().boundingBox();
      const [x, y] = [(box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) / 2];
      const session = await page.context().newCDPSession(page);
      const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', apart: number) =>
        session.send('Input.dispatchTouchEvent', {
          type,
          touchPoints:
            type === 'touchEnd'
              ? []
              : [
                  { x: x - apart, y, id: 0 },
                  { x: x + apart, y, id: 1 },
                ],
        });
      await touch('touchStart', 30);
      await touch('touchMove', 60);
      await touch('touchMove', 90);
      await touch('touchEnd', 0);
      expect(Number(/scale\((.*)\)/.exec(await transform())?.[1])).toBeCloseTo(3, 1);
    });
  });

  it('says to a screen reader when answers, results and a run are there, and not every step between', async () => {
    const page = await begin();
    await page.setInputFiles('.drop input[type=file]', [query(0), query(1)]);
    await page.waitForFunction(() => /2 of 2 photos/.test(document.querySelector('.announcer')?.textContent ?? ''));
    expect(await page.locator('.announcer').getAttribute('aria-live')).toBe('polite');
    expect(await said(page)).toMatch(/\.jpg: .*,/);
    await page.evaluate(() => (location.hash = '#/browse?q=narrow+street'));
    await page.waitForFunction(() => /Scenes found: \d+/.test(document.querySelector('.announcer')?.textContent ?? ''));
    await page.getByLabel('Go to a place').fill('Nairobi');
    await page.waitForFunction(() => /Places found: \d+/.test(document.querySelector('.announcer')?.textContent ?? ''));
    await page.evaluate(() => (location.hash = '#/ingest'));
    await page.getByLabel('Folder or manifest on the server').fill('more/manifest.csv');
    // Earlier tests' runs are done already.
    const { ingestions } = await page.evaluate(async () => (await fetch('v1/ingestions')).json());
    await page.getByRole('button', { name: 'Start' }).click();
    await page.waitForFunction((runs) => document.querySelectorAll('.run').length > runs, ingestions.length);
    await page.waitForFunction(() => /Done/.test(document.querySelector('.run [role=status]')?.textContent ?? ''));
    expect(await page.locator('.run [role=status]').first().textContent()).toBe('Done');
  });

  it('marks the scenes that speak for the chosen candidate by more than a colour', async () => {
    const page = await begin();
    await locate(page, query(0));
    const witnesses = page.locator('.neighbours li.witness');
    expect(await witnesses.count()).toBeGreaterThan(0);
    expect(await witnesses.first().innerText()).toContain('Speaks for candidate 1');
    expect(await page.locator('.neighbours li:not(.witness) .speaks').count()).toBe(0);
  });

  it('shows what is chosen where the reader has colours of their own', async () => {
    const page = await begin('', { forcedColors: 'active' });
    await page.setInputFiles('.drop input[type=file]', [query(0), query(1)]);
    await page.waitForSelector('.answer[aria-busy="false"]');
    const border = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate((element) => getComputedStyle(element).borderTop);
    expect(await border('.header nav a[aria-current]')).not.toBe(await border('.header nav a:not([aria-current])'));
    expect(await border('.queue-row.chosen')).not.toBe(await border('.queue-row:not(.chosen)'));
    expect(await border('.candidate[aria-pressed=true]')).toMatch(/^3px/);
    expect(
      await page
        .locator('.candidate .bar')
        .first()
        .evaluate((bar) => getComputedStyle(bar).borderTopStyle),
    ).toBe('solid');
  });

  /** What is cut off at its side, so that nobody can read or reach all of it; a name that is cut short stands in full elsewhere. */
  const cut = (page: Page) =>
    page.evaluate(() =>
      [...document.querySelectorAll('.page *')]
        .filter(
          (element) => !element.matches('.queue-name, .queue-state, .source, pre, .unseen, .map *, input, select'),
        )
        .filter(
          (element) =>
            element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible',
        )
        .map((element) => element.outerHTML.slice(0, 80)),
    );

  it.each(['en-GB', 'de-DE'])('cuts nothing off at 320 pixels, with wide letters and lines, %s', async (locale) => {
    const page = await begin('', { viewport: NARROW, locale });
    await page.evaluate(() => {
      const style = new CSSStyleSheet();
      style.replaceSync(
        '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }',
      );
      document.adoptedStyleSheets = [style];
    });
    await locate(page, query(0));
    await page.locator('.hints summary').click();
    expect(await cut(page)).toEqual([]);
    for (const link of await page.locator('.header nav a').all()) {
      const box = await link.boundingBox();
      expect((box?.x ?? -1) >= 0 && (box?.x ?? 0) + (box?.width ?? 999) <= NARROW.width).toBe(true);
    }
    const long = 'Donaudampfschifffahrtsgesellschaft'.repeat(6);
    for (const hash of ['#/browse', `#/browse?q=${long}`, `#/label?labels=Japan,${long}`, '#/ingest', '#/about']) {
      await page.evaluate((to) => (location.hash = to), hash);
      await frames(page);
      if (hash.startsWith('#/label')) {
        await page.locator('.panel button.primary').click();
        await page.waitForSelector('.labels li');
      }
      expect({ hash, cut: await cut(page) }).toEqual({ hash, cut: [] });
    }
  });

  it('can be read and compared with when it is enlarged fourfold, and on a telephone on its side', async () => {
    for (const viewport of [
      { width: 320, height: 256 },
      { width: 740, height: 360 },
    ]) {
      const page = await begin('', { viewport });
      await locate(page, query(0));
      const seen = await page.evaluate(() => {
        const panel = document.querySelector('#panel') as HTMLElement;
        const scrolls = getComputedStyle(panel).overflowY === 'visible' ? document.documentElement : panel;
        return scrolls.clientHeight;
      });
      expect(seen).toBeGreaterThan(200);
      await page.locator('.neighbours .thumb').first().click();
      const pane = await page.locator('.pane').first().boundingBox();
      expect(pane?.height).toBeGreaterThan(120);
    }
  });

  it('prints the whole answer, dark on white', async () => {
    const page = await begin('', { colorScheme: 'dark' });
    await locate(page, query(0));
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const printed = await page.evaluate(() => {
      const panel = document.querySelector('#panel') as HTMLElement;
      return { whole: panel.scrollHeight <= panel.clientHeight + 1, ink: getComputedStyle(document.body).color };
    });
    expect(printed).toEqual({ whole: true, ink: 'rgb(22, 32, 43)' });
    expect(await page.locator('.candidate').first().isVisible()).toBe(true);
    expect(await page.getByRole('button', { name: 'Choose photos' }).isVisible()).toBe(false);
  });

  it('names the tab after the answer and the view, and the map’s buttons in the reader’s language', async () => {
    const page = await begin('', { locale: 'de-DE' });
    await page.waitForSelector('.drop');
    expect(await page.title()).toBe('Verorten · streetdex');
    await mapReady(page);
    expect(await page.locator('.maplibregl-ctrl-zoom-in').getAttribute('aria-label')).toBe('Vergrößern');
    await locate(page, query(0));
    const place = await page.locator('.headline h2').textContent();
    await page.waitForFunction((name) => document.title.startsWith(`${name}, `), place?.split(',')[0]);
    await page.getByLabel('Sprache').selectOption('en');
    await page.waitForFunction(() => / · Locate · streetdex$/.test(document.title));
    expect(await page.getAttribute('html', 'lang')).toBe('en');
    expect(await page.locator('.maplibregl-ctrl-zoom-in').getAttribute('aria-label')).toBe('Zoom in');
  });

  it('says in what leaves the page which hints were given, and whose map and names it shows', async () => {
    const page = await begin();
    await mapReady(page);
    await hints(page);
    await page.getByLabel('It is in').selectOption('JP');
    await page.getByText(/Without the hints, .* of the probability/).waitFor();
    await page.waitForSelector('.answer[aria-busy="false"]');
    await page.getByRole('button', { name: 'Copy text' }).click();
    await page.getByText('Copied.').first().waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('Given as known: It is in Japan.');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save report' }).click();
    const html = readFileSync(await (await download).path(), 'utf8');
    expect(html).toContain('Given as known: It is in Japan.');
    expect(html).toMatch(/<small>.*Natural Earth.*<\/small>/);
    expect(html).toMatch(/Place names: GeoNames/);
  });

  it('gives what it can not copy to be copied by hand, where the browser has no clipboard', async () => {
    const page = await begin();
    await locate(page, query(0));
    await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
    await page.getByRole('button', { name: 'Copy text' }).click();
    await page.getByText('The browser does not let the page copy.').first().waitFor();
    expect(await page.locator('.share textarea').inputValue()).toMatch(/^Where was this taken\?/);
  });
});
