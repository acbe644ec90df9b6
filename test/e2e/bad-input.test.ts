import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { makePhoto } from '../support/make-photo.js';
import { describeInBrowser } from './support/chromium.js';
import { animated, cmykJpeg, isUpright, manyPixels, portraitOnItsSide } from './support/photos.js';
import { locate, useStage } from './support/stage.js';
import { mapReady } from './support/visit.js';

const BODY_BYTES_MAX = 3 * 1024 * 1024;
const INJECTED = '"><img src=x onerror=alert(1)>.jpg';
const NEWLINE = 'line\nbreak <svg onload=alert(2)>.jpg';
const REVERSED = 'holiday\u202egpj.exe.jpg';
const BROKEN = '<img src=x onerror=alert(3)>.jpg';
const HERE = { lat: 10.5, lon: 20.5 };
/** What may stand in no line of text: it ends the line, or turns what follows around. */
const CONTROLS = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

describeInBrowser('the page and what is wrong with its input', () => {
  const stage = useStage(
    ({ more }) => ({
      STREETDEX_BODY_BYTES_MAX: String(BODY_BYTES_MAX),
      STREETDEX_PIXELS_MAX: '20000000',
      STREETDEX_INGEST_ROOTS: `names=${namesFolder(more)}`,
    }),
    async ({ index, more }) => {
      await makeNames(namesFolder(more));
      return index;
    },
  );
  const api = (path: string, init?: RequestInit) => fetch(`${stage.server().url}/${path}`, init);
  const jpeg = (name: string, buffer: Buffer) => ({ name, mimeType: 'image/jpeg', buffer });
  const query = (i: number) => stage.world().queries[i] as string;

  it('answers a CMYK JPEG, an animated GIF and an animated WebP, and shows each', async () => {
    const page = await stage.begin();
    const photos = [
      jpeg('cmyk.jpg', await cmykJpeg()),
      { name: 'moving.gif', mimeType: 'image/gif', buffer: await animated('gif') },
      { name: 'moving.webp', mimeType: 'image/webp', buffer: await animated('webp') },
    ];
    for (const photo of photos) {
      await locate(page, photo);
      await page.locator('.headline-name', { hasText: photo.name }).waitFor();
      expect(await page.locator('.candidate').count()).toBeGreaterThan(0);
      expect(await isUpright(await page.locator('.headline-photo').screenshot())).toBe(true);
    }
  });

  it('shows a portrait that lies on its side upright: as preview, thumbnail, in the comparison and in the report', async () => {
    const form = new FormData();
    form.set('image', new Blob([new Uint8Array(await portraitOnItsSide(90))]), 'portrait.jpg');
    form.set('metadata', JSON.stringify(HERE));
    expect((await api('v1/references', { method: 'POST', body: form })).status).toBe(201);
    const page = await stage.begin();
    const photo = jpeg('phone.jpg', await portraitOnItsSide(85));
    // A server's index follows its own writes within two seconds.
    await expectSoon(async () => {
      await locate(page, photo);
      return Number.parseFloat((await page.locator('.neighbour-facts').first().textContent()) ?? '0') > 0.99;
    });
    expect(await isUpright(await page.locator('.headline-photo').screenshot())).toBe(true);
    await pictureLoaded(page, '.neighbours .thumb img');
    expect(await isUpright(await page.locator('.neighbours .thumb img').first().screenshot())).toBe(true);
    expect(await isUpright((await report(page)).photo)).toBe(true);
    await page.locator('.neighbours .thumb').first().click();
    await pictureLoaded(page, '.compare-panes figure:last-child img');
    for (const pane of await page.locator('.pane').all()) expect(await isUpright(await pane.screenshot())).toBe(true);
  });

  it.each([
    ['de-DE', [/kein lesbares Bild/, /größer, als dieser Server annimmt/, /mehr Pixel, als dieser Server annimmt/]],
    ['en-GB', [/This file is not a picture/, /larger than|at most/, /at most 20 megapixels, got 6000 x 4000/]],
  ] as const)('says in a sentence what is wrong with a file: %s', async (locale, sentences) => {
    const page = await stage.begin('', { locale, expected: /status of 4\d\d/ });
    const files = [
      jpeg('letter.jpg', Buffer.from('Dear Sir')),
      jpeg('heavy.jpg', Buffer.concat([await cmykJpeg(), Buffer.alloc(2 * BODY_BYTES_MAX)])),
      jpeg('wide.jpg', await manyPixels(6000, 4000)),
    ];
    for (const [i, file] of files.entries()) {
      await page.setInputFiles('.drop input[type=file]', file);
      await page.locator('.panel .notice.warn[role=alert]', { hasText: sentences[i] as RegExp }).waitFor();
    }
    expect(await page.locator('.answer').count()).toBe(0);
  });

  it('takes a malicious file name for a name: in the queue, the report and the copies', async () => {
    const page = await stage.begin();
    const names = [INJECTED, '../../x.jpg', `${'long'.repeat(120)}.jpg`, REVERSED, NEWLINE];
    await page.evaluate(
      ({ data, given }) => {
        const transfer = new DataTransfer();
        for (const name of given) {
          transfer.items.add(new File([new Uint8Array(data)], name, { type: 'image/jpeg' }));
        }
        dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true }));
      },
      { data: [...readFileSync(query(0))], given: names },
    );
    await answered(page, names.length);
    const shown = await page.locator('.queue-name').allTextContents();
    expect(shown[0]).toBe(INJECTED);
    expect(shown.filter((name) => name.includes('\n') || CONTROLS.test(name))).toEqual([]);
    expect(await page.evaluate('document.querySelector(".panel").scrollWidth')).toBeLessThanOrEqual(
      (await page.evaluate('document.querySelector(".panel").clientWidth')) as number,
    );
    for (const [i] of names.entries()) {
      await page.locator('.queue-photo').nth(i).click();
      // All of them are the same photo, and each is still one of its own.
      expect(await page.locator('.headline-name').textContent()).toBe(shown[i]);
      const { name, html } = await report(page);
      expect(name).toMatch(/^[\p{L}\p{N}][\p{L}\p{N}._-]{0,99}-streetdex\.html$/u);
      expect(html).not.toMatch(CONTROLS);
      await harmless(page, html);
      expect(await copied(page, 'Copy text')).not.toMatch(CONTROLS);
    }
    expect(await injected(page)).toBe(0);
  });

  it('takes a malicious name in the index for a name: in failures, the list, a photo’s facts, the answer and its copies', async () => {
    const page = await stage.begin('#/ingest', { expected: /status of 4\d\d/ });
    await page.getByLabel('Folder or manifest on the server').fill('names');
    await page.getByRole('button', { name: 'Start' }).click();
    await page.waitForFunction(() => /^Done/.test(document.querySelector('.run [role=status]')?.textContent ?? ''));
    await page.locator('.failures code', { hasText: BROKEN }).waitFor();
    await page.locator('.run summary').first().click();
    await page.locator('.run code', { hasText: BROKEN }).waitFor();
    expect(await injected(page)).toBe(0);
    await page.evaluate((hash) => (location.hash = hash), '#/browse?at=11.5,20.5,6');
    await page.reload();
    await page.locator('.neighbours .thumb').nth(2).waitFor();
    const sources: string[] = [];
    for (let i = 0; i < 3; i++) {
      await page.locator('.neighbours .thumb').nth(i).click();
      sources.push((await page.locator('.facts tr', { hasText: 'Source' }).textContent()) ?? '');
      expect(await injected(page)).toBe(0);
      await page.getByRole('button', { name: /Back to the list/ }).click();
      await page.locator('.neighbours .thumb').nth(2).waitFor();
    }
    expect(sources.join()).toContain(INJECTED);
    await page.evaluate((hash) => (location.hash = hash), '#/locate');
    await locate(page, jpeg('mine.jpg', await makePhoto(768)));
    await page.locator('.neighbours .source', { hasText: INJECTED }).waitFor();
    expect(await copied(page, 'Copy text')).not.toMatch(CONTROLS);
    const geojson = JSON.parse(await copied(page, 'Copy GeoJSON')) as {
      features: { properties: { source?: string } }[];
    };
    const kept = geojson.features.map(({ properties }) => properties.source?.split('/').at(-1));
    // Data for programs stays as it is.
    expect(kept).toEqual(expect.arrayContaining([INJECTED, NEWLINE, REVERSED]));
    await harmless(page, (await report(page)).html);
    expect(await injected(page)).toBe(0);
  });

  it('takes no SVG and no web page as a photo, and never serves one as what it is', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(document.domain)</script></svg>';
    const html = '<!doctype html><script>alert(document.domain)</script>';
    for (const [path, text] of [svg, html].flatMap((text) => [
      ['v1/locate', text] as const,
      ['v1/references', text] as const,
    ])) {
      const form = new FormData();
      form.set('image', new Blob([text], { type: 'image/svg+xml' }), 'photo.svg');
      if (path === 'v1/references') form.set('metadata', JSON.stringify(HERE));
      const answer = await api(path, { method: 'POST', body: form });
      expect([415, 422]).toContain(answer.status);
      expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    }
    // A photo with a script behind its last byte is that photo; a page that took a photo's place, its size and time set back,
    // is seen by what no program can set back, and not served at all.
    const form = new FormData();
    form.set('image', new Blob([new Uint8Array(await makePhoto(99)), html]), 'both.jpg');
    form.set('metadata', JSON.stringify({ ...HERE, url: 'https://example.org/"onclick="alert(1)', author: BROKEN }));
    const { reference } = (await (await api('v1/references', { method: 'POST', body: form })).json()) as {
      reference: { id: string };
    };
    const file = join(namesFolder(stage.world().more), INJECTED);
    const { reference: replaced } = await referenceOf(file);
    const { size, mtimeMs } = statSync(file);
    writeFileSync(file, svg.padEnd(size, ' '));
    // The middle of the millisecond that the index knows: a Date would round to the next as often as not.
    const seconds = (Math.floor(mtimeMs) + 0.5) / 1000;
    utimesSync(file, seconds, seconds);
    const page = await stage.begin(`#/browse?id=${reference.id}`, { expected: /inline style violates/ });
    await page.locator('.facts', { hasText: BROKEN }).waitFor();
    const kinds = {
      [reference.id]: [200, /^image\/jpeg$/],
      [replaced.id]: [404, /^application\/problem\+json/],
    } as const;
    for (const [id, [expected, type]] of Object.entries(kinds)) {
      const { status, headers } = await api(`v1/references/${id}/image`);
      expect(status).toBe(expected);
      expect(headers.get('content-type')).toMatch(type);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toMatch(/default-src 'none'/);
      expect(headers.get('content-security-policy')).not.toMatch(/script-src|unsafe/);
    }
    await page.goto(`${stage.server().url}/v1/references/${reference.id}/image`);
    expect(await page.evaluate('document.contentType')).toBe('image/jpeg');
  });

  it('answers a label and words of 10,000 characters with a sentence', async () => {
    const page = await stage.begin('#/label', { expected: /status of 4\d\d/ });
    await page.setInputFiles('.panel input[type=file]', query(0));
    await page.getByLabel('Labels, one a line or with commas').fill(`a beach, ${'palm '.repeat(2000)}`);
    await page.getByRole('button', { name: 'Label it' }).click();
    await sentence(page);
    await page.getByLabel('Labels, one a line or with commas').fill('a beach, a street');
    await page.getByRole('button', { name: 'Label it' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.labels li').length === 2);
    await page.evaluate((hash) => (location.hash = hash), '#/browse');
    await page.getByLabel('Search scenes by words').focus();
    await page.evaluate((words) => navigator.clipboard.writeText(words), 'palm '.repeat(2000));
    await page.keyboard.press('ControlOrMeta+v');
    await page.keyboard.press('Enter');
    await sentence(page);
    expect(await page.evaluate('document.querySelector(".panel").scrollWidth')).toBeLessThanOrEqual(
      (await page.evaluate('document.querySelector(".panel").clientWidth')) as number,
    );
  });

  it('says which photos are unanswered when the connection is lost in the middle of a queue, and goes on', async () => {
    const page = await stage.begin('', { expected: /ERR_INTERNET_DISCONNECTED/ });
    await mapReady(page);
    const goOn = await holdAfterFirst(page);
    await page.setInputFiles('.drop input[type=file]', [0, 1, 2, 3].map(query));
    await answered(page, 1);
    await page.context().setOffline(true);
    goOn();
    const states = page.locator('.queue-state');
    await states.filter({ hasText: 'Waits for the server' }).first().waitFor();
    const open = (await states.allTextContents()).filter((state) => !/,/.test(state));
    expect(open.length).toBeGreaterThanOrEqual(1);
    expect(open.every((state) => /^Waits (until|for)/.test(state))).toBe(true);
    await page
      .getByRole('button', { name: /^Cancel: / })
      .last()
      .click();
    await states.filter({ hasText: 'Cancelled' }).waitFor();
    await page.context().setOffline(false);
    await answered(page, 3);
    await page.getByRole('button', { name: /^Try again: / }).click();
    await answered(page, 4);
  });

  it('goes on with a queue whose server was killed in the middle of it', async () => {
    const page = await stage.begin('', { expected: /ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE|ERR_SOCKET/ });
    await mapReady(page);
    const goOn = await holdAfterFirst(page);
    await page.setInputFiles('.drop input[type=file]', [0, 1, 2, 3, 4, 5].map(query));
    await answered(page, 1);
    await stage.restart('kill', async () => {
      goOn();
      await page.getByText('The server does not answer. The page asks again').waitFor();
      const states = await page.locator('.queue-state').allTextContents();
      expect(states.filter((state) => /^Waits (until|for)/.test(state)).length).toBeGreaterThanOrEqual(1);
    });
    await answered(page, 6);
  });

  /** Holds every photo but the first back, so that a quick server is not done before its test is; gives what lets them go. */
  async function holdAfterFirst(page: Page): Promise<() => void> {
    let goOn = () => {};
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let asked = 0;
    await page.route('**/v1/locate', async (route) => {
      if (asked++ > 0) await held;
      await route.continue();
    });
    return goOn;
  }

  /** The reference whose source is this file. */
  async function referenceOf(file: string): Promise<{ reference: { id: string } }> {
    const { references } = (await (await api('v1/references?bbox=20,10,21,11&limit=100')).json()) as {
      references: { id: string; source: string | null }[];
    };
    const reference = references.find(({ source }) => file.endsWith(source?.split('/').at(-1) ?? '/'));
    if (reference === undefined) throw new Error(`No reference has the source ${file}.`);
    return { reference };
  }
});

