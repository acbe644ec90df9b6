import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { describeInBrowser } from './support/chromium.js';
import { colourAt, countOf, type Pixels, pixelsOf, placeOnMap } from './support/map-pixels.js';
import { locate, useStage } from './support/stage.js';
import { mapReady, mapStill } from './support/visit.js';

/** Of the page's palette, light. */
const HEAT = [184, 58, 6] as const;
const CANDIDATE = [184, 58, 6] as const;
/** Every second pixel of every second line is compared. */
const STEP = 2;
/** Of the operator's style: no other map has them. */
const SEA = [0, 60, 0] as const;
const AREA = [255, 0, 255] as const;
/** Of the page's own map, in the light scheme. */
const LAND = [248, 248, 245] as const;

interface Posterior {
  readonly point: { readonly lat: number; readonly lon: number };
  readonly probability: number;
}

describeInBrowser('what the map draws', () => {
  const stage = useStage();
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  it('draws the posterior as heat, in its colour, where the probability lies', async () => {
    const page = await stage.begin('', { colorScheme: 'light' });
    const given: Posterior[][] = [];
    await page.route('**/v1/locate', async (route) => {
      const response = await route.fetch();
      const answer = (await response.json()) as { posterior: Posterior[] };
      given.push(answer.posterior);
      // The first answers come without, the last, to the same photo, as it is.
      await route.fulfill({ response, json: { ...answer, posterior: given.length < 3 ? [] : answer.posterior } });
    });
    await mapReady(page);
    await locate(page, stage.world().queries[0] as string);
    await mapStill(page);
    // The address has the photo's embedding and the place that the map shows, rounded.
    const again = async () => {
      await page.reload();
      await mapReady(page);
      await page.waitForSelector('.answer[aria-busy="false"]');
      await mapStill(page);
    };
    await again();
    const without = await mapPicture(page);
    await again();
    const heated = await mapPicture(page);
    const place = await placeOnMap(page);
    const posterior = given[2] as Posterior[];
    expect([heated.width, heated.height]).toEqual([without.width, without.height]);
    const changes = changesOf(without, heated);
    expect(changes.length * STEP ** 2).toBeGreaterThan(0.01 * heated.width * heated.height);
    // Each changed pixel has moved towards the colour of the heat.
    const towards = changes.map(({ before, after }) => alignment(before, after));
    expect(towards.reduce((sum, one) => sum + one, 0) / towards.length).toBeGreaterThan(0.95);
    // The strongest change lies where the probability does.
    const strongest = changes.reduce((best, one) => (one.by > best.by ? one : best));
    const visible = posterior
      .map(({ point, probability }) => ({ at: place(point), probability }))
      .filter(({ at: [x, y] }) => x >= 0 && y >= 0 && x < heated.width && y < heated.height);
    const near = visible.filter(({ at: [x, y] }) => Math.hypot(x - strongest.x, y - strongest.y) < 100);
    const share = (list: typeof visible) => list.reduce((sum, { probability }) => sum + probability, 0);
    expect(share(near)).toBeGreaterThan(0.3 * share(visible));
  });

  it('draws the operator’s map in place of its own, from the hosts that are set and no other, and its own layers over it', async () => {
    const data = await serveJson('/area.json', () => square());
    const style = await serveJson('/style.json', () => operatorStyle(`${data.origin}/area.json`));
    servers.push(data.server, style.server);
    const own = await stage.serve({
      STREETDEX_MAP_STYLE_URL: `${style.origin}/style.json`,
      STREETDEX_MAP_HOSTS: data.origin,
    });
    const policy = (await fetch(own.url)).headers.get('content-security-policy') ?? '';
    expect(directive(policy, 'connect-src')).toEqual(["'self'", style.origin, data.origin]);
    expect(directive(policy, 'img-src')).toEqual(["'self'", 'data:', 'blob:', style.origin, data.origin]);
    expect(directive(policy, 'script-src')).toEqual(["'self'"]);
    const page = await stage.begin('', { hosts: [style.origin, data.origin], at: own.url });
    // Drawn at once: the page's own picture of the world would be another map.
    expect(await page.locator('.map-world').count()).toBe(0);
    const plain = await drawn(page, (pixels) => countOf(pixels, AREA) > 1000);
    expect(countOf(plain, SEA)).toBeGreaterThan(1000);
    expect(countOf(plain, CANDIDATE)).toBe(0);
    await locate(page, stage.world().queries[0] as string);
    await drawn(page, (pixels) => countOf(pixels, CANDIDATE) > 50);
    // A style that has gone: the page's own map, and a sentence.
    style.server.close();
    style.server.closeAllConnections();
    const later = await stage.begin('', {
      hosts: [style.origin, data.origin],
      at: own.url,
      expected: /ERR_CONNECTION_REFUSED/,
    });
    await mapReady(later);
    await later.getByText('The operator’s map does not answer').waitFor();
    await locate(later, stage.world().queries[0] as string);
    // The candidates may be there before the land is drawn.
    const fallen = await drawn(later, (pixels) => countOf(pixels, CANDIDATE) > 50 && countOf(pixels, LAND) > 1000);
    expect(countOf(fallen, AREA)).toBe(0);
  });

  it('says where parts of the operator’s map do not load, until they do', async () => {
    const area = { create: { width: 256, height: 256, channels: 3, background: `rgb(${AREA.join(',')})` } } as const;
    const body = await sharp(area).png().toBuffer();
    let status = 503;
    const tiles = await serve((_request, response) =>
      response.writeHead(status, { 'Content-Type': 'image/png' }).end(body),
    );
    const source = { type: 'raster', tileSize: 256, tiles: [`${tiles.origin}/{z}/{x}/{y}.png`] };
    const raster = { version: 8, sources: { raster: source }, layers: [{ id: 'r', type: 'raster', source: 'raster' }] };
    const style = await serveJson('/style.json', () => raster);
    servers.push(tiles.server, style.server);
    const own = await stage.serve({
      STREETDEX_MAP_STYLE_URL: `${style.origin}/style.json`,
      STREETDEX_MAP_HOSTS: tiles.origin,
    });
    const page = await stage.begin('#/about', {
      hosts: [style.origin, tiles.origin],
      at: own.url,
      expected: /status of 503/,
    });
    await page.getByRole('link', { name: 'Browse' }).click();
    const note = page.getByText('Parts of the operator’s map did not load');
    await note.waitFor();
    status = 200;
    await page.locator('.maplibregl-ctrl-zoom-in').click();
    await note.waitFor({ state: 'detached' });
    await drawn(page, (pixels) => countOf(pixels, AREA) > 1000);
  });
});

