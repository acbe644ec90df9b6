import { existsSync } from 'node:fs';
import { describe } from '@jest/globals';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The system's Chromium: what CHROMIUM names, else where it usually is; null where there is none. */
export function chromiumPath(): string | null {
  const named = process.env.CHROMIUM;
  return [...(named === undefined ? [] : [named]), ...PLACES].find((path) => existsSync(path)) ?? null;
}

/** A group of tests that need a browser; without one it is skipped, and says so, unless E2E_REQUIRED is set, as in CI. */
export function describeInBrowser(name: string, tests: () => void): void {
  if (chromiumPath() !== null) {
    describe(name, tests);
    return;
  }
  if (process.env.E2E_REQUIRED !== undefined)
    throw new Error('Expected Chromium to be installed, since E2E_REQUIRED is set.');
  console.warn(`Skipped, because no Chromium is installed (CHROMIUM names one elsewhere): ${name}`);
  describe.skip(name, tests);
}

/** WebGL is drawn in software, so that it works without a graphics card. */
export function openChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath() as string,
    args: ['--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-gpu-sandbox'],
  });
}
