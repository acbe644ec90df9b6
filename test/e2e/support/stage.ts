import { afterAll, afterEach, beforeAll } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openChromium } from './chromium.js';
import { type ServerProcess, startServer } from './server.js';
import { type Visit, type VisitOptions, visit } from './visit.js';
import { type E2eWorld, makeWorld } from './world.js';

interface StageVisit extends VisitOptions {
  /** Another server's address, in place of the shared one's. */
  readonly at?: string;
}

/** What the tests of a file share: the world, a server on it and a browser. Each test has a visit of its own. */
export interface Stage {
  readonly world: () => E2eWorld;
  readonly server: () => ServerProcess;
  /** Opens the page as a new visitor; the visit before, if one is left, is ended and checked. */
  readonly begin: (hash?: string, options?: StageVisit) => Promise<Page>;
  /** Another server for this test, on the same data: of another index, or with other settings. It ends after the visit. */
  readonly serve: (settings: Readonly<Record<string, string>>, index?: string) => Promise<ServerProcess>;
  /** Method and path of every request of the visit so far. */
  readonly requests: () => readonly string[];
  /** Stops or kills the server, and starts it anew at the same address once `meanwhile` is done. */
  readonly restart: (how: 'stop' | 'kill', meanwhile?: () => Promise<void>) => Promise<void>;
}

/**
 * @param settings of the server, from the world that has been made
 * @param prepare what the world needs besides, before the server starts; gives the index to serve
 */
export function useStage(
  settings: (world: E2eWorld) => Readonly<Record<string, string>> = () => ({}),
  prepare: (world: E2eWorld) => Promise<string> = async ({ index }) => index,
): Stage {
  let browser: Browser;
  let world: E2eWorld;
  let index: string;
  let server: ServerProcess | undefined;
  let open: Visit | undefined;
  const serve = (given: Readonly<Record<string, string>>, of = index, port?: number) =>
    startServer(of, { STREETDEX_DATA_DIR: world.dataDir, ...given }, port);
  const start = (port?: number) => serve(settings(world), index, port);
  const others: ServerProcess[] = [];
  const end = async () => {
    const last = open;
    open = undefined;
    await last?.end();
  };

  beforeAll(async () => {
    world = makeWorld();
    index = await prepare(world);
    server = await start();
    browser = await openChromium();
  }, 600_000);
  afterEach(async () => {
    try {
      await end();
    } finally {
      for (const other of others.splice(0)) await other.stop();
    }
  });
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const running = () => server as ServerProcess;
  return {
    world: () => world,
    server: running,
    begin: async (hash = '', { at = running().url, ...options } = {}) => {
      await end();
      open = await visit(browser, at, hash, options);
      return open.page;
    },
    serve: async (given, of) => {
      const other = await serve(given, of);
      others.push(other);
      return other;
    },
    requests: () => open?.requests ?? [],
    restart: async (how, meanwhile = async () => undefined) => {
      const port = Number(new URL(running().url).port);
      await running()[how]();
      await meanwhile();
      server = await start(port);
    },
  };
}

/** Gives the page photos and waits for the answer to the one that is shown. */
export async function locate(page: Page, ...files: readonly Parameters<Page['setInputFiles']>[1][]): Promise<void> {
  await page.setInputFiles('.drop input[type=file]', files as unknown as string[]);
  await page.waitForSelector('.answer[aria-busy="false"]', { timeout: 30_000 });
}