/** The page's own picture of its map, out of a report. */
async function mapPicture(page: Page): Promise<Pixels> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save report' }).click();
  const html = readFileSync(await (await download).path(), 'utf8');
  return pixelsOf(Buffer.from(/data:image\/png;base64,([\w+/=]+)/.exec(html)?.[1] ?? '', 'base64'));
}

/** The map on the screen, once it is as it should be. */
async function drawn(page: Page, isDrawn: (pixels: Pixels) => boolean): Promise<Pixels> {
  for (const until = Date.now() + 20_000; ; ) {
    const pixels = await pixelsOf(await page.locator('.map-canvas').screenshot());
    if (isDrawn(pixels)) return pixels;
    if (Date.now() > until) throw new Error('The map does not come to look as expected.');
  }
}

function changesOf(before: Pixels, after: Pixels) {
  const changes = [];
  for (let y = 0; y < before.height; y += STEP) {
    for (let x = 0; x < before.width; x += STEP) {
      const [one, other] = [colourAt(before, x, y), colourAt(after, x, y)];
      const by = Math.hypot(...one.map((value, i) => value - (other[i] as number)));
      if (by > 6) changes.push({ x, y, by, before: one, after: other });
    }
  }
  return changes;
}

/** Cosine between the way that a pixel went and the way to the colour of the heat. */
function alignment(before: readonly number[], after: readonly number[]): number {
  const went = before.map((value, i) => (after[i] as number) - value);
  const wanted = before.map((value, i) => (HEAT[i] as number) - value);
  const dot = went.reduce((sum, value, i) => sum + value * (wanted[i] as number), 0);
  return dot / (Math.hypot(...went) * Math.hypot(...wanted) || 1);
}

const directive = (policy: string, name: string): string[] =>
  policy
    .split('; ')
    .find((one) => one.startsWith(`${name} `))
    ?.split(' ')
    .slice(1) ?? [];

function operatorStyle(data: string) {
  return {
    version: 8,
    sources: { area: { type: 'geojson', data } },
    layers: [
      { id: 'sea', type: 'background', paint: { 'background-color': `rgb(${SEA.join(',')})` } },
      { id: 'area', type: 'fill', source: 'area', paint: { 'fill-color': `rgb(${AREA.join(',')})` } },
    ],
  };
}

function square() {
  const ring = [
    [-30, -20],
    [50, -20],
    [50, 50],
    [-30, 50],
    [-30, -20],
  ];
  return { type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [ring] } };
}

/** A server of one JSON file, as an operator's own or a tile service is: at another origin. */
async function serveJson(path: string, body: () => unknown): Promise<{ server: Server; origin: string }> {
  return serve((request, response) => {
    if (request.url === path) response.setHeader('Content-Type', 'application/json').end(JSON.stringify(body()));
    else response.writeHead(404).end();
  });
}

async function serve(answer: RequestListener): Promise<{ server: Server; origin: string }> {
  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
