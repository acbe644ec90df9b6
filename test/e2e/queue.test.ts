import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { packageRoot } from '../../src/config/package-root.js';
import { describeInBrowser } from './support/chromium.js';
import { placeOnMap } from './support/map-pixels.js';
import { useStage } from './support/stage.js';
import { clickMark, hashOf, mapReady, mapStill, seriousFindings } from './support/visit.js';

const PHOTOS = 120;
/** This one of them is no picture. */
const BROKEN = 17;

type Row = Readonly<Record<string, string>>;

describeInBrowser('many photos at once', () => {
  const stage = useStage();
  let files: readonly string[];
  /** What the command line says of the same photos. */
  let told: readonly Row[];

  beforeAll(async () => {
    const { queries, made, index, dataDir } = stage.world();
    const folder = join(dirname(made), 'many');
    files = await makePhotos(folder, queries);
    const main = join(packageRoot(), 'dist', 'cli', 'main.js');
    const csv = execFileSync(process.execPath, [main, 'locate', folder, '--index', index, '--csv'], {
      env: { ...process.env, STREETDEX_DATA_DIR: dataDir },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    told = rowsOf(csv).map((row) => ({ ...row, file: basename(row.file as string) }));
  }, 600_000);

  const begin = () => stage.begin('', { expected: /status of 4\d\d/ });
  const give = async (page: Page, given: readonly string[]) => {
    await page.setInputFiles('.drop input[type=file]', [...given]);
    await ended(page, given.length);
  };
  const ended = (page: Page, photos: number) =>
    page.locator('.queue-progress p', { hasText: new RegExp(`^${photos} of ${photos}\\b`) }).waitFor();
  const names = (page: Page) => page.locator('.queue-name').allTextContents();
  const saved = async (page: Page, button: string) => {
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: button }).click();
    return readFileSync(await (await download).path(), 'utf8');
  };

  it('answers each as the command line does, and loads the map for what it shows', async () => {
    const page = await begin();
    await page.addInitScript(countLoads);
    await page.reload();
    await mapReady(page);
    await page.waitForFunction(() => document.querySelector('.map-canvas[data-ready]') !== null);
    const before = await loads(page);
    await give(page, files);
    await page.waitForSelector('.answer[aria-busy="false"]');
    const { answers = 0, ...others } = await loads(page);
    for (const name of ['heat', 'circles', 'spots', 'candidates', 'coverage', 'hint']) {
      // Once when the map is opened, once for the photo that is shown.
      expect({ name, loads: (others[name] ?? 0) - (before[name] ?? 0) <= 2 }).toEqual({ name, loads: true });
    }
    expect(answers).toBeGreaterThan(0);
    expect(answers).toBeLessThan(PHOTOS / 2);

    const rows = rowsOf(await saved(page, 'All as CSV'));
    expect(rows).toHaveLength(PHOTOS);
    expect(rows).toEqual(told);
    const { features } = JSON.parse(await saved(page, 'All as GeoJSON')) as {
      features: { properties: { kind: string; file: string; error?: { code: string } } }[];
    };
    const kinds = features.map(({ properties: { kind, file, error } }) => [kind, file, error?.code]);
    expect(kinds).toEqual(
      told.flatMap(({ file, error }) =>
        error ? [['failure', file, error]] : ['candidate', 'circle', 'circle'].map((kind) => [kind, file, undefined]),
      ),
    );
    const html = await saved(page, 'All as a report');
    expect(html.match(/<tr><td>/g)).toHaveLength(PHOTOS);
    expect(html.match(/<img src="data:image\/jpeg/g)).toHaveLength(PHOTOS - 1);
    expect(html.match(/#\/locate\?e=[\w-]{100,}"/g)).toHaveLength(PHOTOS - 1);
  });

  it('asks for the whole answer again when one comes to a photo, without its file', async () => {
    const page = await begin();
    await give(page, files.slice(0, 4));
    const bodies: string[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/v1/locate')) bodies.push(request.headers()['content-type'] ?? '');
    });
    for (const i of [3, 0]) {
      await page.locator('.queue-photo').nth(i).click();
      await page.waitForSelector('.answer[aria-busy="false"]');
      expect(await page.locator('.headline-name').textContent()).toBe(basename(files[i] as string));
      expect(await page.locator('.neighbours li').count()).toBeGreaterThan(3);
      await page.waitForFunction(() => /[?&]e=/.test(location.hash));
    }
    expect(bodies).toEqual(['application/json', 'application/json']);
  });

  it('shows all answers on the map, where a click on one goes to its photo', async () => {
    const page = await begin();
    await mapReady(page);
    await give(page, files.slice(0, 10));
    await page.waitForSelector('.answer[aria-busy="false"]');
    // Without the photo's own candidates and neighbours on top of them.
    await page.route('**/v1/locate', () => undefined);
    await page.locator('.queue-photo').nth(1).click();
    await page.locator('.headline-name', { hasText: basename(files[1] as string) }).waitFor();
    await mapStill(page);
    const before = await hashOf(page);
    await page.getByRole('button', { name: 'Show all on the map' }).click();
    await page.waitForFunction((hash) => location.hash !== hash, before);
    await mapStill(page);
    const at = ({ lat, lon }: Row) => `${lat},${lon}`;
    const other = told.slice(2, 10).find((row) => at(row) !== at(told[1] as Row)) as Row;
    await clickMark(page, async () => {
      const place = await placeOnMap(page);
      const box = (await page.locator('.map-canvas').boundingBox()) as { x: number; y: number };
      const [x, y] = place({ lat: Number(other.lat), lon: Number(other.lon) });
      return [box.x + x, box.y + y];
    });
    await page.waitForFunction(
      (before) => document.querySelector('.headline-name')?.textContent !== before,
      basename(files[1] as string),
    );
    const name = await page.locator('.headline-name').textContent();
    expect(at(told.find(({ file }) => file === name) as Row)).toBe(at(other));
    await page.unrouteAll();
  });

  it('puts the list in order, and leaves out what is not sought', async () => {
    const page = await begin();
    await give(page, files.slice(0, 40));
    const some = told.slice(0, 40);
    const firstNames = (rows: readonly Row[]) => rows.slice(0, 3).map(({ file }) => file);
    const shows = (wanted: readonly (string | undefined)[]) =>
      page.waitForFunction(
        (first) => first.every((name, i) => document.querySelectorAll('.queue-name')[i]?.textContent === name),
        wanted,
      );
    await shows(firstNames(some));
    await page.getByLabel('Order').selectOption('failed');
    await shows([basename(files[BROKEN] as string)]);
    await page.getByLabel('Order').selectOption('sure');
    const doubt = ({ confident, spread }: Row) => (confident === 'true' ? 0 : 1) + Number(spread);
    const answered = some.filter(({ error }) => error === '');
    await shows(firstNames(answered.toSorted((a, b) => doubt(a) - doubt(b))));
    await page.getByLabel('Order').selectOption('country');
    const land = new Intl.DisplayNames(['en'], { type: 'region' });
    const lands = answered
      .map(({ iso2 }) => land.of(iso2 as string) as string)
      .sort((a, b) => a.localeCompare(b, 'en'));
    await page.waitForFunction(
      (country) => document.querySelector('.queue-state')?.textContent?.endsWith(`, ${country}`),
      lands[0],
    );

    await page.getByLabel('Order').selectOption('added');
    await page.getByLabel('Show').selectOption('failed');
    await shows([basename(files[BROKEN] as string)]);
    expect(await names(page)).toHaveLength(1);
    await page.getByText('1 of 40 photos are shown.').waitFor();
    await page.getByLabel('Show').selectOption('all');
    const country = land.of(answered[0]?.iso2 as string) as string;
    await page.getByLabel('Find by name or place').fill(country.toUpperCase());
    const there = lands.filter((name) => name === country).length;
    await page.getByText(`${there} of 40 photos are shown.`).waitFor();
    await page.getByLabel('Find by name or place').fill(basename(files[7] as string));
    await shows([basename(files[7] as string)]);
  });

  it('has only the rows in sight in the page, which the arrow keys go through, and nothing that axe finds serious', async () => {
    const page = await begin();
    await give(page, files);
    expect(await page.locator('.queue-row').count()).toBeLessThan(20);
    expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(PHOTOS));
    expect(await seriousFindings(page)).toEqual([]);
    const focused = () =>
      page.evaluate(
        () => document.activeElement?.querySelector('.queue-name')?.textContent ?? document.activeElement?.ariaLabel,
      );
    const press = async (key: string, wanted: string | undefined) => {
      await page.keyboard.press(key);
      await page.waitForFunction(
        (name) =>
          (document.activeElement?.querySelector('.queue-name')?.textContent ?? document.activeElement?.ariaLabel) ===
          name,
        wanted,
      );
    };
    const name = (i: number) => basename(files[i] as string);
    await page.locator('.queue-photo').first().focus();
    expect(await focused()).toBe(name(0));
    await press('ArrowDown', name(1));
    await press('End', name(PHOTOS - 1));
    await press('ArrowUp', name(PHOTOS - 2));
    await press('ArrowRight', `Remove: ${name(PHOTOS - 2)}`);
    await press('ArrowLeft', name(PHOTOS - 2));
    await page.keyboard.press('Enter');
    await page.locator('.headline-name', { hasText: name(PHOTOS - 2) }).waitFor();
    await press('Home', name(0));
    await press('ArrowDown', name(1));
    await press('ArrowRight', `Remove: ${name(1)}`);
    await press('Enter', name(2));
    expect(await page.locator('.queue-row').count()).toBeLessThan(20);
  });

  it('keeps what failed with its sentence, tries it again, and asks before it throws many answers away', async () => {
    const page = await begin();
    await page.route('**/v1/locate', (route) =>
      route.fulfill({
        status: 422,
        contentType: 'application/problem+json',
        json: {
          status: 422,
          code: 'image_damaged',
          title: '',
          detail: 'The picture is damaged here.',
          type: '',
          instance: '',
          errors: [],
          request_id: '',
        },
      }),
    );
    const given = files.filter((_, i) => i < 31 && i !== BROKEN);
    await give(page, given);
    expect(await page.locator('.queue-state').first().textContent()).toBe('Failed: The picture is damaged.');
    await page.getByText('30 of 30 · 30 failed').waitFor();
    await page.unroute('**/v1/locate');
    await page.getByRole('button', { name: `Try again: ${basename(given[0] as string)}` }).click();
    await page.getByText('30 of 30 · 29 failed').waitFor();
    await page.getByRole('button', { name: 'Try the 29 failed again' }).click();
    await page.getByText(/^30 of 30$/).waitFor();

    await page.getByRole('button', { name: 'Remove all' }).click();
    await page.getByText('Answers that will be lost: 30.').waitFor();
    await page.waitForFunction(() => document.activeElement?.textContent === 'Remove them');
    await page.getByRole('button', { name: 'Keep them' }).click();
    await ended(page, 30);
    await page.getByRole('button', { name: 'Remove all' }).click();
    await page.getByRole('button', { name: 'Remove them' }).click();
    await page.getByText('Where was this taken?').waitFor();
    expect(await page.locator('.queue-row').count()).toBe(0);
    // The address is written after the next frame.
    await page.waitForFunction(() => !/[?&](e|ref)=/.test(location.hash));
  });
});

/** Small photos, each with bytes of its own, none of them in the index. */
async function makePhotos(folder: string, queries: readonly string[]): Promise<readonly string[]> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const files: string[] = [];
  for (let i = 0; i < PHOTOS; i++) {
    const file = join(folder, `photo-${String(i).padStart(3, '0')}.jpg`);
    const query = queries[i % queries.length] as string;
    const left = Math.floor(i / queries.length) * 8;
    if (i === BROKEN) writeFileSync(file, 'no picture');
    else await sharp(query).extract({ left, top: 0, width: 200, height: 200 }).jpeg().toFile(file);
    files.push(file);
  }
  return files;
}

const rowsOf = (csv: string): Row[] => parse(csv, { columns: true }) as Row[];

interface Counting {
  loads: Record<string, number>;
}

/** Counts what the map's workers are told to load, by source. */
function countLoads(): void {
  const counting = window as unknown as Counting;
  counting.loads = {};
  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (this: Worker, message: unknown, ...rest: unknown[]) {
    const { type, data } = message as { type?: string; data?: { source?: string } };
    const name = data?.source ?? '';
    if (type === 'LD') counting.loads[name] = (counting.loads[name] ?? 0) + 1;
    (postMessage as (...given: unknown[]) => void).call(this, message, ...rest);
  } as Worker['postMessage'];
}

const loads = (page: Page) => page.evaluate(() => ({ ...(window as unknown as Counting).loads }));
