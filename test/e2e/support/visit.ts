import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { packageRoot } from '../../../src/config/package-root.js';

export interface Visit {
  readonly page: Page;
  /** Method and path of every request so far. */
  readonly requests: readonly string[];
  /** Checks that nothing left the machine, the console stayed clean and no dialog came up, then closes. */
  end(): Promise<void>;
}

export interface VisitOptions extends BrowserContextOptions {
  /** Console errors that belong to the test: Chromium reports every answer of 400 and more. */
  readonly expected?: RegExp;
  /** Other origins that the page may ask, as the operator has set them. */
  readonly hosts?: readonly string[];
}

/** Opens the page as a new visitor. */
export async function visit(browser: Browser, url: string, hash = '', options: VisitOptions = {}): Promise<Visit> {
  const { expected, hosts = [], ...contextOptions } = options;
  const context = await browser.newContext({
    // Smaller than a desk's: without a graphics card the map is what takes the time.
    viewport: { width: 1000, height: 640 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
    ...contextOptions,
  });
  const page = await context.newPage();
  const [requests, foreign, errors, dialogs]: [string[], string[], string[], string[]] = [[], [], [], []];
  page.on('request', (request) => {
    const asked = new URL(request.url());
    if (asked.origin === url) requests.push(`${request.method()} ${asked.pathname}`);
    else if (asked.protocol !== 'blob:' && asked.protocol !== 'data:' && !hosts.includes(asked.origin))
      foreign.push(request.url());
  });
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
  });
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(`${url}/${hash}`);
  return {
    page,
    requests,
    end: async () => {
      await context.close();
      expect({ foreign, dialogs }).toEqual({ foreign: [], dialogs: [] });
      expect(errors.filter((text) => !expected?.test(text))).toEqual([]);
    },
  };
}

/** The live map, which comes when the pointer does, has drawn its own layers. */
export async function mapReady(page: Page): Promise<void> {
  await page.dispatchEvent('.map', 'pointerenter');
  await page.waitForSelector('.map-canvas[data-ready]', { timeout: 30_000 });
}

/** The map has drawn all that it was given, and moves no more. */
export async function mapStill(page: Page): Promise<void> {
  await page.waitForFunction(async () => {
    for (let frame = 0; frame < 5; frame++) {
      await new Promise(requestAnimationFrame);
      if (document.querySelector('.map-canvas[data-idle]') === null) return false;
    }
    return true;
  });
}

/** Lets the page draw so many frames: whatever it would still do by itself, it does meanwhile. */
export async function frames(page: Page, count = 30): Promise<void> {
  await page.evaluate(async (wanted) => {
    for (let drawn = 0; drawn < wanted; drawn++) await new Promise(requestAnimationFrame);
  }, count);
}

/** Clicks what the map draws, in pixels of the page, once it has drawn it there. */
export async function clickMark(page: Page, where: () => Promise<readonly [x: number, y: number]>): Promise<void> {
  const pointing = () => document.querySelector<HTMLElement>('.maplibregl-canvas')?.style.cursor === 'pointer';
  // What the last click was on may have left its cursor, while the map is still on its way from there.
  await page.evaluate(() => document.querySelector<HTMLElement>('.maplibregl-canvas')?.style.removeProperty('cursor'));
  for (;;) {
    const [x, y] = await where();
    await page.mouse.move(x - 1, y);
    await page.mouse.move(x, y);
    await frames(page, 3);
    if (await page.evaluate(pointing)) return page.mouse.click(x, y);
  }
}

/** Asks until it is what is wanted; the expectation fails where it never is. */
export async function soon<T>(read: () => T | Promise<T>, wanted: T): Promise<void> {
  for (let tries = 0; tries < 100 && (await read()) !== wanted; tries++) await new Promise((go) => setTimeout(go, 100));
  expect(await read()).toBe(wanted);
}

/** What the browser has in its address now: the driver's own copy (`page.url()`) comes a little later. */
export const hashOf = (page: Page): Promise<string> => page.evaluate(() => location.hash);

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { html: string }[];
  }[];
}

const axe = readFileSync(createRequire(join(packageRoot(), 'package.json')).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds that is serious or critical by the rules of WCAG 2.2 A and AA. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate(`axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  })`)) as AxeResults;
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`);
}
