import { mkdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, expect, it } from '@jest/globals';
import express from 'express';
import { settingsSchema } from '../../../src/config/settings.js';
import { problemHandler } from '../../../src/http/problem.js';
import { pageServer } from '../../../src/http/serve-page.js';
import { temporaryFolder } from '../../support/temporary-folder.js';

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

const HTML = '<html><head><meta name="streetdex-map-style" content="" /></head></html>';
const SCRIPT = 'console.log("hello")';

/** A built page of two files, served beside an API that says so. */
async function serve(given: Record<string, unknown> = {}, built = true): Promise<string> {
  const folder = temporaryFolder();
  if (built) {
    mkdirSync(join(folder, 'assets'));
    writeFileSync(join(folder, 'index.html'), HTML);
    writeFileSync(join(folder, 'assets', 'page-abc.js'), SCRIPT);
    writeFileSync(join(folder, 'assets', 'page-abc.js.gz'), gzipSync(SCRIPT));
  }
  writeFileSync(join(folder, '..', 'outside.json'), '{"secret":true}');
  const app = express();
  app.use(pageServer(settingsSchema.parse(given), folder));
  app.use((_request, response) => {
    response.status(418).send('the API');
  });
  app.use(problemHandler());
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('the page is served at / with a policy that allows no script but its own', async () => {
  const response = await fetch(`${await serve()}/`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(await response.text()).toBe(HTML);
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain("style-src 'self';");
  expect(policy).toContain("connect-src 'self';");
  expect(policy).not.toMatch(/unsafe|\*/);
});

it('an unchanged file is answered 304 by its ETag', async () => {
  const url = `${await serve()}/`;
  const etag = (await fetch(url)).headers.get('etag') ?? '';
  // fetch() would ask for a fresh one with it.
  const status = await new Promise((resolve) => {
    get(url, { headers: { 'if-none-match': etag } }, (response) => resolve(response.resume().statusCode));
  });
  expect(status).toBe(304);
});

it('a file with a hash in its name is kept for ever, and sent compressed where the caller can read it', async () => {
  const url = `${await serve()}/assets/page-abc.js`;
  const response = await fetch(url, { headers: { 'accept-encoding': 'gzip' } });
  expect(response.headers.get('content-encoding')).toBe('gzip');
  expect(response.headers.get('cache-control')).toContain('immutable');
  expect(response.headers.get('vary')).toContain('Accept-Encoding');
  expect(await response.text()).toBe(SCRIPT);
  const plain = await fetch(url, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(await plain.text()).toBe(SCRIPT);
  expect(gunzipSync(gzipSync(SCRIPT)).toString()).toBe(SCRIPT);
});

it.each(['/v1/index', '/docs', '/assets/none.js', '/..%2Foutside.json', '/assets/../../outside.json'])(
  '%s is left to the API',
  async (path) => {
    expect((await fetch((await serve()) + path)).status).toBe(418);
  },
);

it('POST / is left to the API', async () => {
  expect((await fetch(`${await serve()}/`, { method: 'POST' })).status).toBe(418);
});

it("an operator's map style stands in the page, and its hosts in the policy", async () => {
  const url = await serve({
    map_style_url: 'https://maps.example/style.json?a=1&b=2',
    map_hosts: 'https://tiles.example,https://fonts.example:8443',
  });
  const response = await fetch(`${url}/`);
  expect(await response.text()).toContain('content="https://maps.example/style.json?a=1&amp;b=2"');
  const policy = response.headers.get('content-security-policy') ?? '';
  expect(policy).toContain("connect-src 'self' https://maps.example https://tiles.example https://fonts.example:8443;");
  expect(policy).toContain("script-src 'self';");
});

it.each(["https://maps.example/'; script-src *", 'javascript:alert(1)', 'ftp://maps.example/style.json'])(
  'the map style %s is refused by the settings',
  (map_style_url) => {
    expect(settingsSchema.safeParse({ map_style_url }).success).toBe(false);
  },
);

it.each(['*', 'https://tiles.example; script-src *', "'unsafe-inline'"])('the map host %s is refused', (host) => {
  expect(settingsSchema.safeParse({ map_hosts: host }).success).toBe(false);
});

it('a page that has not been built is a problem that says what to do', async () => {
  const response = await fetch(`${await serve({}, false)}/`);
  expect(response.status).toBe(404);
  expect(((await response.json()) as { detail: string }).detail).toContain('npm run build');
});