const namesFolder = (more: string): string => join(dirname(more), 'names');

/** Photos of neighbouring places, and a file that is no photo, under names that would like to be more. */
async function makeNames(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [i, name] of [INJECTED, NEWLINE, REVERSED].entries()) {
    writeFileSync(
      join(folder, name),
      Buffer.concat([await makePhoto(256 * i, { ...HERE, lat: HERE.lat + i }), Buffer.alloc(200 + i)]),
    );
  }
  writeFileSync(join(folder, BROKEN), 'no picture');
}

const answered = (page: Page, photos: number) =>
  page.waitForFunction(
    (wanted) =>
      [...document.querySelectorAll('.queue-state')].filter(({ textContent }) => textContent?.includes(',')).length >=
      wanted,
    photos,
    { timeout: 60_000 },
  );

/** Elements that no file of the page has: what a name would have brought in. */
const injected = (page: Page) =>
  page.evaluate(() => document.querySelectorAll('[src="x"], [onerror], [onload], script:not([src])').length);

async function copied(page: Page, button: string): Promise<string> {
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await page.getByRole('button', { name: button }).click();
  await page.waitForFunction(async () => (await navigator.clipboard.readText()) !== '');
  return page.evaluate(() => navigator.clipboard.readText());
}

async function report(page: Page): Promise<{ name: string; html: string; photo: Buffer }> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save report' }).click();
  const saved = await download;
  const html = readFileSync(await saved.path(), 'utf8');
  const photo = /data:image\/jpeg;base64,([\w+/=]+)/.exec(html)?.[1] ?? '';
  return { name: saved.suggestedFilename(), html, photo: Buffer.from(photo, 'base64') };
}

/** Opens a report without its own policy: its text alone must be harmless. */
async function harmless(page: Page, html: string): Promise<void> {
  const reader = await page.context().newPage();
  const dialogs: string[] = [];
  reader.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await reader.setContent(html.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, ''));
  expect(await injected(reader)).toBe(0);
  expect(dialogs).toEqual([]);
  await reader.close();
}

async function sentence(page: Page): Promise<void> {
  const alert = page.locator('.panel .notice.warn[role=alert]');
  await alert.waitFor();
  const text = (await alert.textContent()) ?? '';
  expect(text.length).toBeGreaterThan(20);
  expect(text.length).toBeLessThan(500);
}

const pictureLoaded = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((image: HTMLImageElement) => image.decode());

async function expectSoon(holds: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 10_000;
  while (!(await holds())) if (Date.now() > until) throw new Error('It does not come true.');
}
