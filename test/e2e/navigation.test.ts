import { basename } from 'node:path';
import { expect, it } from '@jest/globals';
import type { Page, Route } from 'playwright-core';
import sharp from 'sharp';
import { describeInBrowser } from './support/chromium.js';
import { locate, useStage } from './support/stage.js';
import { frames, hashOf, mapReady, mapStill, soon } from './support/visit.js';

describeInBrowser('state and navigation of the page', () => {
  const stage = useStage();
  const query = (i: number) => stage.world().queries[i] as string;
  const nameOf = (i: number) => basename(query(i));
  const open = (page: Page, address: string) => page.evaluate((next) => (location.hash = next), address);
  const view = async (page: Page, name: string) => {
    await page.getByRole('link', { name, exact: true }).click();
    await page.waitForSelector(`.page[data-view=${name.toLowerCase()}] h2`);
  };
  const back = async (page: Page, wanted: string) => {
    await page.goBack();
    await page.waitForSelector(`.page[data-view=${wanted}] h2`);
  };
  const looked = (page: Page) => page.locator('.queue-row.chosen .queue-name').textContent();
  const focused = (page: Page) => page.evaluate(() => document.activeElement?.className);

  it('keeps the answer in the address when one follows a link to the view it is in', async () => {
    const page = await stage.begin();
    await locate(page, query(0));
    const fingerprint = /[?&]e=([\w-]+)/.exec(await hashOf(page))?.[1] as string;
    await view(page, 'Locate');
    await page.waitForFunction((e) => location.hash.includes(`e=${e}`), fingerprint);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByText('Copied.').first().waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain(`e=${fingerprint}`);
  });

  it('takes hints from a link to the photo that is shown, and those of an entry of the history with Back', async () => {
    const page = await stage.begin();
    await locate(page, query(0));
    const without = await hashOf(page);
    await open(page, `${without}&hint_country=JP`);
    await page.getByRole('button', { name: /^Remove: It is in Japan/ }).waitFor();
    await page.getByText(/Without the hints, .* of the probability/).waitFor();
    await open(page, `${without}&hint_country=BR`);
    await page.getByRole('button', { name: /^Remove: It is in Brazil/ }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: /^Remove: It is in Japan/ }).waitFor();
    await page.goBack();
    await page.getByRole('button', { name: /^Remove: It is/ }).waitFor({ state: 'detached' });
    expect(await hashOf(page)).not.toContain('hint');
  });

  it('goes Back whatever the queue tells at that moment, and to the photo one clicks right after', async () => {
    const page = await stage.begin();
    await locate(page, query(0));
    const first = await hashOf(page);
    await locate(page, query(1));
    await page.locator('.headline-name', { hasText: nameOf(1) }).waitFor();
    // In one task: an answer's state changes what stands in the address, then the reader goes elsewhere.
    for (const country of ['JP', 'BR', 'FR']) {
      await page.locator('.hints select').first().waitFor({ state: 'attached' });
      await page.evaluate(
        ([address, iso2]) => {
          const choose = document.querySelector('.hints select') as HTMLSelectElement;
          choose.value = iso2 as string;
          choose.dispatchEvent(new Event('change', { bubbles: true }));
          location.hash = address as string;
        },
        [first, country],
      );
      await soon(() => looked(page), nameOf(0));
      await frames(page);
      expect(await looked(page)).toBe(nameOf(0));
      // Chosen within a frame: what the first click writes is not taken for a wish.
      await page.evaluate(async () => {
        const photos = [...document.querySelectorAll<HTMLElement>('.queue-photo')];
        photos[1]?.click();
        await new Promise(requestAnimationFrame);
        photos[0]?.click();
        await new Promise(requestAnimationFrame);
        photos[1]?.click();
      });
      await soon(() => looked(page), nameOf(1));
      await frames(page);
      expect(await looked(page)).toBe(nameOf(1));
    }
  });

  it('comes back to the photo that is being embedded, which the one before does not stand for in the address', async () => {
    const page = await stage.begin();
    await locate(page, query(0));
    const embeds: Route[] = [];
    await page.route('**/v1/locate', (route) => void embeds.push(route));
    await page.setInputFiles('.drop input[type=file]', query(1));
    await page.getByRole('progressbar').waitFor();
    await page.waitForFunction(() => !/[?&]e=/.test(location.hash));
    await view(page, 'About');
    await back(page, 'locate');
    await page.waitForSelector('.queue');
    expect(await looked(page)).toBe(nameOf(1));
    await page.unroute('**/v1/locate');
    for (const route of embeds) await route.continue().catch(() => undefined);
    await page.waitForSelector('.answer[aria-busy="false"]');
    await soon(() => page.locator('.headline-name').textContent(), nameOf(1));
    await page.waitForFunction(() => location.hash.includes('e='));
  });

  it('stays where a link or Back has the map, and goes to each answer that comes without', async () => {
    const page = await stage.begin();
    await mapReady(page);
    await locate(page, query(0));
    await page.waitForFunction(() => !location.hash.includes('at=25.0000,10.0000,1.20'));
    const elsewhere = (await hashOf(page)).replace(/at=.*/, 'at=48.0000,2.0000,7.00');
    await open(page, elsewhere);
    await view(page, 'About');
    await back(page, 'locate');
    await mapStill(page);
    await frames(page);
    expect(await hashOf(page)).toBe(elsewhere);
    await page.reload();
    await page.waitForSelector('.answer[aria-busy="false"]');
    await mapReady(page);
    await mapStill(page);
    await frames(page);
    expect(await hashOf(page)).toBe(elsewhere);
    await view(page, 'About');
    await view(page, 'Locate');
    await page.waitForFunction(() => !location.hash.includes('at=48.0000,2.0000'));
  });

  it('says that a link is cut off', async () => {
    const page = await stage.begin('#/locate?e=YWFh');
    await page.locator('.panel .notice.warn', { hasText: 'This link is incomplete' }).waitFor();
  });

  it('gives up a shape that is being drawn when one leaves, and the map can be moved again', async () => {
    const page = await stage.begin();
    await mapReady(page);
    await locate(page, query(0));
    await page.getByText('What you know about the place').click();
    await page.getByRole('button', { name: 'Draw a box' }).click();
    await view(page, 'Browse');
    await page.waitForSelector('.neighbours img');
    const before = await hashOf(page);
    const map = (await page.locator('.map-canvas').boundingBox()) as { x: number; y: number };
    await page.mouse.move(map.x + 150, map.y + 150);
    await page.mouse.down();
    await page.mouse.move(map.x + 300, map.y + 250, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction((old) => location.hash !== old, before);
    await view(page, 'Locate');
    await page.waitForSelector('.answer[aria-busy="false"]');
    expect(await page.locator('.chip').count()).toBe(0);
  });

  it('leaves hints and filters open when the last is taken away, and the focus near it; the map speaks the language', async () => {
    const page = await stage.begin();
    await mapReady(page);
    await locate(page, query(0));
    await page.getByText('What you know about the place').click();
    await page.getByLabel('It is in').selectOption('JP');
    await page.getByRole('button', { name: /^Remove: It is in Japan/ }).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.textContent === 'What you know about the place');
    await page.getByLabel('It is in').selectOption('BR');
    await page.getByRole('button', { name: /^Remove: It is in Brazil/ }).waitFor();
    await view(page, 'Browse');
    await page.getByText('Filters').click();
    await page.getByLabel('Country').selectOption('FR');
    await page.getByLabel('Country').selectOption('');
    await page.getByLabel('Part of a sequence').check();
    await page.getByLabel('Language').selectOption('de');
    await page.getByRole('button', { name: 'Vergrößern' }).click();
    await page.getByLabel('Sprache').selectOption('en');
    await page.getByRole('button', { name: 'Zoom out' }).click();
  });

  it('goes on with the photo that comes next when one is removed from the queue, with the focus on it', async () => {
    const page = await stage.begin();
    await page.setInputFiles('.drop input[type=file]', [0, 1, 2].map(query));
    await page.waitForFunction(() =>
      [...document.querySelectorAll('.queue-state')].every(({ textContent }) => textContent?.includes(',')),
    );
    const last = page.getByRole('button', { name: `Remove: ${nameOf(2)}` });
    await page.getByRole('button', { name: `Remove: ${nameOf(0)}` }).click();
    await last.waitFor();
    await soon(() => looked(page), nameOf(1));
    await page.waitForFunction(() => document.activeElement?.classList.contains('queue-photo'));
    await page.reload();
    await page.waitForSelector('.answer[aria-busy="false"]');
    expect(await page.locator('.queue').count()).toBe(0);
  });

  it('shows the next photo where the browser could not show the one before', async () => {
    const page = await stage.begin();
    const buffer = await sharp(query(0)).tiff().toBuffer();
    await locate(page, { name: 'scan.tiff', mimeType: 'image/tiff', buffer });
    await page.locator('.headline .no-picture').waitFor();
    await page.setInputFiles('.drop input[type=file]', query(1));
    await page.locator('.headline-name', { hasText: nameOf(1) }).waitFor();
    await page.locator('.headline img').waitFor();
  });

  it('closes the comparison when Back leads away from its photo, and leaves the browser its own keys', async () => {
    const page = await stage.begin('#/about');
    await view(page, 'Locate');
    await locate(page, query(0));
    const thumb = page.locator('.neighbours .thumb').nth(1);
    await thumb.click();
    await page.getByRole('dialog').waitFor();
    expect(
      await page.evaluate(() => {
        const press = (init: KeyboardEventInit) =>
          document.activeElement?.dispatchEvent(
            new KeyboardEvent('keydown', { bubbles: true, cancelable: true, ...init }),
          );
        return [press({ key: 'ArrowLeft', altKey: true }), press({ key: '-', ctrlKey: true }), press({ key: '-' })];
      }),
    ).toEqual([true, true, false]);
    await page.keyboard.press('Escape');
    await soon(() => thumb.evaluate((button) => button === document.activeElement), true);
    await page.keyboard.press('Enter');
    await page.getByRole('dialog').getByRole('heading').waitFor();
    await back(page, 'about');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    await soon(() => focused(page), 'panel');
  });

  it('goes Back from a similar scene to the reference, and from there to the list and the photo in it', async () => {
    const page = await stage.begin('#/browse?at=30.0000,10.0000,1.50&country=FR');
    await mapReady(page);
    await page.locator('.neighbours .thumb').nth(1).waitFor();
    const thumb = page.locator('.neighbours .thumb').nth(1);
    const id = /id=\w+/.exec((await thumb.getAttribute('href')) ?? '')?.[0] as string;
    await thumb.focus();
    await page.keyboard.press('Enter');
    await page.waitForSelector('.facts');
    expect(await hashOf(page)).toContain(id);
    await soon(() => focused(page), 'panel');
    expect(await page.locator('.panel').evaluate((panel) => panel.scrollTop)).toBe(0);
    await page.locator('.neighbours .thumb').first().click();
    await page.waitForFunction((old) => !location.hash.includes(old), id);
    await page.goBack();
    await page.waitForFunction((old) => location.hash.includes(old), id);
    await page.waitForSelector('.facts');
    await page.goBack();
    await page.getByText('references in view').waitFor();
    await page.waitForFunction(
      (left) =>
        document.activeElement?.getAttribute('href')?.includes(left) && document.activeElement.closest('.neighbours'),
      id,
    );
    expect(await hashOf(page)).toContain('country=FR');
    expect(await page.getByLabel('Country').inputValue()).toBe('FR');
  });

  it.each(['', '.', '..', 'x'])('says of the id "%s" that there is no such reference', async (id) => {
    const page = await stage.begin(`#/browse?id=${id}`);
    await page.getByText('The index has no such reference photo.').waitFor();
    await page.getByRole('button', { name: /Back to the list/ }).click();
    await page.waitForSelector('.neighbours img');
  });

  it('has the words of the address in the field, and no scenes of other words under them', async () => {
    const page = await stage.begin('#/browse?q=palm+trees');
    const field = page.getByLabel('Search scenes by words');
    await page.waitForSelector('.neighbours li');
    const answers: Route[] = [];
    await page.route('**/v1/similar', (route) => void answers.push(route));
    await field.fill('snow');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Scenes for “snow”' }).waitFor();
    expect(await page.locator('.neighbours li').count()).toBe(0);
    await page.goBack();
    await page.getByRole('heading', { name: 'Scenes for “palm trees”' }).waitFor();
    await soon(() => field.inputValue(), 'palm trees');
    await page.unroute('**/v1/similar');
    for (const route of answers) await route.continue().catch(() => undefined);
    await view(page, 'Browse');
    await soon(() => field.inputValue(), '');
  });

  it('goes to the place whose name stands in the field, however early Enter comes', async () => {
    const page = await stage.begin('#/browse');
    await mapReady(page);
    const field = page.getByLabel('Go to a place');
    await field.fill('Nairobi');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /at=-1\.\d+,36\.\d+/.test(location.hash));
    await field.fill('Berlin');
    await page
      .getByRole('button', { name: /^Berlin/ })
      .first()
      .waitFor();
    await field.fill('Paris');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => /at=48\.8\d+,2\.3\d+/.test(location.hash));
  });

  it('never shows the labels of a photo under another one that came meanwhile', async () => {
    const page = await stage.begin('#/label?set=countries');
    const file = page.locator('.panel input[type=file]');
    const run = () => page.getByRole('button', { name: 'Label it' }).click();
    const first = async (photo: number) => {
      await file.setInputFiles(query(photo));
      await run();
      await page.waitForSelector('.labels li');
      return page.locator('.labels').textContent();
    };
    const own = await first(1);
    expect(await first(0)).not.toBe(own);
    const held: Route[] = [];
    for (const path of ['embed', 'classify']) {
      await file.setInputFiles(query(path === 'embed' ? 2 : 0));
      if (path === 'classify') {
        await run();
        await page.waitForSelector('.labels li');
      }
      await page.route(`**/v1/${path}`, (route) => void held.push(route));
      await run();
      await page.getByRole('button', { name: 'Cancel' }).waitFor();
      await file.setInputFiles(query(1));
      await page.unroute(`**/v1/${path}`);
      for (const route of held.splice(0)) await route.continue().catch(() => undefined);
      await frames(page);
      expect(await page.locator('.labels li').count()).toBe(0);
      await run();
      await page.waitForSelector('.labels li');
      expect(await page.locator('.labels').textContent()).toBe(own);
    }
  });

  it('keeps the photo, the labels and the result while another view is looked at', async () => {
    const page = await stage.begin('#/label');
    await page.locator('.panel input[type=file]').setInputFiles(query(0));
    const field = page.getByLabel('Labels, one a line or with commas');
    await field.fill('Japan, France');
    await page.getByRole('button', { name: 'Label it' }).click();
    await page.waitForSelector('.labels li');
    await view(page, 'About');
    await view(page, 'Label');
    await soon(() => field.inputValue(), 'Japan, France');
    expect(await page.locator('.labels li').count()).toBe(2);
    expect(await page.locator('.label-photo').textContent()).toBe(nameOf(0));
    await field.fill('');
    await view(page, 'About');
    await view(page, 'Label');
    await soon(() => field.inputValue(), '');
  });

  it('goes on with a photo once the right key has been given, and says that another was wrong', async () => {
    const keyed = await stage.serve({ STREETDEX_API_KEYS: 'read:swordfish' });
    const page = await stage.begin('', { at: keyed.url, expected: /status of 401/ });
    await page.setInputFiles('.drop input[type=file]', query(0));
    await page.getByText('Waits for the key').first().waitFor();
    // The photo's own question with the wrong key is answered only when the right one has been taken.
    let late: Route | undefined;
    await page.route('**/v1/locate', (route) => {
      if (late !== undefined) return route.continue();
      late = route;
    });
    await page.getByLabel('This server asks for an API key').fill('marlin');
    await page.getByRole('button', { name: 'Use it' }).click();
    await page.getByLabel('This server does not know that key').fill('swordfish');
    await page.getByRole('button', { name: 'Use it' }).click();
    await soon(() => page.locator('.page > .notice').count(), 0);
    await late?.continue();
    await page.waitForSelector('.answer[aria-busy="false"]');
    await soon(() => page.locator('.page > .notice').count(), 0);
  });

  it('shows again, when the server is back, the pictures that could not be had', async () => {
    const page = await stage.begin('', { expected: /ERR_|Failed to load/ });
    await page.route('**/thumbnail*', (route) => route.abort());
    await locate(page, query(0));
    await page.locator('.neighbours .no-picture').first().waitFor();
    await stage.restart('stop', async () => {
      await page.unroute('**/thumbnail*');
      await page.setInputFiles('.drop input[type=file]', query(1));
      await page.getByText('The server does not answer. The page asks again').waitFor();
      await page.locator('.queue-photo').first().click();
    });
    await page.locator('.neighbours img').first().waitFor();
    await soon(() => page.locator('.neighbours .no-picture').count(), 0);
  });

  it('leaves the first step when the index is empty no more', async () => {
    const { emptyIndex, more } = stage.world();
    const empty = await stage.serve({ STREETDEX_INGEST_ROOTS: `more=${more}` }, emptyIndex);
    const page = await stage.begin('', { at: empty.url });
    await page.getByRole('heading', { name: 'The index is empty' }).waitFor();
    const started = await fetch(`${empty.url}/v1/ingestions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sources: ['more/manifest.csv'] }),
    });
    expect(started.ok).toBe(true);
    await page.getByRole('heading', { name: 'The index is empty' }).waitFor({ state: 'detached' });
  });

  it('lets go of a photo that is alone, and of what the address says of it', async () => {
    const page = await stage.begin('', { expected: /status of 4\d\d/ });
    await locate(page, query(0));
    await page.waitForFunction(() => /[?&]e=/.test(location.hash));
    await page.getByRole('button', { name: /^Remove: / }).click();
    await page.getByText('Where was this taken?').waitFor();
    await page.waitForFunction(() => !/[?&](e|ref)=/.test(location.hash));
    expect(await page.locator('.answer').count()).toBe(0);
    await soon(() => page.evaluate(() => document.activeElement?.textContent), 'Choose photos');
    await page.reload();
    await page.getByText('Where was this taken?').waitFor();
    expect(await page.locator('.answer').count()).toBe(0);
    const broken = { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('none') };
    await page.setInputFiles('.drop input[type=file]', [broken]);
    await page.locator('.notice.warn').waitFor();
    await page.getByRole('button', { name: 'Remove: broken.jpg' }).click();
    await page.getByText('Where was this taken?').waitFor();
  });
});
